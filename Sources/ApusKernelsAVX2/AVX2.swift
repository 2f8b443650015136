public import ApusBlocks

/// Kernels for x86-64 processors with AVX2, FMA and F16C.
///
/// Everything in this module is compiled for those: nothing of it may run, not even be specialised,
/// elsewhere. So its only entry is this one, and only `KernelTable.available` calls it.
public enum AVX2 {
  /// Replaces the entries of a table.
  public static func install(into table: inout KernelTable) {
    table.name = "avx2"
    table.vector = vector
    table.attention = attention
    table[.F32] = floats(.F32, float32Row, decode: float32Decode)
    table[.F16] = floats(.F16, float16Row, decode: float16Decode)
    table[.BF16] = floats(.BF16, brain16Row, decode: brain16Decode)
    table[.Q4_K] = quantised(.Q4_K, unpackQ4K, vector: { q4KRows($0) })
    table[.Q6_K] = quantised(.Q6_K, unpackQ6K, vector: { q6KRows($0) })
    table[.Q8_0] = quantised(.Q8_0, unpackQ8, vector: { q8Rows($0) })
    table[.Q2_K] = quantised(.Q2_K, unpackQ2K, vector: nil)
    table[.Q3_K] = quantised(.Q3_K, unpackQ3K, vector: nil)
    table[.Q5_K] = quantised(.Q5_K, unpackQ5K, vector: nil)
    table[.Q4_0] = quantised(.Q4_0, unpackQ40, vector: nil)
    table[.Q4_1] = quantised(.Q4_1, unpackQ41, vector: nil)
    table[.Q5_0] = quantised(.Q5_0, unpackQ50, vector: nil)
    table[.Q5_1] = quantised(.Q5_1, unpackQ51, vector: nil)
  }

  /// From this many tokens on, unpacking a tile of weights is worth it.
  static let tileMinimum = 8

  private static func quantised(
    _ format: BlockFormat, _ unpacking: Unpacking, vector: MatrixKernel.Run?
  ) -> MatrixKernels {
    let decode: @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void = {
      decodeUnpacked($0, $1, $2, unpacking)
    }
    return MatrixKernels(
      exact: decodedFloats(decode),
      vector: MatrixKernel(
        packing: packing, scratchByteCount: { _ in Unpacking.byteCount },
        run: vector ?? { unpackedRows($0, unpacking) }),
      tile: MatrixKernel(
        packing: packing, rowGranule: 16, scratchByteCount: tileScratchByteCount,
        run: { tile($0, unpacking) }),
      tileMinimum: tileMinimum, decode: decode, unpacking: unpacking)
  }
}
