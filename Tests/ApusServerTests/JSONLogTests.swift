#if Tools
  import ApusJSON
  import ApusRouter
  import Logging
  import Synchronization
  import Testing

  @testable import ApusServer

  @Suite struct JSONLogTests {
    private final class Lines: Sendable {
      private let stored = Mutex<[String]>([])
      var all: [String] { stored.withLock { $0 } }
      func write(_ line: String) { stored.withLock { $0.append(line) } }
    }

    // features H1
    @Test func anEntryIsOneObjectOnOneLine() throws {
      let lines = Lines()
      let logger = Logger(label: "test") { _ in JSONLogHandler { lines.write($0) } }
      logger.routerLog(
        LogEntry(.warning, "two\nlines \"quoted\"", ["tier": "1", "level": "not this one"]))
      logger.routerLog(LogEntry(.debug, "below the level"))
      #expect(lines.all.count == 1)
      let line = try #require(lines.all.first)
      #expect(line.hasSuffix("}\n") && line.dropLast().firstIndex(of: "\n") == nil)
      let json = try JSON(parsing: line)
      #expect(json["level"] == "warning" && json["tier"] == "1")
      #expect(json["message"] == "two\nlines \"quoted\"")
      let time = try #require(json["time"]?.string)
      #expect(time.hasSuffix("Z") && time.contains("T") && time.contains("."))
    }
  }
#endif
