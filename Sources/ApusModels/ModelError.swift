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
  public var message: String

  public init(_ code: Code, at place: String, _ message: String) {
    self.code = code
    self.place = place
    self.message = message
  }

  public var description: String { "\(place): \(message)" }

  static func missing(key: String) -> ModelError {
    ModelError(
      .badHyperparameter, at: key, "missing; the file was not written for this architecture")
  }

  static func missing(tensor: String, shape: [Int]) -> ModelError {
    ModelError(.tensorMismatch, at: tensor, "missing; expected a tensor of shape \(shape)")
  }

  static func mismatch(tensor: String, expected: [Int], found: [Int]) -> ModelError {
    ModelError(.tensorMismatch, at: tensor, "expected shape \(expected), found \(found)")
  }
}
