#if canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Musl)
  @preconcurrency import Musl
#else
  import Darwin
#endif

/// What surrounds the process: its environment, and the `.env` file beside it.
public enum ProcessEnvironment {
  /// The variables as they stand. Not to be read while another thread sets some.
  public static var variables: [String: String] {
    var result: [String: String] = [:]
    var next = pointers
    while let entry = next?.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "="), equals != text.startIndex {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next = next?.successor()
    }
    return result
  }

  private static var pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    #if canImport(Darwin)
      _NSGetEnviron().pointee
    #else
      environ
    #endif
  }
}

extension DotEnv {
  /// The file at `path`; empty where there is none. Beyond 1 MiB it is cut.
  public init(path: String) {
    self.init(String(decoding: SmallFile.read(path)?.prefix(SmallFile.limit) ?? [], as: UTF8.self))
  }
}
