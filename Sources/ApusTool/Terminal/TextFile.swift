#if Tools
  import ApusCore
  import Foundation

  /// Files that a command reads whole.
  enum TextFile {
    static func read(_ path: String) throws -> String {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw ApusError(.fileNotFound, "\(path): cannot be read")
      }
      return String(decoding: data, as: UTF8.self)
    }
  }
#endif
