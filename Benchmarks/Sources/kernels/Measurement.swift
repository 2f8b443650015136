import ApusKernels

/// Timing in interleaved rounds: every subject is measured once in each round, so that whatever
/// else the machine does falls on all of them alike.
enum Measurement {
  /// Seconds that `body` takes.
  static func seconds(_ body: () -> Void) -> Double {
    seconds(ContinuousClock().measure(body))
  }

  static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// Rates (work per second) of each subject in each round; the first round warms up and is
  /// dropped. A subject does its work once and returns how much that was.
  static func rates(_ subjects: [(Workers) -> Double], rounds: Int, pool: WorkerPool) -> [[Double]]
  {
    var rates = subjects.map { _ in [Double]() }
    for round in 0...rounds {
      for (index, subject) in subjects.enumerated() {
        let rate = pool.runSync { workers in
          // Lets the other threads arrive before the clock starts.
          workers.parallel(workers.threadCount * 64) { _ in spin() }
          var work = 0.0
          let time = seconds { work = subject(workers) }
          return work / time
        }
        if round > 0 { rates[index].append(rate) }
      }
    }
    return rates
  }

  @inline(never) private static func spin() {
    let clock = ContinuousClock()
    let end = clock.now + .microseconds(10)
    while clock.now < end {}
  }

  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The median over the rounds of one subject's rate over another's.
  static func ratio(_ rates: [Double], to others: [Double]) -> Double {
    median(zip(rates, others).map { $0 / $1 })
  }
}
