/// How the numbers of a tensor are stored. The raw value is the type number in a GGUF file
/// (`ggml_type`; specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
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
}
