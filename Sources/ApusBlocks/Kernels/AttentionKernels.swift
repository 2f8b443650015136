/// The element type of a cache of keys and values.
public enum CacheFormat: Sendable, Hashable {
  case f16
  case f32

  public var byteCount: Int { self == .f16 ? 2 : 4 }
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
  /// Keys and values of this key/value head at position 0, [positions, headSize].
  public var keys: UnsafeRawPointer
  public var values: UnsafeRawPointer
  /// Elements from one position to the next.
  public var positionStride: Int
  /// The position of the first token; token `t` sees positions up to `firstPosition + t`.
  public var firstPosition: Int
  /// Positions of the cache to go over: `begin ..< end` (the causal bound applies as well).
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
    positionStride: Int, firstPosition: Int, begin: Int, end: Int, window: Int, scale: Float,
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
    self.positionStride = positionStride
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
