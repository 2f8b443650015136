import Dispatch
import Synchronization
import Testing

@testable import ApusKernels

/// Adds 1 ... parts into one cell for each part, `operations` times, and returns the cells.
private func cells(_ workers: Workers, parts: Int, operations: Int) -> [Int] {
  let memory = UnsafeMutablePointer<Int>.allocate(capacity: parts)
  memory.initialize(repeating: 0, count: parts)
  defer { memory.deallocate() }
  for operation in 0..<operations {
    workers.parallel(parts) { part in memory[part] += operation * (part + 1) }
  }
  return Array(UnsafeBufferPointer(start: memory, count: parts))
}

private func expected(parts: Int, operations: Int) -> [Int] {
  (0..<parts).map { ($0 + 1) * operations * (operations - 1) / 2 }
}

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 4, 16])
  func everyPartRunsOnce(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    for parts in [1, 2, 3, 7, 64] {
      let found = pool.runSync { workers in cells(workers, parts: parts, operations: 200) }
      #expect(found == expected(parts: parts, operations: 200))
    }
  }

  @Test func noOperationIsFine() {
    let pool = WorkerPool(threadCount: 3)
    #expect(pool.runSync { _ in 5 } == 5)
    pool.runSync { workers in workers.parallel(0) { _ in Issue.record("there is no part") } }
  }

  @Test func workersOfPartsAreDistinct() {
    let pool = WorkerPool(threadCount: 4)
    let busy = (0..<4).map { _ in Flag() }
    pool.runSync { workers in
      for _ in 0..<50 {
        workers.parallel(40) { _, worker in
          #expect(busy[worker].take())
          busy[worker].release()
        }
      }
    }
  }

  @Test func errorsComeOut() {
    struct Refused: Error {}
    let pool = WorkerPool(threadCount: 2)
    #expect(throws: Refused.self) { try pool.runSync { _ in throw Refused() } }
    #expect(pool.runSync { _ in 1 } == 1)
  }

  @Test func callersFromEverywhere() async {
    let pool = WorkerPool(threadCount: 4)
    await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<64 {
        group.addTask {
          (try? await pool.run { workers in cells(workers, parts: 9, operations: 30) }) ?? []
        }
      }
      for await found in group { #expect(found == expected(parts: 9, operations: 30)) }
    }
  }

  @Test func threadsThatBlockOnSteps() {
    let pools = [WorkerPool(threadCount: 2), WorkerPool(threadCount: 3)]
    let failures = Atomic<Int>(0)
    let group = DispatchGroup()
    for caller in 0..<64 {
      DispatchQueue.global().async(group: group) {
        let found = pools[caller % 2].runSync { cells($0, parts: 5, operations: 40) }
        if found != expected(parts: 5, operations: 40) { failures.add(1, ordering: .relaxed) }
      }
    }
    group.wait()
    #expect(failures.load(ordering: .relaxed) == 0)
  }

  @Test func stepsInsideSteps() {
    let pool = WorkerPool(threadCount: 4)
    let sums = (0..<8).map { _ in Counter() }
    pool.runSync { workers in
      let inner = pool.runSync { cells($0, parts: 3, operations: 10) }
      #expect(inner == expected(parts: 3, operations: 10))
      workers.parallel(8) { part in
        let nested = pool.runSync { cells($0, parts: 4, operations: 5) }
        sums[part].add(nested == expected(parts: 4, operations: 5) ? 1 : 100)
        workers.parallel(2) { _ in sums[part].add(1) }
      }
    }
    #expect(sums.map(\.value) == [Int](repeating: 3, count: 8))
  }

  @Test func cancellationReachesTheBody() async {
    let pool = WorkerPool(threadCount: 2)
    let task = Task {
      try await pool.run { workers in
        while true { try workers.checkCancellation() }
      }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func threadCountsAreBounded() {
    #expect(WorkerPool(threadCount: 0).threadCount == 1)
    #expect(WorkerPool(threadCount: -5).threadCount == 1)
    #expect(WorkerPool(threadCount: .max).threadCount == 256)
    #expect(WorkerPool().threadCount >= 1)
  }
}

private final class Flag: Sendable {
  private let taken = Atomic<Bool>(false)
  func take() -> Bool { !taken.exchange(true, ordering: .acquiringAndReleasing) }
  func release() { taken.store(false, ordering: .releasing) }
}

private final class Counter: Sendable {
  private let sum = Atomic<Int>(0)
  var value: Int { sum.load(ordering: .relaxed) }
  func add(_ amount: Int) { sum.add(amount, ordering: .relaxed) }
}
