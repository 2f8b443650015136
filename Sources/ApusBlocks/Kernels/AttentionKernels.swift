/// The element type of a cache of keys and values.
public enum CacheFormat: String, Sendable, Hashable, CaseIterable {
  case f16
  case f32
  /// Blocks of 32, as `BlockFormat.Q8_0`: half of the memory, an error of about 0.4 %.
  case q8 = "q8_0"

  /// How the elements of one head at one position are stored.
  public var blockFormat: BlockFormat {
    switch self {
    case .f16: .F16
    case .f32: .F32
    case .q8: .Q8_0
    }
  }

  /// Bytes of one head at one position; `nil` where heads of that size are no whole blocks.
  public func byteCount(headSize: Int) -> Int? { blockFormat.byteCount(elements: headSize) }
}

/// How keys lie in a cache: blocks of 16 positions, in which the positions of one element are
/// neighbours, so that scores come out with positions in the lanes of a register.
///
///     f16, f32   [headSize, 16]
///     q8_0       for each 32 elements: 16 scales (binary16), then [32, 16] signed bytes
///
/// A position takes as many bytes as among values.
public enum KeyBlock {
  public static let positions = 16

  /// Puts one position into its block.
  /// - Parameter key: what `format.blockFormat` made of [headSize].
  /// - Parameter block: where the block begins.
  public static func store(
    _ key: UnsafeRawPointer, headSize: Int, format: CacheFormat,
    lane: Int, into block: UnsafeMutableRawPointer
  ) {
    switch format {
    case .f16:
      for i in 0..<headSize {
        let bits = key.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
        block.storeBytes(of: bits, toByteOffset: 2 * (16 * i + lane), as: UInt16.self)
      }
    case .f32:
      for i in 0..<headSize {
        let bits = key.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)
        block.storeBytes(of: bits, toByteOffset: 4 * (16 * i + lane), as: UInt32.self)
      }
    case .q8:
      for part in 0..<headSize / 32 {
        let from = key + 34 * part
        let to = block + 544 * part
        to.storeBytes(
          of: from.loadUnaligned(as: UInt16.self), toByteOffset: 2 * lane, as: UInt16.self)
        for i in 0..<32 {
          let byte = from.load(fromByteOffset: 2 + i, as: UInt8.self)
          to.storeBytes(of: byte, toByteOffset: 32 + 16 * i + lane, as: UInt8.self)
        }
      }
    }
  }

  /// Reads one position out of its block as F32.
  static func load(
    _ block: UnsafeRawPointer, headSize: Int, format: CacheFormat, lane: Int,
    into row: UnsafeMutablePointer<Float>
  ) {
    switch format {
    case .f16:
      for i in 0..<headSize {
        row[i] = Half.float(
          block.loadUnaligned(fromByteOffset: 2 * (16 * i + lane), as: UInt16.self))
      }
    case .f32:
      for i in 0..<headSize {
        row[i] = block.loadUnaligned(fromByteOffset: 4 * (16 * i + lane), as: Float.self)
      }
    case .q8:
      for part in 0..<headSize / 32 {
        let from = block + 544 * part
        let d = Half.float(from.loadUnaligned(fromByteOffset: 2 * lane, as: UInt16.self))
        for i in 0..<32 {
          let byte = from.load(fromByteOffset: 32 + 16 * i + lane, as: Int8.self)
          row[32 * part + i] = Float(byte) * d
        }
      }
    }
  }
}

/// Attention of some tokens' heads that share one key/value head, over a range of positions, in
/// one pass (online softmax).
public struct AttentionJob {
  /// Query of token `t`, head `h`: `queries + t * queryTokenStride + h * headSize`.
  public var queries: UnsafePointer<Float>
  public var queryTokenStride: Int
  public var tokenCount: Int
  /// Query heads that share this key/value head.
  public var headCount: Int
  public var headSize: Int
  public var format: CacheFormat
  /// Keys of this key/value head at position 0: see `KeyBlock`.
  public var keys: UnsafeRawPointer
  /// Values of this key/value head at position 0, [positions, headSize].
  public var values: UnsafeRawPointer
  /// Bytes from one position to the next.
  public var positionByteCount: Int
  /// The position of the first token; token `t` sees positions up to `firstPosition + t`.
  public var firstPosition: Int
  /// Positions of the cache to go over: `begin ..< end` (causal bound and window apply as well);
  /// `begin` is that of a block of keys.
  public var begin: Int
  public var end: Int
  /// A token sees this many positions, itself included; 0: all.
  public var window: Int
  public var scale: Float
  /// `cap * tanh(score / cap)` where above 0.
  public var softcap: Float
  /// Output of token `t`, head `h`: `output + t * outputTokenStride + h * headSize`.
  public var output: UnsafeMutablePointer<Float>
  public var outputTokenStride: Int
  /// Nil: the output is divided by the sum. Otherwise the output stays undivided, and the largest
  /// score and the sum of token `t`, head `h` go to `partial + 2 * (t * headCount + h)`; a token
  /// that sees nothing here leaves -infinity and 0.
  public var partial: UnsafeMutablePointer<Float>?
  /// 64-byte aligned, `scratchByteCount` bytes.
  public var scratch: UnsafeMutableRawPointer

  public init(
    queries: UnsafePointer<Float>, queryTokenStride: Int, tokenCount: Int, headCount: Int,
    headSize: Int, format: CacheFormat, keys: UnsafeRawPointer, values: UnsafeRawPointer,
    positionByteCount: Int, firstPosition: Int, begin: Int, end: Int, window: Int, scale: Float,
    softcap: Float, output: UnsafeMutablePointer<Float>, outputTokenStride: Int,
    partial: UnsafeMutablePointer<Float>?, scratch: UnsafeMutableRawPointer
  ) {
    self.queries = queries
    self.queryTokenStride = queryTokenStride
    self.tokenCount = tokenCount
    self.headCount = headCount
    self.headSize = headSize
    self.format = format
    self.keys = keys
    self.values = values
    self.positionByteCount = positionByteCount
    self.firstPosition = firstPosition
    self.begin = begin
    self.end = end
    self.window = window
    self.scale = scale
    self.softcap = softcap
    self.output = output
    self.outputTokenStride = outputTokenStride
    self.partial = partial
    self.scratch = scratch
  }
}

/// Attention of one instruction set.
public struct AttentionKernels: Sendable {
  /// Tokens that one job should hold when there are many.
  public var tokensPerJob: Int
  /// Scratch for (tokens, heads, headSize).
  public var scratchByteCount: @Sendable (Int, Int, Int) -> Int
  public var run: @Sendable (AttentionJob) -> Void

  public init(
    tokensPerJob: Int, scratchByteCount: @escaping @Sendable (Int, Int, Int) -> Int,
    run: @escaping @Sendable (AttentionJob) -> Void
  ) {
    self.tokensPerJob = tokensPerJob
    self.scratchByteCount = scratchByteCount
    self.run = run
  }
}
