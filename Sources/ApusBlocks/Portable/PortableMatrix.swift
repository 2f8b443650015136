extension KernelTable {
  /// Plain Swift for any processor: the reference that every other table is tested against.
  public static let portable: KernelTable = {
    var table = KernelTable(name: "portable", vector: .portable, attention: .portable)
    for format in BlockFormat.allCases { table[format] = .portable(format) }
    return table
  }()
}

extension MatrixKernels {
  /// Decodes a row and multiplies it with each token in F32.
  public static func portable(_ format: BlockFormat) -> MatrixKernels {
    let kernel = MatrixKernel(
      scratchByteCount: { columns in columns * 4 },
      run: { job in
        let row = job.scratch.assumingMemoryBound(to: Float.self)
        let x = job.activations.assumingMemoryBound(to: Float.self)
        for index in 0..<job.rowCount {
          let weights = job.weights + index * job.rowByteCount
          format.decode(weights, into: row, count: job.columnCount)
          for token in 0..<job.tokenCount {
            job.output[token * job.outputStride + index] = PortableMath.dot(
              row, x + token * job.columnCount, job.columnCount)
          }
        }
      })
    return MatrixKernels(
      exact: kernel, vector: kernel, tile: kernel, tileMinimum: .max,
      decode: { source, destination, count in
        format.decode(source, into: destination, count: count)
      })
  }
}

enum PortableMath {
  /// Σ a·b in 32 partial sums, added up pairwise.
  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    let left = UnsafeRawPointer(a)
    let right = UnsafeRawPointer(b)
    var sum0 = SIMD8<Float>.zero
    var sum1 = SIMD8<Float>.zero
    var sum2 = SIMD8<Float>.zero
    var sum3 = SIMD8<Float>.zero
    var index = 0
    while index &+ 32 <= count {
      let at = index &* 4
      sum0 +=
        left.loadUnaligned(fromByteOffset: at, as: SIMD8<Float>.self)
        * right.loadUnaligned(fromByteOffset: at, as: SIMD8<Float>.self)
      sum1 +=
        left.loadUnaligned(fromByteOffset: at &+ 32, as: SIMD8<Float>.self)
        * right.loadUnaligned(fromByteOffset: at &+ 32, as: SIMD8<Float>.self)
      sum2 +=
        left.loadUnaligned(fromByteOffset: at &+ 64, as: SIMD8<Float>.self)
        * right.loadUnaligned(fromByteOffset: at &+ 64, as: SIMD8<Float>.self)
      sum3 +=
        left.loadUnaligned(fromByteOffset: at &+ 96, as: SIMD8<Float>.self)
        * right.loadUnaligned(fromByteOffset: at &+ 96, as: SIMD8<Float>.self)
      index &+= 32
    }
    let all = (sum0 + sum1) + (sum2 + sum3)
    let four = all.lowHalf + all.highHalf
    let two = four.lowHalf + four.highHalf
    var rest = two.x + two.y
    while index < count {
      rest += a[index] * b[index]
      index &+= 1
    }
    return rest
  }
}
