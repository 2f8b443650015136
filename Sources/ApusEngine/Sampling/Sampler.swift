#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Chooses the next token from logits: penalties, then the most probable `topK`, then `topP`, then
/// `minP`, then temperature, then a draw. Ties go to the lower id, so that the same seed always
/// gives the same text.
struct Sampler: Sendable {
  /// How many tokens back the repetition penalty looks, the prompt's included.
  static let repeatWindow = 64

  private let options: SamplingOptions
  private var random: RandomSource
  /// The last tokens, of the prompt and generated; kept for the repetition penalty only.
  private var recent: [Int32] = []
  /// How often each token was generated; kept for presence and frequency penalties only.
  private var occurrences: [Int32: Int] = [:]

  /// - Parameter prompt: the tokens before the first that is drawn.
  init(_ options: SamplingOptions, prompt: some Collection<Int32>) {
    self.options = options
    random = RandomSource(seed: options.seed)
    if options.repeatPenalty != 1 {
      recent = Array(prompt.suffix(Self.repeatWindow))
    }
  }

  /// The next token, or `nil` where a logit is infinite or not a number.
  /// - Parameter logits: [vocabulary]; penalties change it.
  mutating func next(_ logits: inout MutableSpan<Float>) -> Int32? {
    penalise(&logits)
    guard let best = greatest(logits.span) else { return nil }
    let token = options.temperature == 0 ? best : draw(logits.span, best: best)
    remember(token)
    return token
  }

  private mutating func remember(_ token: Int32) {
    if options.repeatPenalty != 1 {
      if recent.count >= Self.repeatWindow { recent.removeFirst() }
      recent.append(token)
    }
    if options.presencePenalty != 0 || options.frequencyPenalty != 0 {
      occurrences[token, default: 0] += 1
    }
  }

  private func penalise(_ logits: inout MutableSpan<Float>) {
    for token in Set(recent) where logits.indices.contains(Int(token)) {
      let logit = logits[Int(token)]
      logits[Int(token)] =
        logit > 0 ? logit / options.repeatPenalty : logit * options.repeatPenalty
    }
    for (token, count) in occurrences where logits.indices.contains(Int(token)) {
      logits[Int(token)] -=
        options.presencePenalty + options.frequencyPenalty * Float(count)
    }
  }

  /// The first of the greatest logits; `nil` where one is not finite.
  private func greatest(_ logits: Span<Float>) -> Int32? {
    var best = -Float.infinity
    var index = -1
    var zeros: Float = 0
    for position in logits.indices {
      let logit = logits[position]
      // 0 · x is 0 for numbers, and not a number for infinities and what is none.
      zeros += 0 * logit
      if logit > best {
        best = logit
        index = position
      }
    }
    guard zeros == 0, index >= 0 else { return nil }
    return Int32(truncatingIfNeeded: index)
  }

  private mutating func draw(_ logits: Span<Float>, best: Int32) -> Int32 {
    let top = logits[Int(best)]
    // Weights are relative to the most probable token's, before temperature.
    var candidates: [Candidate]
    var total = 0.0
    if options.topK > 0 && options.topK < logits.count {
      candidates = Candidate.greatest(options.topK, of: logits)
      for candidate in candidates { total += exp(Double(candidate.logit - top)) }
    } else {
      candidates = []
      // `minP` leaves few of a large vocabulary, and `topP` needs only the sum of all.
      let least = options.minP > 0 ? top + log(options.minP) : -Float.infinity
      for index in logits.indices {
        let logit = logits[index]
        if options.topP < 1 { total += exp(Double(logit - top)) }
        if logit >= least || index == Int(best) {
          candidates.append(Candidate(id: Int32(truncatingIfNeeded: index), logit: logit))
        }
      }
      if options.topP < 1 { candidates.sort() }
    }
    if options.topP < 1 {
      var sum = 0.0
      var kept = 0
      for candidate in candidates {
        kept += 1
        sum += exp(Double(candidate.logit - top))
        if sum >= Double(options.topP) * total { break }
      }
      candidates.removeLast(candidates.count - kept)
    }
    if options.minP > 0 {
      let least = top + log(options.minP)
      candidates.removeAll { $0.logit < least && $0.id != best }
    }
    let temperature = Double(options.temperature)
    let weights = candidates.map { exp(Double($0.logit - top) / temperature) }
    var rest = random.unit() * weights.reduce(0, +)
    for (candidate, weight) in zip(candidates, weights) {
      rest -= weight
      if rest < 0 { return candidate.id }
    }
    return candidates.last?.id ?? best
  }
}

/// A token that may be drawn. The order is by falling logit, then rising id.
private struct Candidate: Comparable {
  let id: Int32
  let logit: Float

  static func < (left: Candidate, right: Candidate) -> Bool {
    left.logit != right.logit ? left.logit > right.logit : left.id < right.id
  }

  /// The `count` first in order, sorted.
  static func greatest(_ count: Int, of logits: Span<Float>) -> [Candidate] {
    // A heap whose root is the last of those kept: most of a vocabulary fails the first comparison.
    var heap: [Candidate] = []
    heap.reserveCapacity(count)
    for index in logits.indices {
      let logit = logits[index]
      if heap.count < count {
        heap.append(Candidate(id: Int32(truncatingIfNeeded: index), logit: logit))
        heap.siftUp()
      } else if logit > heap[0].logit {
        heap[0] = Candidate(id: Int32(truncatingIfNeeded: index), logit: logit)
        heap.siftDown()
      }
    }
    return heap.sorted()
  }
}

extension [Candidate] {
  fileprivate mutating func siftUp() {
    var child = count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard self[parent] < self[child] else { return }
      swapAt(parent, child)
      child = parent
    }
  }

  fileprivate mutating func siftDown() {
    var parent = 0
    while true {
      var last = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < count {
        if self[last] < self[child] { last = child }
      }
      guard last != parent else { return }
      swapAt(parent, last)
      parent = last
    }
  }
}
