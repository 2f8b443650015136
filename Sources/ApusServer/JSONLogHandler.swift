#if Tools
  import ApusJSON
  public import ApusRouter
  import Foundation
  public import Logging

  /// A log of JSON lines: `time` (UTC), `level`, `message`, and the entry's own fields.
  public struct JSONLogHandler: LogHandler {
    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    private let write: @Sendable (String) -> Void

    /// - Parameter write: Given each line, with its end.
    public init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
      var object: JSONObject = [
        "time": .string(
          Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
        "level": .string(event.level.rawValue), "message": .string("\(event.message)"),
      ]
      let fields = metadata.merging(event.metadata ?? [:]) { $1 }
      for (key, value) in fields.sorted(by: { $0.key < $1.key }) where object[key] == nil {
        object[key] = .string("\(value)")
      }
      write(JSON.object(object).serialized() + "\n")
    }
  }

  extension Logger {
    /// Takes a router's log.
    public var routerLog: RouterLog {
      { [self] entry in
        log(
          level: Level(entry.level), "\(entry.message)",
          metadata: entry.fields.mapValues { .string($0) })
      }
    }
  }

  extension Logger.Level {
    fileprivate init(_ level: LogEntry.Level) {
      self =
        switch level {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
  }
#endif
