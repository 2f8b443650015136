public import ApusBlocks
import ApusKernels

/// The keys and values of the positions read so far, layer by layer.
///
/// A cache belongs to one sequence, and one step at a time works on it.
public final class KVCache: @unchecked Sendable {
  // Sendable because a step has it to itself, and steps run one after the other.

  /// Of one layer; see `CacheLayout`.
  struct Layer: Sendable {
    let keys: AlignedBuffer<UInt8>
    let values: AlignedBuffer<UInt8>
  }

  let layout: CacheLayout
  let layers: [Layer]
  /// Positions that are filled.
  public private(set) var count = 0
  /// Positions that there is room for.
  public var capacity: Int { layout.capacity }

  /// - Parameter capacity: positions; memory is taken as they are filled.
  init(_ parameters: Hyperparameters, capacity: Int, format: CacheFormat) {
    let layout = CacheLayout(
      format: format, kvHeadCount: parameters.kvHeadCount, capacity: capacity,
      headSize: parameters.headSize)
    self.layout = layout
    layers = (0..<parameters.layerCount).map { _ in
      Layer(
        keys: AlignedBuffer(count: layout.byteCount),
        values: AlignedBuffer(count: layout.byteCount))
    }
  }

  /// Forgets everything from position `count` on.
  public func truncate(to count: Int) {
    self.count = min(self.count, max(count, 0))
  }

  func advance(by tokens: Int) {
    precondition(count + tokens <= capacity)
    count += tokens
  }

  /// Bytes of a cache of `capacity` positions; `nil` where that is beyond `Int`.
  public static func byteCount(
    _ parameters: Hyperparameters, capacity: Int, format: CacheFormat
  ) -> Int? {
    guard let head = format.byteCount(headSize: parameters.headSize) else { return nil }
    let perPosition = 2 * parameters.kvHeadCount * head * parameters.layerCount
    let (bytes, overflow) = perPosition.multipliedReportingOverflow(by: capacity)
    return overflow ? nil : bytes
  }
}
