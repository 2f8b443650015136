import ApusJSON

/// The hyperparameters in a Hugging Face config.json. `path` leads to an inner object.
struct ConfigSource: HyperparameterSource {
  let config: JSON
  var path = ""

  func spelled(_ key: String) -> String { "config.json: \(path)\(key)" }

  private func value(_ key: String) -> JSON? {
    guard let value = config[key], !value.isNull else { return nil }
    return value
  }

  private func wrong(_ key: String, _ expected: String) -> ModelError {
    damaged(key, "is not what is expected, \(expected)")
  }

  func integer(_ key: String) throws(ModelError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let integer = value.integer else { throw wrong(key, "an integer") }
    return integer
  }

  func number(_ key: String) throws(ModelError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double else { throw wrong(key, "a number") }
    return number
  }

  func string(_ key: String) throws(ModelError) -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value.string else { throw wrong(key, "a string") }
    return string
  }

  func bool(_ key: String) throws(ModelError) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let bool = value.bool else { throw wrong(key, "true or false") }
    return bool
  }

  func integers(_ key: String) throws(ModelError) -> [Int]? {
    guard let value = value(key) else { return nil }
    guard let array = value.array else { throw wrong(key, "an array of integers") }
    var integers: [Int] = []
    for element in array {
      guard let integer = element.integer else { throw wrong(key, "an array of integers") }
      integers.append(integer)
    }
    return integers
  }

  func strings(_ key: String) throws(ModelError) -> [String]? {
    guard let value = value(key) else { return nil }
    guard let array = value.array else { throw wrong(key, "an array of strings") }
    var strings: [String] = []
    for element in array {
      guard let string = element.string else { throw wrong(key, "an array of strings") }
      strings.append(string)
    }
    return strings
  }

  /// The object under the first of `keys` that is there.
  func inner(_ keys: String...) throws(ModelError) -> ConfigSource? {
    for key in keys {
      guard let value = value(key) else { continue }
      guard value.object != nil else { throw wrong(key, "an object") }
      return ConfigSource(config: value, path: "\(path)\(key).")
    }
    return nil
  }
}
