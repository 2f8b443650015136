#if Tools
  import Dispatch
  import Foundation

  /// SIGHUP: by custom, servers read their configuration again then.
  final class HangUps: Sendable {
    // Dispatch sources may be used from any thread; the type does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceSignal

    init(_ handler: @escaping @Sendable () -> Void) {
      signal(SIGHUP, SIG_IGN)
      source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
      source.setEventHandler(handler: handler)
      source.resume()
    }

    func stop() {
      source.cancel()
      signal(SIGHUP, SIG_DFL)
    }
  }
#endif
