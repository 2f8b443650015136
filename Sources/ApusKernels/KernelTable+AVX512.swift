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
        if table[format].unpacking == nil { table[format].tile = exact }
      }
      for integer in integers {
        table[integer.format].vector = MatrixKernel(
          packing: table[integer.format].vector.packing, rowGranule: 2,
          scratchByteCount: { _ in AVX512.rowsScratchByteCount }, run: integer.rows)
        let shape = integer.shape
        let unpack = integer.unpack
        table[integer.format].tileMinimum = 5
        table[integer.format].tile = MatrixKernel(
          packing: table[integer.format].vector.packing, rowGranule: 32,
          scratchByteCount: { AVX512.tileScratchByteCount($0) },
          run: { AVX512.tile($0, shape, unpack) })
      }
      table[.F32].vector = MatrixKernel { AVX512.float32Rows($0) }
      table[.F16].vector = MatrixKernel { AVX512.float16Rows($0) }
      table[.BF16].vector = MatrixKernel { AVX512.brain16Rows($0) }
      return table
    }()

    /// What multiplies one format's integers.
    private struct Integers {
      let format: BlockFormat
      let shape: TileShape
      let rows: MatrixKernel.Run
      let unpack: @Sendable (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

      /// - Parameter byteCount: of 256 columns.
      init(
        _ format: BlockFormat, _ byteCount: Int, subBlock: Int = 32, zeroPointBit: Int = 0,
        _ rows: @escaping MatrixKernel.Run,
        _ unpack:
          @escaping @Sendable (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
      ) {
        self.format = format
        shape = TileShape(
          subBlock: subBlock, zeroPointBit: zeroPointBit, byteCount: byteCount)
        self.rows = rows
        self.unpack = unpack
      }
    }

    private static let integers = [
      Integers(
        .Q4_0, 8 * 18, zeroPointBit: 3, { AVX512.q40Rows($0) }, { AVX512.unpackQ40($0, $1, $2) }),
      Integers(.Q4_1, 8 * 20, { AVX512.q41Rows($0) }, { AVX512.unpackQ41($0, $1, $2) }),
      Integers(
        .Q5_0, 8 * 22, zeroPointBit: 4, { AVX512.q50Rows($0) }, { AVX512.unpackQ50($0, $1, $2) }),
      Integers(.Q5_1, 8 * 24, { AVX512.q51Rows($0) }, { AVX512.unpackQ51($0, $1, $2) }),
      Integers(
        .Q8_0, 8 * 34, zeroPointBit: 7, { AVX512.q80Rows($0) }, { AVX512.unpackQ80($0, $1, $2) }),
      Integers(.Q2_K, 84, subBlock: 16, { AVX512.q2KRows($0) }, { AVX512.unpackQ2K($0, $1, $2) }),
      Integers(
        .Q3_K, 110, subBlock: 16, zeroPointBit: 2, { AVX512.q3KRows($0) },
        { AVX512.unpackQ3K($0, $1, $2) }),
      Integers(.Q4_K, 144, { AVX512.q4KRows($0) }, { AVX512.unpackQ4K($0, $1, $2) }),
      Integers(.Q5_K, 176, { AVX512.q5KRows($0) }, { AVX512.unpackQ5K($0, $1, $2) }),
      Integers(
        .Q6_K, 210, subBlock: 16, zeroPointBit: 5, { AVX512.q6KRows($0) },
        { AVX512.unpackQ6K($0, $1, $2) }),
    ]
  }
#endif
