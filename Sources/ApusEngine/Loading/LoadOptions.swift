public import ApusBlocks
public import ApusKernels

/// How a model is loaded and run. What is left out is chosen for this machine.
public struct LoadOptions: Sendable, Hashable {
  /// Threads of a step; `nil` for what the machine and its limits allow.
  public var threads: Int?
  /// Positions of each sequence; `nil` for the model's own, at most `defaultContextLength`.
  public var contextLength: Int?
  /// How products of matrices with many tokens are computed.
  public var matmul: Compute.MatmulMode
  /// How keys and values are kept.
  public var cacheType: CacheFormat
  /// Sequences that are generated at once, each with a cache of its own.
  public var slots: Int
  /// Requests that may wait for a slot; the next is refused as `busy`.
  public var queueLimit: Int
  /// Tokens of a prompt that are read in one step.
  public var batchSize: Int
  /// Bytes that the model may take; `nil` for what the machine and its limits have left.
  public var memoryLimit: Int?

  public static let defaultContextLength = 4096

  public init(
    threads: Int? = nil, contextLength: Int? = nil, matmul: Compute.MatmulMode = .auto,
    cacheType: CacheFormat = .f16, slots: Int = 1, queueLimit: Int = 512, batchSize: Int = 512,
    memoryLimit: Int? = nil
  ) {
    self.threads = threads
    self.contextLength = contextLength
    self.matmul = matmul
    self.cacheType = cacheType
    self.slots = slots
    self.queueLimit = queueLimit
    self.batchSize = batchSize
    self.memoryLimit = memoryLimit
  }
}
