/// Kernels for x86-64 processors with AVX-512 (F, BW, DQ, VL) and VNNI.
///
/// Everything in this module is compiled for those, so nothing of it may run, or only be linked,
/// in place of code for others: the same rules as for the AVX2 module. Activations come as that
/// module packs them ("q8"): bytes, then scales and sums of 32 columns, then sums of 16. The table is
/// put together elsewhere (`KernelTable.avx512`).
public enum AVX512 {
  /// Bytes of 256 unpacked columns with their scales and minima.
  static let chunkByteCount = 384

  /// Keeps `body` a function of its own: one function of all six loses a tenth of its speed to
  /// registers that they share.
  @inline(never)
  static func apart(_ body: () -> Void) {
    body()
  }
}
