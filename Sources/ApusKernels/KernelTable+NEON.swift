#if arch(arm64)
  import ApusBlocks
  import ApusKernelsNEON

  extension KernelTable {
    /// The portable table with the products that arm64 does better.
    static let neon: KernelTable = {
      var table = KernelTable.portable
      table.name = "neon"
      table[.F16].decode = { NEON.float16Decode($0, $1, $2) }
      for format in BlockFormat.allCases {
        let decode = table[format].decode
        let kernel = MatrixKernel(
          rowGranule: 4, scratchByteCount: { NEON.decodedScratchByteCount($0) },
          run: { NEON.decodedRows($0, decode) })
        table[format].exact = kernel
        table[format].vector = kernel
        table[format].tile = kernel
      }
      table[.F32].vector = MatrixKernel { NEON.float32Rows($0) }
      return table
    }()
  }
#endif
