import ApusRemote

extension Kind {
  /// Reads a stream of events, whole and in pieces: the cut must not matter.
  static let sse = Kind(name: "sse") { bytes in
    guard let size = bytes.first.map({ Int($0) % 17 + 1 }) else { return }
    let stream = Array(bytes.dropFirst())
    var whole = ServerSentEventParser(limit: 4096)
    var cut = ServerSentEventParser(limit: 4096)
    var pieces: [ServerSentEvent] = []
    do {
      let events = try whole.append(stream)
      for start in Swift.stride(from: 0, to: stream.count, by: size) {
        pieces += try cut.append(stream[start..<min(start + size, stream.count)])
      }
      precondition(events == pieces, "a stream reads otherwise when it is cut")
    } catch {}
  }
}
