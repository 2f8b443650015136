public import ApusBlocks

/// Kernels for x86-64 processors with AVX-512 (F, BW, DQ, VL) and VNNI.
///
/// Everything in this module is compiled for those: nothing of it may run, not even be specialised,
/// elsewhere. So its only entry is this one, and only `KernelTable.available` calls it.
public enum AVX512 {
  /// Replaces the entries of the AVX2 table that gain by it; activations keep that table's form.
  public static func install(into table: inout KernelTable) {
    table.name = "avx512"
    table.attention = attention(else: table.attention)
    replaceRows(&table, .Q4_K) { q4KRows($0) }
    replaceRows(&table, .Q5_K) { q5KRows($0) }
    replaceRows(&table, .Q6_K) { q6KRows($0) }
    replaceRows(&table, .Q8_0) { q8Rows($0) }
    for format in BlockFormat.allCases {
      var kernels = table[format]
      let exact = decodedFloats(kernels.decode)
      kernels.exact = exact
      if let unpacking = kernels.unpacking, let packing = kernels.vector.packing {
        kernels.tile = MatrixKernel(
          packing: packing, rowGranule: 32, scratchByteCount: tileScratchByteCount,
          run: { tile($0, unpacking) })
      } else {
        kernels.tile = exact
      }
      table[format] = kernels
    }
    replaceFloats(&table, .F32) { float32Rows($0) }
    replaceFloats(&table, .F16) { float16Rows($0) }
    replaceFloats(&table, .BF16) { brain16Rows($0) }
  }

  private static func replaceRows(
    _ table: inout KernelTable, _ format: BlockFormat, _ run: @escaping MatrixKernel.Run
  ) {
    let packing = table[format].vector.packing
    table[format].vector = MatrixKernel(packing: packing, run: run)
  }

  private static func replaceFloats(
    _ table: inout KernelTable, _ format: BlockFormat, _ run: @escaping MatrixKernel.Run
  ) {
    table[format].vector = MatrixKernel(run: run)
  }
}

/// Activations as the AVX2 module packs them ("q8"): bytes, then scales and sums of 32 columns, then
/// sums of 16.
struct Activations {
  let base: UnsafeRawPointer
  let columns: Int

  var scales: UnsafeRawPointer { base + columns }
  var sums: UnsafeRawPointer { base + (columns &+ columns >> 3) }
  var halves: UnsafeRawPointer { base + (columns &+ columns >> 2) }

  static func byteCount(_ columns: Int) -> Int { (columns &+ columns >> 1 &+ 64 &+ 63) & ~63 }
}
