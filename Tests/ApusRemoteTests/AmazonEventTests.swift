import ApusRemote
import Testing

@Suite struct AmazonEventTests {
  private let message = AmazonMessage.bytes([(":event-type", "x"), ("b", "é")], "{}")

  private func refusal(_ bytes: [UInt8], limit: Int = 1 << 20) -> String {
    var parser = AmazonEventParser(limit: limit)
    do throws(AmazonEventError) {
      _ = try parser.append(bytes)
      return ""
    } catch {
      return error.description
    }
  }

  // features D1
  @Test(arguments: [1, 2, 5, 11, 12, 1000])
  func messagesComeOutHoweverTheyAreCut(size: Int) throws {
    var parser = AmazonEventParser()
    var events: [AmazonEvent] = []
    var rest = (message + message)[...]
    while !rest.isEmpty {
      events += try parser.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    let event = AmazonEvent(headers: [":event-type": "x", "b": "é"], payload: Array("{}".utf8))
    #expect(events == [event, event])
  }

  /// The example of a message without headers and payload, and of one with a header, in the tests
  /// of Amazon's own libraries (awslabs/aws-c-event-stream).
  @Test func theirEmptyMessageIsRead() throws {
    var parser = AmazonEventParser()
    let events = try parser.append([
      0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8,
      0xFF,
    ])
    #expect(events == [AmazonEvent(headers: [:], payload: [])])
  }

  /// The check value of the CRC's definition.
  @Test func theChecksumIsTheStandards() {
    #expect(CRC32.of("123456789".utf8) == 0xCBF4_3926)
  }

  @Test func aWrongByteAnywhereIsRefused() {
    for place in message.indices {
      var damaged = message
      damaged[place] ^= 1
      #expect(refusal(damaged).contains("checksum"), "byte \(place)")
    }
  }

  @Test func lengthsAreChecked() {
    func prelude(_ total: UInt32, _ headers: UInt32) -> [UInt8] {
      let bytes = [total, headers].flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
      }
      let sum = CRC32.of(bytes)
      return bytes + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
    }
    #expect(refusal(prelude(0xFFFF_FFFF, 0)).contains("longer"))
    #expect(refusal(prelude(2000, 0), limit: 1000).contains("longer"))
    #expect(refusal(prelude(15, 0)).contains("lengths"))
    #expect(refusal(prelude(100, 85)).contains("lengths"))
    #expect(refusal(prelude(100, 0xFFFF_FFFF)).contains("lengths"))
    #expect(refusal(prelude(100, 84)) == "")
  }
}
