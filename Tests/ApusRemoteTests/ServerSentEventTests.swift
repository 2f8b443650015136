import ApusRemote
import Testing

@Suite struct ServerSentEventTests {
  private func events(_ text: String, cutAt size: Int = .max) throws -> [String] {
    var parser = ServerSentEventParser()
    var result: [String] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      result += try parser.append(rest.prefix(size)).map(\.data)
      rest = rest.dropFirst(size)
    }
    return result
  }

  @Test(arguments: [1, 2, 3, 7, 1000])
  func eventsComeOutHoweverTheyAreCut(size: Int) throws {
    let text =
      "data: dé\u{1F600}jà\n\ndata: two\r\n\r\ndata: three\r\r: comment\n\ndata: a\ndata:b\n\n"
    #expect(try events(text, cutAt: size) == ["dé\u{1F600}jà", "two", "three", "a\nb"])
  }

  @Test func aByteOrderMarkIsPassedOver() throws {
    #expect(try events("\u{FEFF}data: x\n\n") == ["x"])
  }

  @Test func fieldsWithoutColonAndUnknownOnes() throws {
    #expect(try events("data\n\nid: 3\nretry: x\n\ndata: y\n\n") == ["", "y"])
  }

  @Test func namesBelongToTheirEvent() throws {
    var parser = ServerSentEventParser()
    let events = try parser.append("event: error\ndata: x\n\ndata: y\n\n".utf8)
    #expect(events == [.init(name: "error", data: "x"), .init(data: "y")])
  }

  @Test func anUnfinishedEventIsNone() throws {
    #expect(try events("data: x\n") == [])
  }

  @Test func aLineThatNeverEndsIsRefused() {
    var parser = ServerSentEventParser(limit: 1000)
    #expect(throws: ServerSentEventParser.TooLong.self) {
      for _ in 0..<11 { _ = try parser.append(repeatElement(UInt8(ascii: "x"), count: 100)) }
    }
  }

  @Test func dataThatNeverEndsIsRefused() {
    var parser = ServerSentEventParser(limit: 1000)
    #expect(throws: ServerSentEventParser.TooLong.self) {
      for _ in 0..<200 { _ = try parser.append("data: 0123456789\n".utf8) }
    }
  }
}
