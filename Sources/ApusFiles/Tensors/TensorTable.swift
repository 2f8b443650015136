/// The tensors of a model in the order of the file, found by name.
public struct TensorTable: Sendable {
  private let tensors: [Tensor]
  private let indices: [String: Int]

  /// - Throws: the error that `duplicate` makes of a tensor whose name has occurred.
  init(
    _ tensors: [Tensor], duplicate: (Tensor) -> FileError
  ) throws(FileError) {
    var indices: [String: Int] = [:]
    indices.reserveCapacity(tensors.count)
    for (index, tensor) in tensors.enumerated() {
      guard indices.updateValue(index, forKey: tensor.name) == nil else { throw duplicate(tensor) }
    }
    self.tensors = tensors
    self.indices = indices
  }

  public subscript(name: String) -> Tensor? { indices[name].map { tensors[$0] } }

  /// Bytes of all tensors together, without padding.
  public var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
}

extension TensorTable: RandomAccessCollection {
  public var startIndex: Int { tensors.startIndex }
  public var endIndex: Int { tensors.endIndex }
  public subscript(position: Int) -> Tensor { tensors[position] }
}
