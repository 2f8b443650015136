#if Tools
  import Dispatch
  import Foundation
  import Synchronization

  /// Ctrl-C: stops what is going on, ends the process where nothing is.
  final class Interrupts: Sendable {
    private let handler = Mutex<(@Sendable () -> Void)?>(nil)
    // Dispatch sources may be used from any thread; the type does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceSignal

    init() {
      signal(SIGINT, SIG_IGN)
      source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
      source.setEventHandler { [self] in
        if let handler = handler.withLock({ $0 }) { handler() } else { exit(0) }
      }
      source.resume()
    }

    var onInterrupt: (@Sendable () -> Void)? {
      get { handler.withLock { $0 } }
      set { handler.withLock { $0 = newValue } }
    }

    func stop() { source.cancel() }
  }
#endif
