public import ApusBlocks

/// How keys, or values, of one layer and one sequence lie in memory: values [kvHeads, positions,
/// headSize], keys [kvHeads, positions / 16] of `KeyBlock`, so that a head's positions follow each
/// other.
public struct CacheLayout: Sendable, Hashable {
  public let format: CacheFormat
  public let kvHeadCount: Int
  /// Positions that there is room for.
  public let capacity: Int
  public let headSize: Int
  /// Bytes of one head at one position.
  public let positionByteCount: Int

  /// - Parameter headSize: whole blocks of the format; see `CacheFormat.byteCount(headSize:)`.
  public init(format: CacheFormat, kvHeadCount: Int, capacity: Int, headSize: Int) {
    self.format = format
    self.kvHeadCount = kvHeadCount
    self.capacity = capacity
    self.headSize = headSize
    guard let bytes = format.byteCount(headSize: headSize) else {
      preconditionFailure("a head of \(headSize) elements is no whole number of blocks")
    }
    positionByteCount = bytes
  }

  /// Positions in whole blocks of keys.
  private var paddedCapacity: Int {
    (capacity + KeyBlock.positions - 1) / KeyBlock.positions * KeyBlock.positions
  }

  /// Bytes of the keys, or of the values.
  public var byteCount: Int { kvHeadCount * paddedCapacity * positionByteCount }

  /// Where the values of (head, position) begin, or the block of keys that begins with that
  /// position.
  public func offset(head: Int, position: Int) -> Int {
    (head * paddedCapacity + position) * positionByteCount
  }
}

/// What the attention of a layer is like.
public struct AttentionShape: Sendable, Hashable {
  /// Query heads; a multiple of the cache's key/value heads.
  public var headCount: Int
  /// Usually 1/√headSize.
  public var scale: Float
  /// `cap * tanh(score / cap)`; 0: none.
  public var softcap: Float
  /// A token sees this many positions, itself included; 0: all before it.
  public var window: Int

  public init(headCount: Int, scale: Float, softcap: Float = 0, window: Int = 0) {
    self.headCount = headCount
    self.scale = scale
    self.softcap = softcap
    self.window = window
  }
}

/// The part of a step that belongs to one sequence: consecutive tokens, and the cache of one layer
/// that holds their own keys and values already.
public struct AttentionSequence {
  public var tokens: Int
  /// Position of the first token.
  public var start: Int
  public var keys: UnsafeRawPointer
  public var values: UnsafeRawPointer
  public var layout: CacheLayout

  public init(
    tokens: Int, start: Int, keys: UnsafeRawPointer, values: UnsafeRawPointer, layout: CacheLayout
  ) {
    self.tokens = tokens
    self.start = start
    self.keys = keys
    self.values = values
    self.layout = layout
  }
}
