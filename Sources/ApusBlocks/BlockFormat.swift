/// How the numbers of a tensor are stored. The raw value is the type number in a GGUF file
/// (`ggml_type`; specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
// Cases are spelled as the files and the papers do.
// swift-format-ignore: AlwaysUseLowerCamelCase
public enum BlockFormat: UInt32, Sendable, Hashable, CaseIterable {
  case F32 = 0
  case F16 = 1
  case Q4_0 = 2
  case Q4_1 = 3
  case Q5_0 = 6
  case Q5_1 = 7
  case Q8_0 = 8
  case Q2_K = 10
  case Q3_K = 11
  case Q4_K = 12
  case Q5_K = 13
  case Q6_K = 14
  case BF16 = 30

  /// The layout and the arithmetic of this format: the one place that knows which is which.
  public var codec: any BlockCodec.Type {
    switch self {
    case .F32: ApusBlocks.F32.self
    case .F16: ApusBlocks.F16.self
    case .BF16: ApusBlocks.BF16.self
    case .Q4_0: ApusBlocks.Q4_0.self
    case .Q4_1: ApusBlocks.Q4_1.self
    case .Q5_0: ApusBlocks.Q5_0.self
    case .Q5_1: ApusBlocks.Q5_1.self
    case .Q8_0: ApusBlocks.Q8_0.self
    case .Q2_K: ApusBlocks.Q2_K.self
    case .Q3_K: ApusBlocks.Q3_K.self
    case .Q4_K: ApusBlocks.Q4_K.self
    case .Q5_K: ApusBlocks.Q5_K.self
    case .Q6_K: ApusBlocks.Q6_K.self
    }
  }

  /// Elements that share one block; 1 for the plain formats.
  public var elementsPerBlock: Int { codec.elementsPerBlock }

  /// Bytes that one block takes.
  public var bytesPerBlock: Int { codec.bytesPerBlock }

  /// The name as files and papers spell it: "Q4_K".
  public var name: String { "\(self)" }

  /// The format that is spelled `name`, in any case.
  public init?(name: String) {
    let wanted = name.uppercased()
    for format in Self.allCases where format.name == wanted {
      self = format
      return
    }
    return nil
  }

  /// The bytes that `elements` numbers take; nil where they are no whole blocks, are negative, or
  /// where the figure does not fit an `Int`.
  public func byteCount(elements: Int) -> Int? {
    let codec = codec
    let (blocks, rest) = elements.quotientAndRemainder(dividingBy: codec.elementsPerBlock)
    guard elements >= 0, rest == 0 else { return nil }
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: codec.bytesPerBlock)
    return overflow ? nil : bytes
  }

  /// Decodes `count` elements (whole blocks) from `source`, which needs no alignment.
  /// Bit for bit what the package `gguf` computes. Any bytes are fine: at worst they decode to
  /// infinities or NaN.
  public func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, count: Int
  ) {
    let codec = codec
    codec.decode(source, into: destination, blocks: count / codec.elementsPerBlock)
  }

  /// Encodes `count` elements (whole blocks) into `destination`, which needs no alignment.
  /// Any floats are fine; a block that holds infinities or NaN has no meaningful encoding, though.
  public func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, count: Int
  ) {
    let codec = codec
    codec.encode(source, into: destination, blocks: count / codec.elementsPerBlock)
  }

  /// Decodes as many whole blocks as `bytes` holds.
  public func decode(_ bytes: [UInt8]) -> [Float] {
    let codec = codec
    let blocks = bytes.count / codec.bytesPerBlock
    let count = blocks * codec.elementsPerBlock
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
      if let base = buffer.baseAddress {
        bytes.withUnsafeBytes { source in
          if let start = source.baseAddress { codec.decode(start, into: base, blocks: blocks) }
        }
      }
      initialised = count
    }
  }

  /// Encodes as many whole blocks as `values` holds.
  public func encode(_ values: [Float]) -> [UInt8] {
    let codec = codec
    let blocks = values.count / codec.elementsPerBlock
    let count = blocks * codec.bytesPerBlock
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
      if let base = buffer.baseAddress {
        values.withUnsafeBufferPointer { source in
          if let start = source.baseAddress {
            codec.encode(start, into: UnsafeMutableRawPointer(base), blocks: blocks)
          }
        }
      }
      initialised = count
    }
  }
}
