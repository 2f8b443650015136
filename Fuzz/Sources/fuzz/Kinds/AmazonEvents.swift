import ApusRemote

extension Kind {
  /// Reads messages, whole and in pieces: the cut must not matter.
  static let amazonEvents = Kind(name: "amazon-events") { bytes in
    guard let size = bytes.first.map({ Int($0) % 17 + 1 }) else { return }
    let stream = Array(bytes.dropFirst())
    func read(by size: Int) -> [AmazonEvent]? {
      var parser = AmazonEventParser(limit: 4096)
      var events: [AmazonEvent] = []
      do {
        for start in Swift.stride(from: 0, to: stream.count, by: size) {
          events += try parser.append(stream[start..<min(start + size, stream.count)])
        }
        return events
      } catch {
        return nil
      }
    }
    precondition(
      read(by: max(1, stream.count)) == read(by: size), "a stream reads otherwise when it is cut")
  }
}
