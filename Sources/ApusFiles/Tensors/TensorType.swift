public import ApusBlocks

/// How a file stores the numbers of a tensor: all that the containers know, also what no kernel
/// computes with (`format` is `nil` then). The raw value is `ggml_type` in GGUF; the types that
/// only safetensors has lie above 65535.
// Cases are spelled as the files and the papers do.
// swift-format-ignore: AlwaysUseLowerCamelCase
public enum TensorType: UInt32, Sendable, Hashable, CaseIterable {
  case F32 = 0
  case F16 = 1
  case Q4_0 = 2
  case Q4_1 = 3
  case Q5_0 = 6
  case Q5_1 = 7
  case Q8_0 = 8
  case Q8_1 = 9
  case Q2_K = 10
  case Q3_K = 11
  case Q4_K = 12
  case Q5_K = 13
  case Q6_K = 14
  case Q8_K = 15
  case IQ2_XXS = 16
  case IQ2_XS = 17
  case IQ3_XXS = 18
  case IQ1_S = 19
  case IQ4_NL = 20
  case IQ3_S = 21
  case IQ2_S = 22
  case IQ4_XS = 23
  case I8 = 24
  case I16 = 25
  case I32 = 26
  case I64 = 27
  case F64 = 28
  case IQ1_M = 29
  case BF16 = 30
  case TQ1_0 = 34
  case TQ2_0 = 35
  case MXFP4 = 39
  case NVFP4 = 40
  case Q1_0 = 41

  case BOOL = 0x1_0000
  case U8
  case U16
  case U32
  case U64
  case F8_E4M3
  case F8_E5M2
  case F8_E8M0
  case F6_E2M3
  case F6_E3M2
  case F4
  case C64

  /// The type with a number in a GGUF file; `nil` for numbers that were removed or never given.
  public init?(gguf number: UInt32) {
    guard number < TensorType.BOOL.rawValue, let type = TensorType(rawValue: number) else {
      return nil
    }
    self = type
  }

  /// `Q4_K`, `BF16` …: the name in both worlds.
  public var name: String { String(describing: self) }

  /// What the kernels compute with, `nil` for the rest.
  public var format: BlockFormat? { BlockFormat(rawValue: rawValue) }

  /// Elements and bytes of the smallest unit that stands alone. Source: the reference's block
  /// structures, and the dtype table of safetensors.
  public var block: (elements: Int, bytes: Int) {
    switch self {
    case .F32, .I32, .U32: (1, 4)
    case .F16, .BF16, .I16, .U16: (1, 2)
    case .F64, .I64, .U64, .C64: (1, 8)
    case .I8, .U8, .BOOL, .F8_E4M3, .F8_E5M2, .F8_E8M0: (1, 1)
    case .F6_E2M3, .F6_E3M2: (4, 3)
    case .F4: (2, 1)
    case .Q4_0, .IQ4_NL: (32, 18)
    case .Q4_1: (32, 20)
    case .Q5_0: (32, 22)
    case .Q5_1: (32, 24)
    case .Q8_0: (32, 34)
    case .Q8_1: (32, 40)
    case .MXFP4: (32, 17)
    case .NVFP4: (64, 36)
    case .Q1_0: (128, 18)
    case .Q2_K: (256, 84)
    case .Q3_K: (256, 110)
    case .Q4_K: (256, 144)
    case .Q5_K: (256, 176)
    case .Q6_K: (256, 210)
    case .Q8_K: (256, 292)
    case .IQ2_XXS: (256, 66)
    case .IQ2_XS: (256, 74)
    case .IQ2_S: (256, 82)
    case .IQ3_XXS: (256, 98)
    case .IQ3_S: (256, 110)
    case .IQ1_S: (256, 50)
    case .IQ1_M: (256, 56)
    case .IQ4_XS: (256, 136)
    case .TQ1_0: (256, 54)
    case .TQ2_0: (256, 66)
    }
  }

  /// Bytes that `count` elements take; `nil` unless they are whole blocks, and where the number
  /// overflows.
  public func byteCount(elements count: Int) -> Int? {
    let block = block
    guard count >= 0, count.isMultiple(of: block.elements) else { return nil }
    let (bytes, overflow) = (count / block.elements).multipliedReportingOverflow(by: block.bytes)
    return overflow ? nil : bytes
  }
}
