import ApusBlocks
public import ApusCore
import ApusFiles

extension ModelIdentity {
  /// The identity that a model would have if it were loaded now.
  /// - Parameter path: Of a file (with the other parts of a split one), or of a folder.
  /// - Returns: `nil` where there is no such file.
  public init?(path: String, options: LoadOptions = LoadOptions()) {
    guard let files = Self.files(path) else { return nil }
    self.init(
      files: files,
      settings: "context \(options.contextLength.map(String.init) ?? "own") "
        + "cache \(options.cacheType.rawValue) matmul \(options.matmul)")
  }

  private static func files(_ path: String) -> [File]? {
    if let names = FileListing.names(in: path) {
      return names.compactMap { File(path: "\(path)/\($0)") }
    }
    guard let first = File(path: path) else { return nil }
    // name-00001-of-00003.gguf
    guard let match = path.wholeMatch(of: /(.*-)00001(-of-(\d{5})\.gguf)/),
      let count = Int(match.3), count > 1
    else { return [first] }
    var files = [first]
    for number in 2...count {
      let digits = String(number)
      let zeros = String(repeating: "0", count: 5 - digits.count)
      guard let part = File(path: "\(match.1)\(zeros)\(digits)\(match.2)") else { return nil }
      files.append(part)
    }
    return files
  }
}
