/// Where hyperparameters come from: the metadata of a GGUF file or a config.json. A getter returns
/// `nil` for a key that is absent (or null) and throws for a value of another type.
protocol HyperparameterSource {
  func integer(_ key: String) throws(ModelError) -> Int?
  func number(_ key: String) throws(ModelError) -> Double?
  func string(_ key: String) throws(ModelError) -> String?
  func bool(_ key: String) throws(ModelError) -> Bool?
  func integers(_ key: String) throws(ModelError) -> [Int]?
  /// The key as the file spells it, for messages.
  func spelled(_ key: String) -> String
  /// Where in the file the value of `key` begins, where that is known.
  func offset(of key: String) -> Int?
}

extension HyperparameterSource {
  func offset(of key: String) -> Int? { nil }

  /// An error about the value of `key`.
  func error(_ code: ModelError.Code, _ key: String, _ message: String) -> ModelError {
    ModelError(code, at: spelled(key), offset: offset(of: key), message)
  }

  /// The error for a value that is not what it must be.
  func damaged(_ key: String, _ problem: String) -> ModelError {
    error(.badHyperparameter, key, "\(problem); \(ModelError.remedy)")
  }

  /// An integer that must lie in `range` where it is given.
  func integer(_ key: String, in range: ClosedRange<Int>) throws(ModelError) -> Int? {
    guard let value = try integer(key) else { return nil }
    guard range.contains(value) else {
      throw damaged(
        key, "\(value) is out of range, \(range.lowerBound) to \(range.upperBound) expected")
    }
    return value
  }

  /// An integer that must be given, under the first of `keys` that is there.
  func required(_ keys: String..., in range: ClosedRange<Int>) throws(ModelError) -> Int {
    for key in keys {
      if let value = try integer(key, in: range) { return value }
    }
    throw .missing(key: spelled(keys[0]))
  }

  /// A finite number that must lie in `range` where it is given.
  func number(_ key: String, in range: ClosedRange<Double>) throws(ModelError) -> Float? {
    guard let value = try number(key) else { return nil }
    guard range.contains(value) else {
      throw damaged(
        key, "\(value) is out of range, \(range.lowerBound) to \(range.upperBound) expected")
    }
    return Float(value)
  }
}

/// What no model exceeds, and what nothing is allocated beyond.
enum Limits {
  static let layers = 1...1024
  static let width = 1...(1 << 20)
  static let feedForward = 1...(1 << 22)
  static let heads = 1...4096
  static let headSize = 1...4096
  static let vocabulary = 1...(1 << 24)
  static let context = 1...(1 << 30)
  static let experts = 0...1024
  static let epsilon = 0.0...1.0
  static let theta = 1e-3...1e12
  static let factor = 1e-6...1e6
  static let softcap = 0.0...1e6
}
