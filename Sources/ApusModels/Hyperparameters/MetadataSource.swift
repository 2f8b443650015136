import ApusFiles

/// The hyperparameters in a GGUF file: keys begin with the name of the architecture.
struct MetadataSource: HyperparameterSource {
  let metadata: GGUFMetadata
  let architecture: String

  func spelled(_ key: String) -> String { "\(architecture).\(key)" }

  func offset(of key: String) -> Int? { metadata.offset(of: spelled(key)) }

  /// The value under `key` as `convert` sees it.
  private func value<Value>(
    _ key: String, _ expected: String, _ convert: (GGUFValue) -> Value?
  ) throws(ModelError) -> Value? {
    guard let value = metadata[spelled(key)] else { return nil }
    guard let converted = convert(value) else {
      throw damaged(key, "is of type \(value.type), \(expected) expected")
    }
    return converted
  }

  func integer(_ key: String) throws(ModelError) -> Int? {
    // Some architectures give one value per layer; those here have the same one for all.
    let values = try value(key, "an integer") { value in
      value.int.map { [$0] } ?? value.array?.ints
    }
    guard let values, let first = values.first else { return nil }
    guard values.allSatisfy({ $0 == first }) else {
      throw error(.unsupported, key, "differs from layer to layer: \(values.prefix(8))")
    }
    return first
  }

  func number(_ key: String) throws(ModelError) -> Double? {
    try value(key, "a number") { $0.double }
  }

  func string(_ key: String) throws(ModelError) -> String? {
    try value(key, "a string") { $0.string }
  }

  func bool(_ key: String) throws(ModelError) -> Bool? {
    try value(key, "true or false") { $0.bool }
  }

  func integers(_ key: String) throws(ModelError) -> [Int]? {
    try value(key, "an array of integers") { value in
      value.int.map { [$0] } ?? value.array?.ints
        ?? value.array?.bools.map { $0.map { $0 ? 1 : 0 } }
    }
  }
}
