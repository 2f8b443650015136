#if arch(arm64)
  public import ApusBlocks

  private typealias F4 = SIMD4<Float>

  /// Kernels for arm64. Every such processor multiplies and adds in one step and converts binary16 by
  /// itself, which portable code does not count on. Plain Swift vectors: what they do is what the
  /// AVX2 module's floats do, four lanes at a time.
  ///
  /// Compiled in continuous integration, not measured yet.
  public enum NEON {
    public typealias Decode = (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

    public static func decodedScratchByteCount(_ columns: Int) -> Int { 4 &* columns &* 4 &+ 64 }

    /// Four rows at a time are decoded, and every token streams over them. A product is four sums of
    /// four lanes, whatever the number of tokens.
    public static func decodedRows(_ job: MatrixJob, _ decode: Decode) {
      let columns = job.columnCount
      let panel = job.scratch.assumingMemoryBound(to: Float.self)
      let x = job.activations.assumingMemoryBound(to: Float.self)
      var row = 0
      while row < job.rowCount {
        let rows = min(4, job.rowCount &- row)
        var index = 0
        while index < rows {
          decode(
            job.weights + (row &+ index) &* job.rowByteCount, panel + index &* columns, columns)
          index &+= 1
        }
        var token = 0
        while token < job.tokenCount {
          let out = job.output + (token &* job.outputStride &+ row)
          index = 0
          while index < rows {
            out[index] = dot(
              UnsafeRawPointer(panel + index &* columns), x + token &* columns, columns)
            index &+= 1
          }
          token &+= 1
        }
        row &+= rows
      }
    }

    public static func float32Rows(_ job: MatrixJob) {
      var row = 0
      while row < job.rowCount {
        let weights = job.weights + row &* job.rowByteCount
        var token = 0
        while token < job.tokenCount {
          let x = job.activations + token &* job.columnCount &* 4
          job.output[token &* job.outputStride &+ row] = dot(
            weights, x.assumingMemoryBound(to: Float.self), job.columnCount)
          token &+= 1
        }
        row &+= 1
      }
    }

    public static func float16Decode(
      _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
    ) {
      var index = 0
      while index &+ 4 <= count {
        let halves = (source + index &* 2).loadUnaligned(as: SIMD4<Float16>.self)
        UnsafeMutableRawPointer(out + index).storeBytes(of: F4(halves), as: F4.self)
        index &+= 4
      }
      while index < count {
        out[index] = Float((source + index &* 2).loadUnaligned(as: Float16.self))
        index &+= 1
      }
    }

    @inline(__always)
    private static func dot(
      _ w: UnsafeRawPointer, _ x: UnsafePointer<Float>, _ columns: Int
    ) -> Float {
      let y = UnsafeRawPointer(x)
      var (s0, s1, s2, s3) = (F4.zero, F4.zero, F4.zero, F4.zero)
      var column = 0
      while column &+ 16 <= columns {
        let a = w + column &* 4
        let b = y + column &* 4
        s0 = s0.addingProduct(a.loadUnaligned(as: F4.self), b.loadUnaligned(as: F4.self))
        s1 = s1.addingProduct(
          (a + 16).loadUnaligned(as: F4.self), (b + 16).loadUnaligned(as: F4.self))
        s2 = s2.addingProduct(
          (a + 32).loadUnaligned(as: F4.self), (b + 32).loadUnaligned(as: F4.self))
        s3 = s3.addingProduct(
          (a + 48).loadUnaligned(as: F4.self), (b + 48).loadUnaligned(as: F4.self))
        column &+= 16
      }
      let all = (s0 + s1) + (s2 + s3)
      var sum = (all[0] + all[1]) + (all[2] + all[3])
      while column < columns {
        sum += w.loadUnaligned(fromByteOffset: column &* 4, as: Float.self) * x[column]
        column &+= 1
      }
      return sum
    }
  }
#endif
