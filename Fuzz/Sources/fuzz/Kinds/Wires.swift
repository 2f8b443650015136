import ApusRemote

extension Kind {
  private static let types = [
    "text/event-stream", "application/x-ndjson", "application/json",
    "application/vnd.amazon.eventstream",
  ]

  /// Reads an answer in a format and a framing that the first bytes choose, whole and in pieces.
  static let wires = Kind(name: "wires") { bytes in
    guard bytes.count > 2 else { return }
    let bytes = Array(bytes)
    let format = WireFormat.allCases[Int(bytes[0]) % WireFormat.allCases.count]
    let type = types[Int(bytes[1]) % types.count]
    let body = Array(bytes[2...])
    let size = Int(bytes[1]) / types.count % 17 + 1
    let pieces = Swift.stride(from: 0, to: body.count, by: size).map {
      Array(body[$0..<min($0 + size, body.count)])
    }
    let whole = format.events(inResponse: [body], contentType: type)
    let cut = format.events(inResponse: pieces, contentType: type)
    // Frames before a damaged one come out of pieces only.
    precondition(cut.starts(with: whole), "an answer reads otherwise when it is cut")
  }
}
