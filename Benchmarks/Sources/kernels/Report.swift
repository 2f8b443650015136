import Foundation

/// A figure for a number of threads.
struct Rate: Codable {
  var value: Double
  var threads: Int

  init(_ value: Double, _ threads: Int) {
    self.value = value
    self.threads = threads
  }
}

/// A limit of the machine.
struct Row: Codable {
  var name: String
  var unit: String
  var rates: [Rate]
}

/// One format or operation by one contender.
struct Product: Codable {
  var name: String
  var kernels: String
  /// Giga per second.
  var rates: [Rate] = []
  /// Over the first contender in the same round (median).
  var ratios: [Rate] = []
}

struct Report: Codable {
  var processor: String
  var features: [String]
  var rounds: Int
  var tokens: Int
  var limits: [Row] = []
  var decode: [Product] = []
  var prefill: [Product] = []
  /// Giga floating-point operations per second.
  var attention: [Product] = []
  /// Giga elements per second, one thread.
  var rows: [Product] = []
  /// Giga elements per second, one thread.
  var codecs: [Product] = []

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func text() -> String {
    var lines = ["\(processor) (\(features.joined(separator: ", "))), medians of \(rounds) rounds"]
    if let first = limits.first {
      lines += ["", "Limits" + pad("", 22) + head(first.rates)]
      for row in limits {
        lines.append(pad(row.name, 28) + row.rates.map { cell($0.value) }.joined() + " " + row.unit)
      }
    }
    let read = limits.first { $0.name == "read" }?.rates
    lines += table("Decode, one token: GB/s of weights", decode, of: read)
    lines += table("Prefill, \(tokens) tokens: GFLOP/s", prefill, of: nil)
    lines += table("Attention, context 1024, 32 heads of 64 on 8: GFLOP/s", attention, of: nil)
    lines += table("Rows of 4096: million elements/s", rows, of: nil, scale: 1e3)
    lines += table(
      "Portable encoding and decoding: million elements/s", codecs, of: nil, scale: 1e3)
    return lines.joined(separator: "\n")
  }

  /// A line per format; for each contender the figures, its ratio to the first one, and how much
  /// of the limit it reaches.
  private func table(
    _ title: String, _ products: [Product], of limit: [Rate]?, scale: Double = 1
  ) -> [String] {
    guard let first = products.first else { return [] }
    var lines = ["", title, pad("", 10) + pad("kernels", 10) + head(first.rates)]
    if !first.ratios.isEmpty { lines[2] += "    ratio" }
    if limit != nil { lines[2] += "   of read" }
    var last = ""
    for product in products {
      let name = product.name == last ? "" : product.name
      last = product.name
      var line = pad(name, 10) + pad(product.kernels, 10)
      line += product.rates.map { cell($0.value * scale) }.joined()
      if let ratio = product.ratios.last { line += cell(ratio.value, 2) }
      if let limit, let most = limit.last?.value, let own = product.rates.last?.value {
        line += cell(own / most * 100, 0) + " %"
      }
      lines.append(line)
    }
    return lines
  }

  private func head(_ rates: [Rate]) -> String {
    rates.map { left("\($0.threads)T", 9) }.joined()
  }

  private func cell(_ value: Double, _ digits: Int = 1) -> String {
    left(value.isFinite ? String(format: "%.\(digits)f", value) : "-", 9)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
