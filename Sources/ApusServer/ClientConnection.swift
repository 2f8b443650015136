#if Tools
  import HTTPTypes
  import Hummingbird
  import NIOCore

  /// Watches the connection of one request from its head until its answer is written, so that work
  /// ends when the client goes away, during prefill too.
  ///
  /// Hummingbird ties that watch to a closure around the whole answer, but whether to answer with
  /// an error status is known only once the model has begun; so the closure runs in a task of its
  /// own and waits there until `finish()`.
  final class ClientConnection: Sendable {
    private let watch: Task<Void, Never>
    private let done: AsyncStream<Void>.Continuation
    private let body: AsyncThrowingStream<ByteBuffer, any Error>

    /// - Parameter onClose: Called when the client hangs up before `finish()`.
    init(_ request: Request, bodyLimit: Int, onClose: @escaping @Sendable () -> Void) {
      let (finished, done) = AsyncStream<Void>.makeStream()
      let (body, collected) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
      self.done = done
      self.body = body
      let source = request.body
      watch = Task {
        do {
          try await source.consumeWithInboundCloseHandler { inbound in
            do {
              collected.yield(try await inbound.collect(upTo: bodyLimit))
              collected.finish()
            } catch is NIOTooManyBytesError {
              collected.finish(
                throwing: APIError(
                  status: .contentTooLarge, code: "body_too_large",
                  message: "The body is longer than \(bodyLimit) bytes."))
            } catch {
              collected.finish(throwing: error)
            }
            for await _ in finished {}
          } onInboundClosed: {
            collected.finish(throwing: CancellationError())
            onClose()
          }
        } catch {
          collected.finish(throwing: error)
        }
      }
    }

    /// The whole body.
    func collectBody() async throws -> ByteBuffer {
      for try await buffer in body { return buffer }
      throw CancellationError()
    }

    /// The answer is written.
    func finish() async {
      done.finish()
      await watch.value
    }
  }
#endif
