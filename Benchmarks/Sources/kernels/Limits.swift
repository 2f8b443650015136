import ApusBlocks
import ApusKernels

#if arch(x86_64)
  import PeakAVX2
  import PeakAVX512
#endif

/// Something that the machine cannot do faster.
struct Limit {
  var name: String
  var unit: String
  /// Does it for a moment; returns the bytes or operations done.
  var run: (Workers) -> Double
}

/// What the machine can do at most, measured: the yardstick for the kernels.
struct Limits {
  let read: Limit
  private let peaks: [Limit]

  init(_ weights: Weights) {
    read = Limit(name: "read", unit: "GB/s") { Reading.next(weights, $0) }
    var peaks: [Limit] = []
    #if arch(x86_64)
      if CPU.current.hasAVX2 {
        peaks.append(Self.peak("multiply-add F32, avx2", "GFLOP/s", Self.avx2MultiplyAdd))
        peaks.append(Self.peak("byte products, avx2", "GOP/s", Self.avx2ByteDot))
      }
      if CPU.current.hasAVX512VNNI {
        peaks.append(Self.peak("multiply-add F32, avx512", "GFLOP/s", Self.avx512MultiplyAdd))
        peaks.append(Self.peak("byte products, avx512", "GOP/s", Self.avx512ByteDot))
      }
    #endif
    self.peaks = peaks
  }

  /// What the units of an instruction set do at most: products of bytes, or of F32.
  func peak(_ instructions: String, bytes: Bool) -> Limit? {
    let name = (bytes ? "byte products, " : "multiply-add F32, ") + instructions
    return peaks.first { $0.name == name }
  }

  /// Giga per second, by name; one figure per number of threads.
  func measure(_ options: Options, pools: [WorkerPool]) -> [Row] {
    let limits = [read] + peaks
    var rows = limits.map { Row(name: $0.name, unit: $0.unit, rates: []) }
    for pool in pools {
      let rates = Measurement.rates(limits.map(\.run), rounds: options.rounds, pool: pool)
      for (index, rates) in rates.enumerated() {
        rows[index].rates.append(
          Rate(value: Measurement.median(rates) / 1e9, threads: pool.threadCount))
      }
    }
    return rows
  }

  /// Four pieces a thread, so that a late thread costs little.
  private static func peak(
    _ name: String, _ unit: String, _ body: @escaping @Sendable () -> Int
  ) -> Limit {
    Limit(name: name, unit: unit) { workers in
      let parts = workers.threadCount * 4
      var done = 0
      workers.parallel(parts) { part in
        let work = body()
        if part == 0 { done = work }
      }
      return Double(done * parts)
    }
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
}
