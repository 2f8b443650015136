/// What is wrong with a file: the thing, the place, the remedy, on one line.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Open set: more may come; switch with a default, or ask for its `kind`.
  public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }

    // The file itself.
    public static let notFound: Code = "notFound"
    public static let unreadable: Code = "unreadable"
    public static let unwritable: Code = "unwritable"
    public static let unknownFormat: Code = "unknownFormat"
    public static let pathEscape: Code = "pathEscape"
    public static let truncated: Code = "truncated"
    /// The file shrank while it was mapped.
    public static let truncatedUnderMap: Code = "truncatedUnderMap"

    // Any container.
    public static let badOffset: Code = "badOffset"
    public static let badShape: Code = "badShape"
    public static let badString: Code = "badString"
    public static let badType: Code = "badType"
    public static let countTooLarge: Code = "countTooLarge"
    public static let missingKey: Code = "missingKey"
    public static let missingTensor: Code = "missingTensor"
    public static let shardMissing: Code = "shardMissing"
    public static let sizeOverflow: Code = "sizeOverflow"
    public static let unsupportedTensorType: Code = "unsupportedTensorType"

    // GGUF.
    public static let badMagic: Code = "badMagic"
    public static let unsupportedVersion: Code = "unsupportedVersion"
    public static let lengthPastEOF: Code = "lengthPastEOF"
    public static let badKey: Code = "badKey"
    public static let unsupportedNesting: Code = "unsupportedNesting"
    public static let badAlignment: Code = "badAlignment"
    public static let badTensorType: Code = "badTensorType"
    public static let badName: Code = "badName"

    // Safetensors and the JSON files of a model folder.
    public static let headerTooLarge: Code = "headerTooLarge"
    public static let badHeader: Code = "badHeader"
    public static let duplicateTensor: Code = "duplicateTensor"
    public static let sizeMismatch: Code = "sizeMismatch"
    public static let badDtype: Code = "badDtype"
    public static let badJSON: Code = "badJSON"
  }

  /// What a caller can do about it.
  public enum Kind: Sendable, Hashable {
    /// There is no such file, or it cannot be opened.
    case missing
    /// The file is broken, or was made to look so.
    case damaged
    /// The file is whole, but not one that this version reads.
    case unsupported
    /// The file shrank while it was mapped: the work that read it has failed.
    case truncatedUnderMap
  }

  public var code: Code
  public var path: String
  /// The part of the file: `version`, `metadata 'general.alignment'`, `tensor 'output.weight'`.
  public var field: String
  /// Where in the file, in bytes from its beginning; `nil` for the file as a whole.
  public var offset: Int?
  /// What is wrong there, then what to do.
  public var problem: String

  public init(_ code: Code, path: String, field: String, offset: Int?, _ problem: String) {
    self.code = code
    self.path = path
    self.field = field
    self.offset = offset
    self.problem = problem
  }

  public var kind: Kind {
    switch code {
    case .notFound, .unreadable, .unwritable, .shardMissing: .missing
    case .unsupportedVersion, .unsupportedNesting, .unsupportedTensorType, .unknownFormat:
      .unsupported
    case .truncatedUnderMap: .truncatedUnderMap
    default: .damaged
    }
  }

  public var description: String {
    var text = FileError.printable(path, limit: 512)
    if !field.isEmpty { text += ": \(field)" }
    if let offset { text += " at byte \(offset)" }
    return text + ": \(problem)"
  }
}

/// The errors of the containers are file errors.
public typealias GGUFError = FileError
public typealias SafetensorsError = FileError

extension FileError {
  /// Text out of a file, fit for one line of a message: control characters are escaped, and what
  /// is long is cut.
  public static func printable(_ text: String, limit: Int = 80) -> String {
    var result = ""
    var length = 0
    for scalar in text.unicodeScalars {
      if length >= limit { return result + "…" }
      length += 1
      let isControl = scalar.properties.generalCategory == .control
      let isSeparator = scalar.value == 0x2028 || scalar.value == 0x2029
      if isControl || isSeparator {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
