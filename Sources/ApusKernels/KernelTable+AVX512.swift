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
        let byteCount = format.bytesPerBlock * 256 / format.elementsPerBlock
        let exact = MatrixKernel(
          packing: floatPacking, rowGranule: 64,
          scratchByteCount: { _ in AVX512.floatTileScratchByteCount },
          run: { AVX512.floatTile($0, byteCount, decode) })
        table[format].exact = exact
        guard let shape = table[format].unpacking?.shape, let integers = integers[format] else {
          table[format].tile = exact
          table[format].tileMinimum = 48
          continue
        }
        let packing = table[format].vector.packing
        table[format].vector = MatrixKernel(
          packing: packing, rowGranule: 2, scratchByteCount: { _ in AVX512.rowsScratchByteCount },
          run: integers.rows)
        let unpack = integers.unpack
        table[format].tile = MatrixKernel(
          packing: packing, rowGranule: 32, scratchByteCount: { AVX512.tileScratchByteCount($0) },
          run: { AVX512.tile($0, shape, unpack) })
        table[format].tileMinimum = 5
      }
      table[.F32].vector = floats { AVX512.float32Rows($0) }
      table[.F16].vector = floats { AVX512.float16Rows($0) }
      table[.BF16].vector = floats { AVX512.brain16Rows($0) }
      return table
    }()

    private static func floats(_ rows: @escaping MatrixKernel.Run) -> MatrixKernel {
      MatrixKernel(
        rowGranule: 2, scratchByteCount: { _ in AVX512.floatRowsScratchByteCount }, run: rows)
    }

    /// What multiplies one format's integers.
    private typealias Integers = (
      rows: MatrixKernel.Run,
      unpack: @Sendable (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
    )

    private static let integers: [BlockFormat: Integers] = [
      .Q4_0: ({ AVX512.q40Rows($0) }, { AVX512.unpackQ40($0, $1, $2) }),
      .Q4_1: ({ AVX512.q41Rows($0) }, { AVX512.unpackQ41($0, $1, $2) }),
      .Q5_0: ({ AVX512.q50Rows($0) }, { AVX512.unpackQ50($0, $1, $2) }),
      .Q5_1: ({ AVX512.q51Rows($0) }, { AVX512.unpackQ51($0, $1, $2) }),
      .Q8_0: ({ AVX512.q80Rows($0) }, { AVX512.unpackQ80($0, $1, $2) }),
      .Q2_K: ({ AVX512.q2KRows($0) }, { AVX512.unpackQ2K($0, $1, $2) }),
      .Q3_K: ({ AVX512.q3KRows($0) }, { AVX512.unpackQ3K($0, $1, $2) }),
      .Q4_K: ({ AVX512.q4KRows($0) }, { AVX512.unpackQ4K($0, $1, $2) }),
      .Q5_K: ({ AVX512.q5KRows($0) }, { AVX512.unpackQ5K($0, $1, $2) }),
      .Q6_K: ({ AVX512.q6KRows($0) }, { AVX512.unpackQ6K($0, $1, $2) }),
    ]
  }
#endif
