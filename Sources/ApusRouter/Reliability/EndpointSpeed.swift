/// How fast an endpoint answers, as its last answers showed.
struct EndpointSpeed: Sendable {
  /// Moving averages, in seconds: of the time to the first token, and of the time for each after it.
  private(set) var firstToken: Double?
  private(set) var perToken: Double?
  /// The last times to the first token, in seconds, in a ring.
  private var recent: [Double] = []
  private var next = 0

  /// The share of the newest answer in an average.
  private static let weight = 0.2
  private static let remembered = 64
  /// Fewer answers say nothing about the slowest twentieth of them.
  private static let leastForPercentile = 20

  mutating func add(firstToken duration: Duration) {
    let seconds = duration.seconds
    firstToken = Self.average(firstToken, seconds)
    if recent.count < Self.remembered {
      recent.append(seconds)
    } else {
      recent[next] = seconds
    }
    next = (next + 1) % Self.remembered
  }

  mutating func add(tokens: Int, in duration: Duration) {
    guard tokens > 0 else { return }
    perToken = Self.average(perToken, duration.seconds / Double(tokens))
  }

  /// The time within which 19 of 20 answers began.
  var p95: Duration? {
    guard recent.count >= Self.leastForPercentile else { return nil }
    return .seconds(recent.sorted()[recent.count * 95 / 100])
  }

  private static func average(_ old: Double?, _ new: Double) -> Double {
    old.map { $0 + weight * (new - $0) } ?? new
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
