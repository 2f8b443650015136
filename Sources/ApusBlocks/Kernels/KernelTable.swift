/// The arithmetic of one instruction set: every entry is one coarse operation (a range of rows
/// times activations, attention over a range of positions, one row of a normalisation), so that
/// an indirect call costs nothing beside the work behind it.
///
/// A table begins as `portable`; a module for an instruction set replaces the entries that it
/// does better. The entries of a table never call into a table of another instruction set.
public struct KernelTable: Sendable {
  public var name: String
  public var vector: VectorKernels
  public var attention: AttentionKernels
  private var products: [MatrixKernels?]

  public init(name: String, vector: VectorKernels, attention: AttentionKernels) {
    self.name = name
    self.vector = vector
    self.attention = attention
    products = []
  }

  /// The matrix kernels of a format. Those of every format that `BlockFormat` lists are present
  /// in `portable`, and so in every table made from it.
  public subscript(format: BlockFormat) -> MatrixKernels {
    get {
      let index = Int(format.rawValue)
      if index < products.count, let found = products[index] { return found }
      return .portable(format)
    }
    set {
      let index = Int(format.rawValue)
      while products.count <= index { products.append(nil) }
      products[index] = newValue
    }
  }
}

/// How a kernel wants its activations: `tokensPerGroup` tokens are laid out together, group after
/// group. Two kernels with the same `name` share one packed copy.
public struct ActivationPacking: Sendable {
  public typealias ByteCount = @Sendable (_ columns: Int) -> Int
  public typealias Pack = @Sendable (ActivationJob) -> Void

  public let name: String
  public let tokensPerGroup: Int
  /// Bytes of one group, a multiple of 64.
  public let bytesPerGroup: ByteCount
  /// Packs one group.
  public let pack: Pack

  public init(
    name: String, tokensPerGroup: Int, bytesPerGroup: @escaping ByteCount, pack: @escaping Pack
  ) {
    self.name = name
    self.tokensPerGroup = tokensPerGroup
    self.bytesPerGroup = bytesPerGroup
    self.pack = pack
  }
}

/// One group of tokens to pack.
public struct ActivationJob {
  /// [tokenCount, columnCount], contiguous.
  public var input: UnsafePointer<Float>
  /// At most `tokensPerGroup`; a kernel pads the rest of a group with zeros.
  public var tokenCount: Int
  public var columnCount: Int
  public var output: UnsafeMutableRawPointer

  public init(
    input: UnsafePointer<Float>, tokenCount: Int, columnCount: Int,
    output: UnsafeMutableRawPointer
  ) {
    self.input = input
    self.tokenCount = tokenCount
    self.columnCount = columnCount
    self.output = output
  }
}

/// Some rows of a matrix of weights times all tokens of a batch:
/// `output[t * outputStride + r] = Σ_c weights[r, c] · x[t, c]`.
public struct MatrixJob {
  /// The first row; rows are `rowByteCount` apart and need no alignment.
  public var weights: UnsafeRawPointer
  public var rowByteCount: Int
  public var rowCount: Int
  public var columnCount: Int
  /// What the kernel's packing made of x, or x itself ([tokenCount, columnCount]) where it has none.
  public var activations: UnsafeRawPointer
  public var tokenCount: Int
  public var output: UnsafeMutablePointer<Float>
  public var outputStride: Int
  /// 64-byte aligned, `scratchByteCount(columns)` bytes.
  public var scratch: UnsafeMutableRawPointer

  public init(
    weights: UnsafeRawPointer, rowByteCount: Int, rowCount: Int, columnCount: Int,
    activations: UnsafeRawPointer, tokenCount: Int, output: UnsafeMutablePointer<Float>,
    outputStride: Int, scratch: UnsafeMutableRawPointer
  ) {
    self.weights = weights
    self.rowByteCount = rowByteCount
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.activations = activations
    self.tokenCount = tokenCount
    self.output = output
    self.outputStride = outputStride
    self.scratch = scratch
  }
}

/// A way to multiply rows of weights with activations.
public struct MatrixKernel: Sendable {
  public typealias Run = @Sendable (MatrixJob) -> Void

  /// Nil: the kernel reads the floats as they are.
  public let packing: ActivationPacking?
  /// Rows that are best done together: pieces of work are multiples of it, except the last.
  public let rowGranule: Int
  public let scratchByteCount: ActivationPacking.ByteCount
  public let run: Run

  public init(
    packing: ActivationPacking? = nil, rowGranule: Int = 1,
    scratchByteCount: @escaping ActivationPacking.ByteCount = { _ in 0 }, run: @escaping Run
  ) {
    self.packing = packing
    self.rowGranule = rowGranule
    self.scratchByteCount = scratchByteCount
    self.run = run
  }
}

/// The matrix kernels of one format.
public struct MatrixKernels: Sendable {
  /// (source, destination, count)
  public typealias Decode = @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  /// Activations stay F32: the product of the decoded weights, to F32 rounding. Not asked for where
  /// weights are floats: then `vector` and `tile` do that.
  public var exact: MatrixKernel
  /// For few tokens: reads the weights once and is bound by memory.
  public var vector: MatrixKernel
  /// For many tokens: decodes a tile of weights once and streams the tokens over it.
  public var tile: MatrixKernel
  /// From this many tokens on, `tile` is the faster one; `.max` where there is none.
  public var tileMinimum: Int
  /// Decodes `count` elements of one row to F32.
  public var decode: Decode
  /// Blocks as bytes, where this instruction set knows a fast way: kernels of a larger one build
  /// on it.
  public var unpacking: Unpacking?

  public var hasTile: Bool { tileMinimum < .max }

  public init(
    exact: MatrixKernel, vector: MatrixKernel, tile: MatrixKernel, tileMinimum: Int,
    decode: @escaping Decode,
    unpacking: Unpacking? = nil
  ) {
    self.exact = exact
    self.vector = vector
    self.tile = tile
    self.tileMinimum = tileMinimum
    self.decode = decode
    self.unpacking = unpacking
  }
}
