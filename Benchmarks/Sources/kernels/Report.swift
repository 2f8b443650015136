import ApusKernels
import Foundation

/// A limit of the machine.
struct Row: Codable {
  var name: String
  var unit: String
  var rates: [Rate]
}

struct Report: Codable {
  var processor = CPU.current.name
  var features = CPU.current.features
  var rounds: Int
  /// Of the matrices in `products`.
  var rowCount: Int
  var columnCount: Int
  var limits: [Row] = []
  var products: [Product] = []
  var attention: [Product] = []
  /// Giga elements per second, one thread.
  var rows: [Product] = []
  /// Giga elements per second, one thread.
  var codecs: [Product] = []
  var together: [Together] = []

  init(_ options: Options) {
    rounds = options.rounds
    rowCount = options.rows
    columnCount = options.columns
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func text() -> String {
    var lines = ["\(processor) (\(features.joined(separator: ", "))), medians of \(rounds) rounds"]
    if let first = limits.first {
      lines += ["", pad("Limits", 28) + head(first.rates)]
      for row in limits {
        lines.append(pad(row.name, 28) + row.rates.map { cell($0.value) }.joined() + " " + row.unit)
      }
    }
    let matrix = "\(rowCount) × \(columnCount)"
    for tokens in Set(products.compactMap(\.tokens)).sorted() {
      let title = "\(tokens) token\(tokens == 1 ? "" : "s") times \(matrix)"
      lines += table(title + ", GFLOP/s", products.filter { $0.tokens == tokens })
    }
    lines += table("Attention, 32 heads of 64 on 8, GFLOP/s", attention)
    lines += table("Rows of 4096, million elements/s", rows, scale: 1e3)
    lines += table("Portable encoding and decoding, million elements/s", codecs, scale: 1e3)
    if let first = together.first {
      let models = first.models.joined(separator: ", ")
      lines += ["", "Two answers, \(models), \(first.threads)T, tokens/s in all"]
      lines.append(pad("", 28) + left("in turn", 9) + left("at once", 9) + left("ratio", 9))
      for row in together {
        lines.append(pad(row.name, 28) + cell(row.inTurn) + cell(row.atOnce) + cell(row.ratio, 2))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// A line per subject: its figures, and with the most threads its bytes per second, its ratio to
  /// the first contender and how much of what is possible it reaches.
  private func table(_ title: String, _ products: [Product], scale: Double = 1) -> [String] {
    guard let first = products.first else { return [] }
    var heading = pad("", 14) + pad("kernels", 14) + head(first.rates)
    let withBytes = products.contains { $0.bytes != nil }
    let withShares = products.contains { $0.shares != nil }
    if withBytes { heading += left("GB/s", 9) }
    if !first.ratios.isEmpty { heading += left("ratio", 9) }
    if withShares { heading += left("of roof", 9) }
    var lines = ["", title, heading]
    var last = ""
    for product in products {
      var line = pad(product.name == last ? "" : product.name, 14) + pad(product.kernels, 14)
      last = product.name
      line += product.rates.map { cell($0.value * scale) }.joined()
      if withBytes { line += cell(product.bytes?.last?.value ?? .nan) }
      if let ratio = product.ratios.last { line += cell(ratio.value, 2) }
      if let share = product.shares?.last { line += cell(share.value * 100, 0) + " %" }
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
