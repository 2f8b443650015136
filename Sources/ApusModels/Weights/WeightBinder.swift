import ApusBlocks
import ApusFiles

/// Takes tensors from a file, checks their shapes against the hyperparameters, and gives them the
/// form that layers use. Matrices stay where they are mapped, except GPT-2's transposed ones.
struct WeightBinder {
  let source: TensorSource

  /// A matrix of `rows` outputs and `columns` inputs, `nil` where the file has none.
  func optionalMatrix(
    _ role: TensorRole, layer: Int? = nil, expert: Int? = nil, rows: Int, columns: Int
  ) throws(ModelError) -> BlockMatrix? {
    guard let tensor = source.tensor(role, layer: layer, expert: expert) else { return nil }
    if source.container == .huggingFace, source.layout.isTransposed, role.isOfLayer {
      try check(tensor, shape: [columns, rows])
      return try matrix(of: tensor).transposed(named: tensor.name)
    }
    try check(tensor, shape: [rows, columns])
    return try matrix(of: tensor)
  }

  func matrix(
    _ role: TensorRole, layer: Int? = nil, expert: Int? = nil, rows: Int, columns: Int
  ) throws(ModelError) -> BlockMatrix {
    let found = try optionalMatrix(
      role, layer: layer, expert: expert, rows: rows, columns: columns)
    guard let found else {
      throw missing(role, layer: layer, expert: expert, shape: [rows, columns])
    }
    return found
  }

  /// The matrix and, where the file has one, the bias.
  func linear(
    _ role: TensorRole, layer: Int? = nil, rows: Int, columns: Int
  ) throws(ModelError) -> Linear {
    Linear(
      weight: try matrix(role, layer: layer, rows: rows, columns: columns),
      bias: try vector(role, layer: layer, "bias", count: rows))
  }

  /// A vector widened to F32, `nil` where the file has none.
  func vector(
    _ role: TensorRole, layer: Int? = nil, _ suffix: String = "weight", count: Int,
    adding offset: Float = 0
  ) throws(ModelError) -> AlignedBuffer<Float>? {
    guard let tensor = source.tensor(role, layer: layer, suffix) else { return nil }
    try check(tensor, shape: [count])
    let row = try matrix(of: tensor)
    let values = AlignedBuffer<Float>(count: count)
    row.format.decode(row.base, into: values.base, count: count)
    if offset != 0 {
      for index in 0..<count { values[index] += offset }
    }
    return values
  }

  func norm(
    _ role: TensorRole, layer: Int? = nil, count: Int
  ) throws(ModelError) -> NormWeights {
    let offset = source.container == .huggingFace ? source.layout.normOffset : 0
    guard let weight = try vector(role, layer: layer, count: count, adding: offset) else {
      throw missing(role, layer: layer, expert: nil, shape: [count])
    }
    return NormWeights(
      weight: weight, bias: try vector(role, layer: layer, "bias", count: count))
  }

  /// One matrix for each expert: a stack of them in one tensor, or a tensor each.
  func experts(
    _ role: TensorRole, single: TensorRole, layer: Int, count: Int, rows: Int, columns: Int
  ) throws(ModelError) -> [BlockMatrix] {
    if source.container == .gguf {
      if let tensor = source.tensor(role, layer: layer) {
        try check(tensor, shape: [count, rows, columns])
        let stack = try matrix(of: tensor)
        return (0..<count).map { stack.rows($0 * rows..<($0 + 1) * rows) }
      }
      // Files from before 2024 have a tensor for each expert: blk.0.ffn_gate.3.weight.
      var matrices: [BlockMatrix] = []
      for expert in 0..<count {
        let name = "blk.\(layer).\(single.rawValue).\(expert).weight"
        guard let tensor = source.lookup(name) else {
          throw missing(role, layer: layer, expert: nil, shape: [count, rows, columns])
        }
        try check(tensor, shape: [rows, columns])
        matrices.append(try matrix(of: tensor))
      }
      return matrices
    }
    var matrices: [BlockMatrix] = []
    for expert in 0..<count {
      matrices.append(
        try matrix(role, layer: layer, expert: expert, rows: rows, columns: columns))
    }
    return matrices
  }

  private func check(_ tensor: Tensor, shape: [Int]) throws(ModelError) {
    // Writers drop or add outer dimensions of 1.
    let found = Array(tensor.shape.drop { $0 == 1 })
    guard found == Array(shape.drop { $0 == 1 }) else {
      throw .mismatch(tensor, expected: shape)
    }
  }

  private func matrix(of tensor: Tensor) throws(ModelError) -> BlockMatrix {
    do {
      return try tensor.matrix()
    } catch {
      throw ModelError(.unsupported, at: tensor.name, offset: tensor.offset, error.problem)
    }
  }

  private func missing(
    _ role: TensorRole, layer: Int?, expert: Int?, shape: [Int]
  ) -> ModelError {
    let name = source.name(role, layer: layer, expert: expert) ?? role.rawValue
    return .missing(tensor: name, shape: shape)
  }
}

extension BlockMatrix {
  /// - Throws: for formats of several elements to a block, which nobody stores transposed.
  fileprivate func transposed(named name: String) throws(ModelError) -> BlockMatrix {
    guard let transposed = transposed() else {
      throw ModelError(
        .unsupported, at: name, "a transposed matrix in \(format.name) is not supported")
    }
    return transposed
  }
}
