/// Splits bytes into lines as they arrive: newline-delimited JSON has one value a line.
public struct LineParser: Sendable {
  private let limit: Int
  private var line: [UInt8] = []

  /// - Parameter limit: Largest line, in bytes.
  public init(limit: Int = 1 << 20) { self.limit = limit }

  /// The lines that `bytes` complete, without their ends; empty ones are left out.
  public mutating func append(
    _ bytes: some Sequence<UInt8>
  ) throws(ServerSentEventParser.TooLong) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        lines += finish()
      } else {
        guard line.count < limit else { throw ServerSentEventParser.TooLong(limit: limit) }
        line.append(byte)
      }
    }
    return lines
  }

  /// The line that the end of the stream completes.
  public mutating func finish() -> [String] {
    defer { line.removeAll(keepingCapacity: true) }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return line.isEmpty ? [] : [String(decoding: line, as: UTF8.self)]
  }
}
