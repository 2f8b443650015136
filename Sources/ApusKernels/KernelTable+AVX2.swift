#if arch(x86_64)
  import ApusBlocks
  import ApusKernelsAVX2

  extension KernelTable {
    /// The portable table with everything that AVX2 does better. Only where the processor has it.
    static let avx2: KernelTable = {
      var table = KernelTable.portable
      table.name = "avx2"
      table.vector = VectorKernels(
        rmsNorm: { AVX2.rmsNorm($0, $1, $2, $3, $4) },
        layerNorm: { AVX2.layerNorm($0, $1, $2, $3, $4, $5) },
        softmax: { AVX2.softmax($0, $1) },
        siluMultiply: { AVX2.siluMultiply($0, $1, $2, $3) },
        geluTanhMultiply: { AVX2.geluTanhMultiply($0, $1, $2, $3) },
        geluTanh: { AVX2.geluTanh($0, $1, $2) },
        geluExactMultiply: { AVX2.geluExactMultiply($0, $1, $2, $3) },
        geluExact: { AVX2.geluExact($0, $1, $2) },
        add: { AVX2.add($0, $1, $2, $3) },
        addScaled: { AVX2.addScaled($0, $1, $2, $3) },
        scale: { AVX2.scale($0, $1, $2) },
        softcap: { AVX2.softcap($0, $1, $2) },
        rotate: { AVX2.rotate($0, $1, $2, $3, $4) },
        encodeHalf: { AVX2.encodeHalf($0, $1, $2) })
      table.attention = AttentionKernels(
        tokensPerJob: 16,
        scratchByteCount: { AVX2.attentionScratchByteCount($0, $1, $2) },
        run: { AVX2.attend($0) })
      table[.F32] = floats(.F32, { AVX2.float32Rows($0) }, { AVX2.float32Decode($0, $1, $2) })
      table[.F16] = floats(.F16, { AVX2.float16Rows($0) }, { AVX2.float16Decode($0, $1, $2) })
      table[.BF16] = floats(.BF16, { AVX2.brain16Rows($0) }, { AVX2.brain16Decode($0, $1, $2) })
      for (format, unpacking, rows) in integers {
        table[format] = quantised(format, unpacking, rows)
      }
      return table
    }()

    private static let integers: [(BlockFormat, Unpacking, MatrixKernel.Run)] = [
      (
        .Q4_0,
        Unpacking(columns: 32, byteCount: 18, subBlock: 32, bits: 4, zeroPointBit: 3) {
          AVX2.unpackQ40($0, $1)
        },
        { AVX2.q40Rows($0) }
      ),
      (
        .Q4_1,
        Unpacking(columns: 32, byteCount: 20, subBlock: 32, bits: 4) { AVX2.unpackQ41($0, $1) },
        { AVX2.q41Rows($0) }
      ),
      (
        .Q5_0,
        Unpacking(columns: 32, byteCount: 22, subBlock: 32, bits: 5, zeroPointBit: 4) {
          AVX2.unpackQ50($0, $1)
        },
        { AVX2.q50Rows($0) }
      ),
      (
        .Q5_1,
        Unpacking(columns: 32, byteCount: 24, subBlock: 32, bits: 5) { AVX2.unpackQ51($0, $1) },
        { AVX2.q51Rows($0) }
      ),
      (
        .Q8_0,
        Unpacking(columns: 32, byteCount: 34, subBlock: 32, bits: 8, isSigned: true) {
          AVX2.unpackQ8($0, $1)
        },
        { AVX2.q80Rows($0) }
      ),
      (
        .Q2_K,
        Unpacking(columns: 256, byteCount: 84, subBlock: 16, bits: 2) { AVX2.unpackQ2K($0, $1) },
        { AVX2.q2KRows($0) }
      ),
      (
        .Q3_K,
        Unpacking(columns: 256, byteCount: 110, subBlock: 16, bits: 3, zeroPointBit: 2) {
          AVX2.unpackQ3K($0, $1)
        },
        { AVX2.q3KRows($0) }
      ),
      (
        .Q4_K,
        Unpacking(columns: 256, byteCount: 144, subBlock: 32, bits: 4) { AVX2.unpackQ4K($0, $1) },
        { AVX2.q4KRows($0) }
      ),
      (
        .Q5_K,
        Unpacking(columns: 256, byteCount: 176, subBlock: 32, bits: 5) { AVX2.unpackQ5K($0, $1) },
        { AVX2.q5KRows($0) }
      ),
      (
        .Q6_K,
        Unpacking(columns: 256, byteCount: 210, subBlock: 16, bits: 6, zeroPointBit: 5) {
          AVX2.unpackQ6K($0, $1)
        },
        { AVX2.q6KRows($0) }
      ),
    ]

    /// Tokens one by one; the AVX-512 kernels read the same.
    private static let packing = ActivationPacking(
      name: "q8", tokensPerGroup: 1, bytesPerGroup: { AVX2.activationByteCount($0) },
      pack: { AVX2.pack($0) })

    /// From this many tokens on, unpacking a tile of weights is worth it.
    private static let tileMinimum = 8

    /// Groups of tokens, column by column; the AVX-512 kernels read the same.
    static let floatPacking = ActivationPacking(
      name: "f32x6", tokensPerGroup: 6, bytesPerGroup: { AVX2.floatActivationByteCount($0) },
      pack: { AVX2.packFloats($0) })

    private static func decoded(
      _ format: BlockFormat, _ decode: @escaping MatrixKernels.Decode
    ) -> MatrixKernel {
      let byteCount = format.bytesPerBlock * 256 / format.elementsPerBlock
      return MatrixKernel(
        packing: floatPacking, rowGranule: 64,
        scratchByteCount: { _ in AVX2.floatTileScratchByteCount },
        run: { AVX2.floatTile($0, byteCount, decode) })
    }

    private static func floats(
      _ format: BlockFormat, _ rows: @escaping MatrixKernel.Run,
      _ decode: @escaping MatrixKernels.Decode
    ) -> MatrixKernels {
      let tile = decoded(format, decode)
      return MatrixKernels(
        exact: tile,
        vector: MatrixKernel(
          rowGranule: 2, scratchByteCount: { _ in AVX2.floatRowsScratchByteCount }, run: rows),
        tile: tile, tileMinimum: 24, decode: decode)
    }

    private static func quantised(
      _ format: BlockFormat, _ unpacking: Unpacking, _ rows: @escaping MatrixKernel.Run
    ) -> MatrixKernels {
      let shape = unpacking.shape
      let unpack = unpacking.unpack
      let decode: MatrixKernels.Decode = { source, destination, count in
        withUnsafeTemporaryAllocation(byteCount: Unpacking.byteCount, alignment: 64) { memory in
          guard let scratch = memory.baseAddress else { return }
          AVX2.decode(source, destination, count, scratch, shape, unpack)
        }
      }
      return MatrixKernels(
        exact: decoded(format, decode),
        vector: MatrixKernel(
          packing: packing, scratchByteCount: { _ in AVX2.rowsScratchByteCount }, run: rows),
        tile: MatrixKernel(
          packing: packing, rowGranule: 32,
          scratchByteCount: { AVX2.tileScratchByteCount($0, shape) },
          run: { AVX2.tile($0, shape, unpack) }),
        tileMinimum: tileMinimum, decode: decode, unpacking: unpacking)
    }
  }
#endif
