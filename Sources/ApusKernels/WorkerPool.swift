import Dispatch
import Synchronization

/// Threads for the steps of a model: one step at a time in the whole process, each a single
/// `concurrentPerform` whose threads share out every operation of the step.
///
/// `concurrentPerform` promises no parallelism: on one processor, or when the machine is busy, a
/// thread may come late or never. So the thread that arrives first leads: it runs the body of the
/// step, and whoever else has arrived takes parts of the operations that it publishes. Late ones
/// join at the operation that is running then, and the leader alone can finish everything.
///
/// Steps may be asked for from any number of threads and tasks; they wait in line. A step asked
/// for inside a step runs at once on the calling thread alone.
public final class WorkerPool: Sendable {
  /// Threads of a step, at least 1.
  public let threadCount: Int
  let scratch: ScratchMemory

  /// The queue on which every step of the process runs, whichever pool it belongs to.
  private static let queue = DispatchQueue(label: "apus.steps", qos: .userInitiated)

  /// - Parameter threadCount: nil for `CPU.defaultThreadCount`; brought into 1...256.
  public init(threadCount: Int? = nil) {
    self.threadCount = min(max(threadCount ?? CPU.defaultThreadCount, 1), 256)
    scratch = ScratchMemory(threadCount: self.threadCount)
  }

  /// Runs one step and waits for it. Not to be called from a task of Swift concurrency, whose
  /// threads must not block: use `run` there.
  public func runSync<Result, Failure: Error>(
    _ body: (Workers) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if StepMarker.isInsideStep {
      return try body(Workers(alone: ScratchMemory(threadCount: 1)))
    }
    var outcome: Swift.Result<Result, Failure>?
    WorkerPool.queue.sync { outcome = perform(body, cancellation: nil) }
    guard let outcome else { preconditionFailure("DispatchQueue.sync returned before its work") }
    return try outcome.get()
  }

  /// Runs one step on the queue of steps, so that no thread of Swift concurrency blocks.
  ///
  /// Cancelling the task is seen by the body at its next `workers.checkCancellation()`; a step that
  /// has not begun by then is not begun.
  /// - Throws: what the body throws, or `CancellationError`.
  public func run<Result: Sendable>(
    _ body: @escaping @Sendable (Workers) throws -> Result
  ) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        WorkerPool.queue.async { [self] in
          if cancellation.isRequested {
            continuation.resume(throwing: CancellationError())
          } else {
            continuation.resume(with: perform(body, cancellation: cancellation))
          }
        }
      }
    } onCancel: {
      cancellation.request()
    }
  }

  /// On the queue of steps.
  private func perform<Result, Failure: Error>(
    _ body: (Workers) throws(Failure) -> Result, cancellation: Cancellation?
  ) -> Swift.Result<Result, Failure> {
    let step = Step()
    let workers = Workers(
      step: step, threadCount: threadCount, scratch: scratch, cancellation: cancellation)
    var outcome: Swift.Result<Result, Failure>?
    withoutActuallyEscaping(body) { body in
      // One thread, the one that arrives first, touches `outcome`; concurrentPerform's return
      // orders that before what follows.
      let leader = Leader {
        do throws(Failure) {
          outcome = .success(try body(workers))
        } catch {
          outcome = .failure(error)
        }
      }
      if threadCount == 1 {
        step.enter(leader.lead)
      } else {
        DispatchQueue.concurrentPerform(iterations: threadCount) { _ in step.enter(leader.lead) }
      }
    }
    guard let outcome else { preconditionFailure("concurrentPerform ran no iteration") }
    return outcome
  }
}

/// Carries the leader's work to whichever thread arrives first.
private struct Leader: @unchecked Sendable {
  // Sendable because exactly one thread calls it (Step.enter), while the owner waits.
  let lead: () -> Void
}

/// A wish to stop, from any thread.
final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  var isRequested: Bool { flag.load(ordering: .relaxed) }

  func request() { flag.store(true, ordering: .relaxed) }
}
