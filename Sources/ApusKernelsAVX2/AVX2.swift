/// Kernels for x86-64 processors with AVX2, FMA and F16C.
///
/// Everything in this module is compiled for those, so nothing of it may run, or only be linked,
/// in place of code for others. Its functions take trivial values and pointers: copying anything
/// else, or a type with a value witness, would leave weak symbols that the linker may give to the
/// rest of the program (`scripts/check-kernel-symbols`). The table is put together elsewhere
/// (`KernelTable.avx2`).
public enum AVX2 {
  /// Bytes of a block that is unpacked: see `Unpacking`.
  static let chunkByteCount = 384

  /// Keeps `body` a function of its own: one function of all six loses a tenth of its speed to
  /// registers that they share.
  @inline(never)
  static func apart(_ body: () -> Void) {
    body()
  }
}
