import ApusBlocks
import ApusCore
import ApusKernels
import ApusModels
import ApusText
import Synchronization

/// One request from prompt to end.
struct Generation: Sendable {
  private let model: LocalModel
  private let request: Request

  init(_ model: LocalModel, _ request: Request) {
    self.model = model
    self.request = request
  }

  /// What a step gives back: the token that follows, and the sampler as drawing it left it.
  private struct Drawn: Sendable {
    var token: Int32?
    var sampler: Sampler
  }

  func run(_ sink: EventStream.Sink) async throws {
    let tokenizer = try model.tokenizer()
    let options = try SamplingOptions(request.options)
    let prompt = try prompt(tokenizer)
    let maxTokens = try maxTokens(after: prompt.count)
    let latest = try latestStart(promptTokens: prompt.count, maxTokens: maxTokens)

    let lease = try await model.scheduler.acquire(for: prompt, latest: latest)
    let cache = model.caches[lease.slot]
    // Tokens at the beginning of the cache that a later prompt may build upon.
    var read = model.scheduler.tokens(lease)
    defer { model.scheduler.release(lease, tokens: read) }
    try checkDeadline(promptTokens: prompt.count, maxTokens: maxTokens)

    let isUniform = model.isUniform
    let plan = PromptPlan(
      count: prompt.count,
      common: model.canReusePrompts ? Scheduler.commonPrefix(read, prompt) : 0,
      batch: model.scratch.tokenCapacity, isUniform: isUniform)
    cache.truncate(to: plan.known)
    read = Array(prompt[..<plan.known])

    let start = ContinuousClock.now
    var text = AnswerText(tokenizer, stops: request.options.stop)
    var drawn = Drawn(token: nil, sampler: Sampler(options, prompt: prompt))
    guard maxTokens > 0 else {
      sink.yield(.finished(.length, Usage(promptTokens: prompt.count)))
      return
    }
    var position = plan.known
    for end in plan.ends {
      let part = prompt[position..<end]
      drawn = try await step(part, cache, drawn.sampler, isLast: end == prompt.count, text)
      position = end
      if plan.isReusable { read += part }
      sink.yield(.prefill(done: end, total: prompt.count))
    }
    let first = ContinuousClock.now
    model.speed.withLock {
      $0.observe(promptTokens: prompt.count - plan.known, in: (first - start).seconds)
    }

    var count = 0
    var reason = FinishReason.length
    while let token = drawn.token {
      if tokenizer.endOfGeneration.contains(token) {
        reason = .stop
        break
      }
      count += 1
      let piece = text.append(token)
      if !piece.isEmpty && !sink.yield(.text(piece)) { throw CancellationError() }
      if text.isStopped {
        reason = .stop
        break
      }
      if count == maxTokens { break }
      drawn = try await step([token], cache, drawn.sampler, isLast: true, text)
      // The next turn of a conversation goes on from here.
      if isUniform { read.append(token) }
    }
    let rest = text.finish()
    if !rest.isEmpty { sink.yield(.text(rest)) }
    let end = ContinuousClock.now
    model.speed.withLock { $0.observe(answerTokens: count, in: (end - first).seconds) }
    sink.yield(
      .finished(
        reason,
        Usage(
          promptTokens: prompt.count, completionTokens: count, prefillTime: first - start,
          decodeTime: end - first)))
  }

  // MARK: One step

  /// Reads `tokens`, and draws the next token where they are the last.
  private func step(
    _ tokens: ArraySlice<Int32>, _ cache: KVCache, _ sampler: Sampler, isLast: Bool,
    _ text: AnswerText
  ) async throws -> Drawn {
    if let deadline = request.deadline, ContinuousClock.now > deadline {
      throw ApusError(
        .timeout, "\(model.name): the deadline passed before the answer was complete",
        partialText: text.shown)
    }
    let drawn = try await model.pool.run { [model] workers in
      let compute = Compute(workers: workers, matmulMode: model.options.matmul)
      try model.transformer.forward(
        tokens, cache: cache, scratch: model.scratch, compute: compute,
        logitCount: isLast ? 1 : 0)
      guard isLast else { return Drawn(token: nil, sampler: sampler) }
      var sampler = sampler
      var logits = model.scratch.logits.buffer.mutableSpan
      guard let token = sampler.next(&logits) else {
        throw ApusError(
          .notANumber,
          "\(model.path): the logits after \(cache.count) tokens are not numbers; the file is "
            + "damaged, or the model needs more exact arithmetic")
      }
      return Drawn(token: token, sampler: sampler)
    }
    do {
      try model.file.checkIntact()
    } catch {
      throw ApusError(error)
    }
    return drawn
  }

  // MARK: Checks before anything runs

  private func prompt(_ tokenizer: Tokenizer) throws(ApusError) -> [Int32] {
    var tokens = try PromptBuilder(tokenizer: tokenizer, template: model.template)
      .tokens(of: request)
    if tokens.isEmpty {
      // Something has to be read before anything can follow.
      guard let first = tokenizer.bosID ?? tokenizer.eosID else {
        throw ApusError(.invalidRequest, "the prompt is empty")
      }
      tokens = [first]
    }
    let vocabulary = model.transformer.parameters.vocabularySize
    for token in tokens where token < 0 || token >= vocabulary {
      throw ApusError(
        .fileDamaged,
        "\(model.path): the tokenizer gives token \(token), but the model has \(vocabulary)")
    }
    guard tokens.count < model.contextLength else {
      throw ApusError(
        .contextOverflow,
        "the prompt has \(tokens.count) tokens, but the context of \(model.name) is "
          + "\(model.contextLength) with at least one for the answer; shorten the prompt or load "
          + "the model with a longer context")
    }
    return tokens
  }

  private func maxTokens(after promptCount: Int) throws(ApusError) -> Int {
    let wanted = request.options.maxTokens ?? GenerationOptions.defaultMaxTokens
    guard wanted >= 0 else {
      throw ApusError(.invalidRequest, "max_tokens is \(wanted); expected 0 or more")
    }
    return min(wanted, model.contextLength - promptCount)
  }

  /// When the request must have left the queue for an answer in time.
  private func latestStart(
    promptTokens: Int, maxTokens: Int
  ) throws(ApusError) -> ContinuousClock.Instant? {
    guard let deadline = request.deadline else { return nil }
    try checkDeadline(promptTokens: promptTokens, maxTokens: maxTokens)
    let seconds = model.speed.withLock {
      $0.seconds(promptTokens: promptTokens, maxTokens: maxTokens)
    }
    return deadline - .seconds(seconds)
  }

  private func checkDeadline(promptTokens: Int, maxTokens: Int) throws(ApusError) {
    guard let deadline = request.deadline else { return }
    let seconds = model.speed.withLock {
      $0.seconds(promptTokens: promptTokens, maxTokens: maxTokens)
    }
    let left = (deadline - .now).seconds
    guard seconds <= left else {
      func milliseconds(_ seconds: Double) -> Int {
        Int(max(min(seconds * 1000, 1e15), -1e15).rounded())
      }
      throw ApusError(
        .deadlineTooShort,
        "\(model.name): an answer takes about \(milliseconds(seconds)) ms, but the deadline is in "
          + "\(milliseconds(left)) ms")
    }
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
