import Foundation

struct Report: Codable {
  /// One vocabulary with one text; a figure per round.
  struct Row: Codable {
    var vocabulary: String
    var text: String
    /// Milliseconds from the path to a tokenizer.
    var loads: [Double] = []
    /// Megabytes (10⁶) per second, the text as one document.
    var documents: [Double] = []
    /// The same line by line.
    var lines: [Double] = []
    var tokens = 0
    var checksum: UInt32 = 0
    var lineChecksum: UInt32 = 0

    init(vocabulary: String, text: String) {
      self.vocabulary = vocabulary
      self.text = text
    }
  }

  var rounds: Int
  var rows: [Row] = []

  init(rounds: Int) { self.rounds = rounds }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func text() -> String {
    var lines = [
      "medians of \(rounds) rounds, one thread",
      pad("vocabulary", 30) + pad("text", 14) + right("load ms", 10) + right("document MB/s", 15)
        + right("lines MB/s", 12) + right("tokens", 10),
    ]
    for row in rows {
      lines.append(
        pad(row.vocabulary, 30) + pad(row.text, 14) + cell(row.loads, 10) + cell(row.documents, 15)
          + cell(row.lines, 12) + right(row.text.isEmpty ? "" : "\(row.tokens)", 10))
    }
    return lines.joined(separator: "\n")
  }

  private func cell(_ values: [Double], _ width: Int) -> String {
    right(values.isEmpty ? "" : String(format: "%.1f", Measurement.median(values)), width)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
