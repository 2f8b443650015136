import Apus
import ApusCore
import ApusRemote
import ApusRouter
import Foundation
import Synchronization

/// What a router costs, and what it is worth: prints a table in Markdown.
@main
enum Main {
  static func main() async throws {
    let isQuick = CommandLine.arguments.contains("--quick")
    print("| what | figure |")
    print("| --- | --- |")
    try choice()
    try await inMemory()
    try await overhead(requests: isQuick ? 1000 : 10_000)
    try await proxied(requests: isQuick ? 1000 : 10_000)
    try await availability(requests: isQuick ? 2000 : 20_000)
    try await memory(requests: isQuick ? 10_000 : 100_000)
    try await replay(requests: isQuick ? 20_000 : 200_000, questions: isQuick ? 1000 : 10_000)
    try await ledger(entries: isQuick ? 1000 : 10_000)
  }

  /// An answer that is there at once.
  struct Instant: LanguageModel {
    var name: String { "instant" }
    func stream(_ request: Request) -> EventStream {
      EventStream { sink in
        sink.yield(.text("x"))
        sink.yield(.finished(.stop, Usage(promptTokens: 1, completionTokens: 1)))
      }
    }
  }

  /// Which tier is asked first, of sixteen whose figures are known.
  private static func choice() throws {
    let tiers = (1...16).map { number in
      var tier = Tier(Instant(), name: "tier \(number)", number: number)
      tier.quality = Double(number * 7 % 16) / 16
      tier.tasks = number % 2 == 0 ? [.code] : []
      return tier
    }
    var options = RouterOptions()
    options.policy = .balanced
    options.affinity = .seconds(60)
    options.aliases = ["gpt-4": "tier 9"]
    let router = try Router(tiers: tiers, options: options)
    let prompt = String(repeating: "Why does this function return nil? ", count: 20)
    var request = Request(.messages([.system("Be brief."), .user(prompt)]))
    request.route.model = "gpt-4"
    var times: [Double] = []
    var first = 0
    for round in 0..<20_000 {
      let began = ContinuousClock.now
      first += router.choice(for: request).tiers[0].number
      if round >= 2000 { times.append((ContinuousClock.now - began) / .microseconds(1)) }
    }
    precondition(first == 9 * 20_000)
    row("choosing among 16 tiers (balanced, tasks, an alias), p50 / p99, µs", times)
  }

  private static func inMemory() async throws {
    let router = try Router(tiers: [Tier(Instant()), Tier(Instant()), Tier(Instant())])
    let model = Instant()
    var (direct, routed): ([Double], [Double]) = ([], [])
    for round in 0..<20_000 {
      let without = try await microseconds { _ = try await model.respond(to: "Hi") }
      let with = try await microseconds { _ = try await router.respond(to: "Hi") }
      if round >= 2000 {
        direct.append(without)
        routed.append(with)
      }
    }
    row("a request to a model in memory, p50 / p99, µs", direct)
    row("the same through a router of three tiers, p50 / p99, µs", routed)
  }

  /// Over HTTP, 500 requests a second, in turns with and without a router.
  private static func overhead(requests: Int) async throws {
    let upstream = try Upstream(Upstream.completion)
    let router = try Router(tiers: [
      .openAICompatible(upstream.url, model: "m"), .openAICompatible(upstream.url, model: "m"),
    ])
    try await compare(
      try RemoteModel(url: upstream.url, model: "m"), router, requests,
      "over HTTP on loopback, 500 requests/s, without a router", "the same through a router",
      "what the router adds")
  }

  /// The same with a server between: `apus serve --route`, a process of its own.
  private static func proxied(requests: Int) async throws {
    let upstream = try Upstream(Upstream.completion)
    let proxy = try Proxy(to: upstream.url)
    defer { proxy.stop() }
    try await compare(
      try RemoteModel(url: upstream.url, model: "m"), try RemoteModel(url: proxy.url, model: "m"),
      requests, "over HTTP on loopback, 500 requests/s, the upstream itself",
      "the same through `apus serve --route`", "what the server and its router add")
  }

  private static func compare(
    _ model: any LanguageModel, _ router: any LanguageModel, _ requests: Int, _ without: String,
    _ with: String, _ difference: String
  ) async throws {
    // Connections, and what is read at first use.
    for _ in 0..<50 {
      _ = try await model.respond(to: "Hi")
      _ = try await router.respond(to: "Hi")
    }
    let began = ContinuousClock.now
    typealias Timed = (isRouted: Bool, time: Double)
    let times = try await withThrowingTaskGroup(of: Timed.self) { group in
      for number in 0..<requests {
        try await Task.sleep(until: began + .milliseconds(2 * number), clock: .continuous)
        let asked: any LanguageModel = number % 2 == 0 ? model : router
        group.addTask {
          (number % 2 == 1, try await microseconds { _ = try await asked.respond(to: "Hi") })
        }
      }
      var times: [Timed] = []
      for try await time in group { times.append(time) }
      return times
    }
    let direct = times.filter { !$0.isRouted }.map(\.time)
    let routed = times.filter(\.isRouted).map(\.time)
    row("\(without), p50 / p99, µs", direct)
    row("\(with), p50 / p99, µs", routed)
    let more = (percentile(routed, 0.5) - percentile(direct, 0.5)).rounded()
    let most = (percentile(routed, 0.99) - percentile(direct, 0.99)).rounded()
    print("| \(difference), p50 / p99, µs | \(Int(more)) / \(Int(most)) |")
  }

  /// One of two tiers always fails: half of the requests with a fault that opens the breaker, half
  /// with a refusal that does not.
  private static func availability(requests: Int) async throws {
    let good = try Upstream(Upstream.completion)
    let faults = [(500, #"{"error":{"message":"broken"}}"#), (400, #"{"error":{"message":"no"}}"#)]
    let gaps = Mutex([Double]())
    var answered = 0
    for (status, body) in faults {
      let bad = try Upstream(Upstream.response(status, body))
      let failed = Mutex<ContinuousClock.Instant?>(nil)
      let router = try Router(tiers: [
        .openAICompatible(bad.url, model: "m"), .openAICompatible(good.url, model: "m"),
      ]) { entry in
        let line = entry.message
        if line.hasPrefix("✗") { failed.withLock { $0 = .now } }
        if line.hasPrefix("→ Trying: Tier 2"), let then = failed.withLock({ $0 }) {
          gaps.withLock { $0.append(((ContinuousClock.now - then) / .microseconds(1))) }
          failed.withLock { $0 = nil }
        }
      }
      for _ in 0..<(requests / 2) {
        if (try? await router.respond(to: "Hi").text) == "Hello" { answered += 1 }
      }
    }
    let share = Double(answered) / Double(requests) * 100
    print("| answered of \(requests), one of two tiers always failing | \(answered) (\(share)%) |")
    row("from a failure to the next attempt, p50 / p99, µs", gaps.withLock { $0 })
  }

  private static func memory(requests: Int) async throws {
    let upstream = try Upstream(Upstream.completion)
    let router = try Router(tiers: [.openAICompatible(upstream.url, model: "m")])
    for _ in 0..<(requests / 10) { _ = try await router.respond(to: "Hi") }
    let before = residentKilobytes()
    for _ in 0..<requests { _ = try await router.respond(to: "Hi") }
    print(
      "| resident memory before and after \(requests) requests, MiB | "
        + "\(before / 1024) / \(residentKilobytes() / 1024) |")
  }

  static func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }

  static func microseconds(_ work: () async throws -> Void) async rethrows -> Double {
    let began = ContinuousClock.now
    try await work()
    return (ContinuousClock.now - began) / .microseconds(1)
  }

  private static func percentile(_ values: [Double], _ share: Double) -> Double {
    values.isEmpty ? 0 : values.sorted()[Int(Double(values.count - 1) * share)]
  }

  static func row(_ name: String, _ values: [Double]) {
    let (p50, p99) = (percentile(values, 0.5).rounded(), percentile(values, 0.99).rounded())
    print("| \(name) | \(Int(p50)) / \(Int(p99)) |")
  }
}
