import ApusText
import Foundation

/// Loading and encoding, on the thread of the caller.
enum Measurement {
  /// What one vocabulary does with each text. In every round the vocabulary is read anew for each
  /// text, so that a document meets empty caches; the lines follow with what the document left in
  /// them.
  static func rows(
    _ vocabulary: String, texts: [String], rounds: Int
  ) throws -> [Report.Row] {
    let name = (vocabulary as NSString).lastPathComponent
    var rows = texts.map {
      Report.Row(vocabulary: name, text: ($0 as NSString).lastPathComponent)
    }
    if texts.isEmpty { rows = [Report.Row(vocabulary: name, text: "")] }
    let contents = try texts.map { try Array(Data(contentsOf: URL(fileURLWithPath: $0))) }
    for _ in 0..<rounds {
      for index in rows.indices {
        let (tokenizer, seconds) = try time { try load(vocabulary) }
        rows[index].loads.append(seconds * 1e3)
        guard !texts.isEmpty else { continue }
        let bytes = contents[index]
        let megabytes = Double(bytes.count) / 1e6
        let document = time { tokenizer.encode(bytes: bytes, addSpecial: false) }
        rows[index].documents.append(megabytes / document.seconds)
        rows[index].tokens = document.value.count
        rows[index].checksum = checksum(document.value)
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let encoded = time { lines.map { tokenizer.encode(bytes: $0, addSpecial: false) } }
        rows[index].lines.append(megabytes / encoded.seconds)
        rows[index].lineChecksum = checksum(encoded.value.joined())
      }
    }
    return rows
  }

  private static func load(_ path: String) throws -> Tokenizer {
    guard path.hasSuffix(".json") else { return try Tokenizer(path: path) }
    return try Tokenizer(tokenizerJSON: Array(Data(contentsOf: URL(fileURLWithPath: path))))
  }

  private static func time<Value>(
    _ body: () throws -> Value
  ) rethrows -> (value: Value, seconds: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let value = try body()
    let duration = clock.now - start
    return (
      value, Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    )
  }

  /// The CRC-32 of the ids as 32-bit little-endian numbers: two programs that agree on it have
  /// encoded alike.
  private static func checksum(_ ids: some Sequence<Int32>) -> UInt32 {
    var result = UInt32.max
    for id in ids {
      for shift in [0, 8, 16, 24] as [Int32] {
        let index = (result ^ UInt32(truncatingIfNeeded: id >> shift)) & 0xFF
        result = result >> 8 ^ crc[Int(index)]
      }
    }
    return ~result
  }

  private static let crc: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
