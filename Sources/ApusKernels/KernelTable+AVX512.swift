#if arch(x86_64)
  import ApusBlocks
  import ApusKernelsAVX2
  import ApusKernelsAVX512

  extension KernelTable {
    /// The AVX2 table with everything that AVX-512 and VNNI do better. Only where the processor has
    /// both.
    static let avx512: KernelTable = {
      var table = KernelTable.avx2
      table.name = "avx512"
      table.attention = AttentionKernels(
        tokensPerJob: 16,
        scratchByteCount: { AVX512.attentionScratchByteCount($0, $1, $2) },
        run: { AVX512.attend($0) })
      for format in BlockFormat.allCases {
        let decode = table[format].decode
        let exact = MatrixKernel(
          rowGranule: 8, scratchByteCount: { AVX512.decodedScratchByteCount($0) },
          run: { AVX512.decodedRows($0, decode) })
        table[format].exact = exact
        if let unpacking = table[format].unpacking {
          let shape = unpacking.shape
          let unpack = unpacking.unpack
          table[format].tile = MatrixKernel(
            packing: table[format].vector.packing, rowGranule: 32,
            scratchByteCount: { AVX512.tileScratchByteCount($0) },
            run: { AVX512.tile($0, shape, unpack) })
        } else {
          table[format].tile = exact
        }
      }
      func replaceRows(_ format: BlockFormat, _ run: @escaping MatrixKernel.Run) {
        table[format].vector = MatrixKernel(packing: table[format].vector.packing, run: run)
      }
      replaceRows(.Q4_K) { AVX512.q4KRows($0) }
      replaceRows(.Q5_K) { AVX512.q5KRows($0) }
      replaceRows(.Q6_K) { AVX512.q6KRows($0) }
      replaceRows(.Q8_0) { AVX512.q8Rows($0) }
      replaceRows(.Q4_0) { AVX512.q40Rows($0) }
      replaceRows(.Q5_0) { AVX512.q50Rows($0) }
      replaceRows(.F32) { AVX512.float32Rows($0) }
      replaceRows(.F16) { AVX512.float16Rows($0) }
      replaceRows(.BF16) { AVX512.brain16Rows($0) }
      return table
    }()
  }
#endif
