/// The layout of one block format and its portable arithmetic: the reference that every faster
/// kernel is tested against. Pointers into blocks need no alignment; numbers are little-endian.
///
/// Formats are caseless enumerations, one file each in `Formats/`.
public protocol BlockCodec {
  /// Elements in a block.
  static var elementsPerBlock: Int { get }
  /// Bytes in a block.
  static var bytesPerBlock: Int { get }

  /// Decodes `blocks` consecutive blocks into `blocks * elementsPerBlock` floats.
  static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int)

  /// Encodes `blocks * elementsPerBlock` floats into `blocks` consecutive blocks.
  static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int)
}
