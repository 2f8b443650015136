/// How often values fell below each of a few bounds.
struct Histogram: Sendable {
  let bounds: [Double]
  /// One for each bound, and one for all above them; not cumulated.
  private(set) var counts: [Int]
  private(set) var sum = 0.0

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }
}

/// A text in Prometheus' format, version 0.0.4: a family after the other, each with what it is.
struct PrometheusText {
  enum Kind: String { case counter, gauge, histogram }

  private(set) var text = ""

  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    let help = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func add(_ name: String, _ labels: [(String, String)], _ value: Double) {
    text += name + Self.labels(labels) + " " + Self.number(value) + "\n"
  }

  mutating func add(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
    var count = 0
    for (index, bound) in histogram.bounds.enumerated() {
      count += histogram.counts[index]
      add(name + "_bucket", labels + [("le", Self.number(bound))], Double(count))
    }
    count += histogram.counts[histogram.bounds.count]
    add(name + "_bucket", labels + [("le", "+Inf")], Double(count))
    add(name + "_sum", labels, histogram.sum)
    add(name + "_count", labels, Double(count))
  }

  private static func labels(_ labels: [(String, String)]) -> String {
    if labels.isEmpty { return "" }
    let pairs = labels.map { name, value in
      let value = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return "\(name)=\"\(value)\""
    }
    return "{" + pairs.joined(separator: ",") + "}"
  }

  private static func number(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : "\(value)"
  }
}
