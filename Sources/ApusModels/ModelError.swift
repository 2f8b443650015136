import ApusFiles

/// Why a model that could be read as a file cannot be run: what is wrong, at which key or tensor,
/// and what to do.
public struct ModelError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// No architecture of that name is known.
    case unknownArchitecture
    /// A key is missing, of the wrong type, or out of range.
    case badHyperparameter
    /// A tensor is missing or has another shape than the hyperparameters call for.
    case tensorMismatch
    /// The file asks for something that this engine does not do.
    case unsupported
  }

  public var code: Code
  /// The metadata key, the member of config.json, or the tensor.
  public var place: String
  /// Where in the file the value of the key, or the data of the tensor, begins; `nil` where it is
  /// missing, and for a config.json.
  public var offset: Int?
  /// What is wrong there, then what to do.
  public var message: String

  public init(_ code: Code, at place: String, offset: Int? = nil, _ message: String) {
    self.code = code
    self.place = place
    self.offset = offset
    self.message = message
  }

  /// One line, whatever the file's own words in it hold.
  public var description: String {
    let position = offset.map { " at byte \($0)" } ?? ""
    return FileError.printable("\(place)\(position): \(message)", limit: 512)
  }

  /// What to do about a file whose values contradict each other.
  static let remedy = "the file is damaged or incomplete, get it again or convert the model again"

  static func missing(key: String) -> ModelError {
    ModelError(
      .badHyperparameter, at: key, "is missing; \(remedy)")
  }

  static func missing(tensor: String, shape: [Int]) -> ModelError {
    ModelError(.tensorMismatch, at: tensor, "is missing; shape \(shape) expected; \(remedy)")
  }

  static func mismatch(_ tensor: Tensor, expected: [Int]) -> ModelError {
    ModelError(
      .tensorMismatch, at: tensor.name, offset: tensor.offset,
      "is of shape \(tensor.shape), \(expected) expected; \(remedy)")
  }
}
