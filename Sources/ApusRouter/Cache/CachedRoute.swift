import ApusCore
import ApusRemote

/// A request that may be answered out of the cache: from memory, from an answer under way, from the
/// store, and at last by the tiers.
struct CachedRoute: Sendable {
  private let router: Router
  private let cache: ResponseCache
  private let request: Request
  private let trace: RouteTrace
  private let sink: EventStream.Sink
  private let onDevice: Bool
  private let timeToLive: Duration
  private let key: CacheKey

  /// `nil` where the request does not want it, or where a tier cannot say which model it is.
  /// - Parameter onDevice: Whether the request must not leave this machine.
  init?(
    router: Router, request: Request, onDevice: Bool, trace: RouteTrace, sink: EventStream.Sink
  ) {
    guard let cache = router.options.cache, let timeToLive = cache.timeToLive(for: request),
      let key = router.cacheKey(request, onDevice: onDevice, cache.digests)
    else { return nil }
    self.router = router
    self.cache = cache
    self.request = request
    self.trace = trace
    self.sink = sink
    self.onDevice = onDevice
    self.timeToLive = timeToLive
    self.key = key
  }

  func run() async throws {
    if let (answer, events) = inMemory() {
      show(answer, .memory)
      for event in events { sink.yield(event) }
      return
    }
    let asker = SingleFlight.Asker(sink: sink, trace: trace, deadline: request.deadline)
    while true {
      do {
        let part = try await cache.flights.hear(key, asker) { speaker in try await lead(speaker) }
        if part == .followed { cache.count(.shared) }
        return
      } catch is SingleFlight.OutOfTime {
        // Whoever began had less time than this one.
        continue
      }
    }
  }

  private func inMemory() -> (CachedAnswer, [Event])? {
    guard let answer = cache.inMemory(key, at: router.timing.wall(), for: timeToLive) else {
      return nil
    }
    guard let events = AnswerEncoding.decode(answer.events) else {
      cache.remove(key)
      return nil
    }
    return (answer, events)
  }

  private func show(_ answer: CachedAnswer, _ origin: RouteTrace.Origin) {
    trace.answered(by: answer, origin)
    cache.count(origin)
    router.options.metrics?.endRequest("cached", took: .zero)
    router.log(.cached(answer, trace.identifier, origin))
  }

  /// Answers for all who ask the same.
  private func lead(_ speaker: SingleFlight.Speaker) async throws {
    if let (answer, events, origin) = await kept() {
      show(answer, origin)
      speaker.declare(trace)
      for event in events { speaker.say(event) }
      return
    }
    cache.count(.tiers)
    speaker.declare(trace)
    let events = EventStream { inner in
      var run = RoutingRun(
        router: router, request: request, onDevice: onDevice, trace: trace, sink: inner)
      try await run.run()
    }
    var heard: [Event] = []
    for try await event in events {
      heard.append(event)
      // Before anybody hears of the end: whoever asks again then finds it.
      if case .finished(let reason, _) = event { keep(heard, reason) }
      speaker.say(event)
    }
    try Task.checkCancellation()
  }

  private func kept() async -> (CachedAnswer, [Event], RouteTrace.Origin)? {
    // Another may have ended between this one's look and its turn.
    if let (answer, events) = inMemory() { return (answer, events, .memory) }
    do {
      let wall = router.timing.wall()
      guard let answer = try await cache.inStore(key, at: wall, for: timeToLive) else {
        return nil
      }
      guard let events = AnswerEncoding.decode(answer.events) else {
        cache.remove(key)
        return nil
      }
      return (answer, events, .store)
    } catch {
      router.log(LogEntry(.error, "! The cache could not be read: \(error)"))
      return nil
    }
  }

  private func keep(_ events: [Event], _ reason: FinishReason) {
    guard isWhole(reason), trace.seams.isEmpty, let answerer = trace.answerer,
      // A model file that was changed meanwhile may have given this answer, or the other one.
      router.cacheKey(request, onDevice: onDevice, cache.digests) == key
    else { return }
    let answer = CachedAnswer(
      events: AnswerEncoding.encode(events), tier: answerer.number, tierName: answerer.name,
      model: answerer.model, time: router.timing.wall(), timeToLive: timeToLive)
    cache.keep(answer, for: key)
    guard let store = cache.store else { return }
    // Nobody waits for the disk.
    Task { [key, log = router.log] in
      do {
        try await store.keep(answer, for: key)
      } catch {
        log(LogEntry(.error, "! The cache could not be written: \(error)"))
      }
    }
  }

  /// Whether there is nothing to come: a limit that the caller set himself belongs to the answer.
  private func isWhole(_ reason: FinishReason) -> Bool {
    switch reason {
    case .stop, .toolCalls: true
    case .length: request.options.maxTokens != nil
    default: false
    }
  }
}

extension Router {
  func cacheKey(_ request: Request, onDevice: Bool, _ digests: ModelDigests) -> CacheKey? {
    let isNamed = request.route.model != nil || !request.route.fallbacks.isEmpty
    var names = [onDevice ? "here" : "anywhere", "\(options.policy)"]
    // Who is meant by a name depends on what the tiers are called.
    if isNamed {
      names += options.aliases.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }
    for tier in tiers {
      guard let name = tier.cacheName(digests) else { return nil }
      names.append(isNamed ? "\(tier.name) \(name)" : name)
    }
    return CacheKey(request, tiers: names)
  }
}

extension Tier {
  /// Which model it is, whatever the tier is called; `nil` where nobody can say.
  fileprivate func cacheName(_ digests: ModelDigests) -> String? {
    if let remote = model as? RemoteModel { return "remote \(remote.address)" }
    if let model = model as? any FileBackedModel {
      return model.identity.map { "file \(digests.name(of: $0))" }
    }
    return "model \(model.name)"
  }
}
