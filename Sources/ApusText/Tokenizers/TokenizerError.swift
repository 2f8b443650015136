/// Why a tokenizer cannot be made from a file, and where the fault lies.
public struct TokenizerError: Error, Sendable, Hashable {
  public enum Code: String, Sendable {
    /// The text is no JSON, or the metadata cannot be read.
    case badFile
    /// Something that every tokenizer needs is absent.
    case missingField
    /// A value of another type than the format says.
    case badField
    /// A list is longer or shorter than the vocabulary, or longer than any vocabulary can be.
    case badCount
    /// A merge that is no pair, or that names a piece that the vocabulary lacks.
    case badMerge
    /// An id that is negative, too large, or given twice.
    case badTokenId
    /// A byte token whose text is not `<0x00>` to `<0xFF>`.
    case badByteToken
    /// A way to cut text into words that has no scanner here.
    case unsupportedPattern
    /// A kind of tokenizer, normalizer, decoder or the like that is not built here.
    case unsupportedComponent
  }

  public let code: Code
  public let message: String
  /// The field at fault, for example `model.merges[17]` or `tokenizer.ggml.pre`.
  public let field: String
  /// The byte of the file, counted from 0, where that is known.
  public let offset: Int?

  public init(_ code: Code, field: String, _ message: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.field = field
    self.offset = offset
  }
}

extension TokenizerError: CustomStringConvertible {
  public var description: String {
    let place = offset.map { " (byte \($0))" } ?? ""
    return "tokenizer: \(field)\(place): \(message)"
  }

  /// Text from a file, cut and made printable for a message of one line.
  static func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars.prefix(60) {
      let isPlain =
        scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
      result += isPlain ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }
    return result + (text.unicodeScalars.count > 60 ? "…'" : "'")
  }
}
