import ApusBlocks
import ApusKernels

#if arch(x86_64)
  import PeakAVX2
  import PeakAVX512
#endif

/// What the machine can do at most, measured: the yardstick for the kernels.
enum Limits {
  /// Giga per second, by name; one figure per number of threads.
  static func measure(_ options: Options, _ weights: Weights, pools: [WorkerPool]) -> [Row] {
    var subjects: [(name: String, unit: String, run: (Workers) -> Double)] = [
      ("read", "GB/s", { read(weights, $0) })
    ]
    #if arch(x86_64)
      if CPU.current.hasAVX2 {
        subjects.append(
          ("multiply-add F32, avx2", "GFLOP/s", { each($0) { avx2MultiplyAdd() } }))
        subjects.append(("byte products, avx2", "GOP/s", { each($0) { avx2ByteDot() } }))
      }
      if CPU.current.hasAVX512VNNI {
        subjects.append(
          ("multiply-add F32, avx512", "GFLOP/s", { each($0) { avx512MultiplyAdd() } }))
        subjects.append(
          ("byte products, avx512vnni", "GOP/s", { each($0) { avx512ByteDot() } }))
      }
    #endif
    var rows = subjects.map { Row(name: $0.name, unit: $0.unit, rates: []) }
    for pool in pools {
      let rates = Measurement.rates(subjects.map(\.run), rounds: options.rounds, pool: pool)
      for (index, rates) in rates.enumerated() {
        rows[index].rates.append(Rate(Measurement.median(rates) / 1e9, pool.threadCount))
      }
    }
    return rows
  }

  /// Four pieces a thread, so that a late thread costs little.
  private static func each(_ workers: Workers, _ body: () -> Int) -> Double {
    let parts = workers.threadCount * 4
    var done = 0
    workers.parallel(parts) { part in
      let work = body()
      if part == 0 { done = work }
    }
    return Double(done * parts)
  }

  #if arch(x86_64)
    private static func avx2MultiplyAdd() -> Int {
      var sink: Float = 0
      return PeakAVX2.multiplyAdd(rounds: 200_000, seed: 0.5, sink: &sink)
    }
    private static func avx2ByteDot() -> Int {
      var sink: Int64 = 0
      return PeakAVX2.byteDot(rounds: 200_000, seed: 0x0102_0301_0203_0102, sink: &sink)
    }
    private static func avx512MultiplyAdd() -> Int {
      var sink: Float = 0
      return PeakAVX512.multiplyAdd(rounds: 200_000, seed: 0.5, sink: &sink)
    }
    private static func avx512ByteDot() -> Int {
      var sink: Int64 = 0
      return PeakAVX512.byteDot(rounds: 200_000, seed: 0x0102_0301_0203_0102, sink: &sink)
    }
  #endif

  /// Reads the next chunk of the weights' memory in pieces of 1 MB.
  private static func read(_ weights: Weights, _ workers: Workers) -> Double {
    let chunk = weights.nextChunk()
    let piece = 1 << 20
    workers.parallel(chunk.count / piece) { part in
      guard let base = chunk.baseAddress else { return }
      weights.sink(sum(base + part * piece, piece))
    }
    return Double(chunk.count / piece * piece)
  }

  /// Four streams: one alone does not keep the memory busy.
  @inline(never)
  private static func sum(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    typealias Line = SIMD8<UInt64>
    let quarter = count / 4
    var (a, b, c, d) = (Line.zero, Line.zero, Line.zero, Line.zero)
    var at = 0
    while at < quarter {
      a ^= bytes.loadUnaligned(fromByteOffset: at, as: Line.self)
      b ^= bytes.loadUnaligned(fromByteOffset: at &+ quarter, as: Line.self)
      c ^= bytes.loadUnaligned(fromByteOffset: at &+ 2 &* quarter, as: Line.self)
      d ^= bytes.loadUnaligned(fromByteOffset: at &+ 3 &* quarter, as: Line.self)
      at &+= 64
    }
    a = (a ^ b) ^ (c ^ d)
    var total: UInt64 = 0
    for lane in 0..<8 { total ^= a[lane] }
    return total
  }
}
