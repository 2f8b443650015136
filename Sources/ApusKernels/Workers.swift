/// The threads of one step, as the body of the step sees them. Only the thread that runs the body
/// may use it, and only until the body returns.
public struct Workers {
  private let step: Step?
  /// At most this many threads take parts; it says nothing of how many have arrived.
  public let threadCount: Int
  let scratch: ScratchMemory
  private let cancellation: Cancellation?

  init(step: Step, threadCount: Int, scratch: ScratchMemory, cancellation: Cancellation?) {
    self.step = threadCount > 1 ? step : nil
    self.threadCount = threadCount
    self.scratch = scratch
    self.cancellation = cancellation
  }

  /// Only the calling thread.
  init(alone scratch: ScratchMemory) {
    step = nil
    threadCount = 1
    self.scratch = scratch
    cancellation = nil
  }

  /// Whether the task that waits for this step was cancelled.
  public var isCancelled: Bool { cancellation?.isRequested ?? false }

  /// - Throws: `CancellationError` when the task that waits for this step was cancelled.
  public func checkCancellation() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }

  /// Calls `body` once for each part of `0 ..< parts`, from several threads, in no order, and
  /// returns when all are done. What the parts compute must not depend on who runs them.
  public func parallel(_ parts: Int, _ body: (_ part: Int) -> Void) {
    parallel(parts) { part, _ in body(part) }
  }

  /// As above; `worker` is in `0 ..< threadCount`, and no two parts run at once under the same
  /// number: for scratch memory.
  public func parallel(_ parts: Int, _ body: (_ part: Int, _ worker: Int) -> Void) {
    guard let step, parts > 1, parts <= Step.maximumPartCount, step.isLedByThisThread else {
      var part = 0
      while part < parts {
        body(part, 0)
        part &+= 1
      }
      return
    }
    step.perform(parts, body)
  }
}
