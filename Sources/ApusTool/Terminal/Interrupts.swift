#if Tools
  import Dispatch
  import Foundation
  import Synchronization

  /// Ctrl-C: does what the handler says; ends the process where none was set.
  final class Interrupts: Sendable {
    private let handler = Mutex<@Sendable () -> Void>(Interrupts.endProcess)
    // Dispatch sources may be used from any thread; the type does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceSignal

    init() {
      signal(SIGINT, SIG_IGN)
      source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
      source.setEventHandler { [self] in
        handler.withLock { $0 }()
      }
      source.resume()
    }

    var onInterrupt: @Sendable () -> Void {
      get { handler.withLock { $0 } }
      set { handler.withLock { $0 = newValue } }
    }

    func stop() { source.cancel() }

    /// Ends the process as if nothing had caught the signal: shells then say 130, and stop what they
    /// were going to run next.
    @Sendable static func endProcess() {
      signal(SIGINT, SIG_DFL)
      // A thread of Dispatch holds signals back.
      var interrupt = sigset_t()
      sigemptyset(&interrupt)
      sigaddset(&interrupt, SIGINT)
      pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
      raise(SIGINT)
      _exit(130)
    }
  }
#endif
