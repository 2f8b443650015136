public import ApusBlocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension KernelTable {
  /// Every table that this processor can run, the slowest first; `portable` is always there.
  public static let available: [KernelTable] = {
    var tables: [KernelTable] = [.portable]
    #if arch(x86_64)
      if CPU.current.hasAVX2 { tables.append(.avx2) }
      if CPU.current.hasAVX512VNNI { tables.append(.avx512) }
    #elseif arch(arm64)
      tables.append(.neon)
    #endif
    return tables
  }()

  /// The fastest table of this processor, or the one that the environment variable `APUS_KERNELS`
  /// names (portable, avx2, avx512, neon), where this processor has it.
  public static let best: KernelTable = {
    if let wanted = getenv("APUS_KERNELS").map({ String(cString: $0) }),
      let found = available.first(where: { $0.name == wanted })
    {
      return found
    }
    return available.last ?? .portable
  }()
}
