public import ApusBlocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension KernelTable {
  /// Every table that this processor can run, the slowest first.
  public static let available: [KernelTable] = {
    [.portable]
  }()

  /// The fastest table of this processor, or the one that the environment variable `APUS_KERNELS`
  /// names (portable, avx2, avx512, amx, neon), where this processor has it.
  public static let best: KernelTable = {
    if let wanted = getenv("APUS_KERNELS").map({ String(cString: $0) }),
      let found = available.first(where: { $0.name == wanted })
    {
      return found
    }
    return available.last ?? .portable
  }()
}
