#if Tools
  public import ApusCore
  import ApusJSON
  import Hummingbird
  public import Logging

  /// An HTTP server that speaks OpenAI's API for one model, local, remote or routed.
  public struct Server: Sendable {
    private let served: ServedModel
    private let configuration: ServerConfiguration
    private let logger: Logger

    /// - Throws: `ApusError.configuration` for an address beyond loopback without a key.
    public init(
      model: any LanguageModel, configuration: ServerConfiguration = ServerConfiguration(),
      logger: Logger = Logger(label: "apus")
    ) throws(ApusError) {
      guard configuration.isLoopback || configuration.apiKey != nil || configuration.allowsInsecure
      else {
        throw ApusError(
          .configuration,
          "\(configuration.host) is reachable from other machines: give a key with --api-key-file, "
            + "or say --insecure")
      }
      served = ServedModel(model: model, created: RequestIdentifier.now())
      self.configuration = configuration
      self.logger = logger
    }

    /// Listens until the task is cancelled or the process gets SIGTERM or SIGINT.
    /// - Parameter onListening: Called once with the port, which matters where 0 was asked for.
    public func run(onListening: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
      try await application(onListening: onListening).runService()
    }

    func application(
      onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
      Application(
        router: router(),
        configuration: ApplicationConfiguration(
          address: .hostname(configuration.host, port: configuration.port), serverName: "apus"),
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
        logger: logger)
    }

    private func router() -> Router<BasicRequestContext> {
      let router = Router()
      router.middlewares.add(RequestGuard(configuration: configuration))
      if let key = configuration.apiKey { router.middlewares.add(KeyGuard(key: key)) }

      let health: JSON = ["status": "ok", "model": .string(served.id)]
      router.get("/health") { _, _ in Response(json: health) }

      let models = Models(served: served)
      router.get("/v1/models") { _, _ in models.list() }
      router.get("/v1/models/{id}") { _, context in
        try models.one(try context.parameters.require("id"))
      }

      for (path, style) in [
        ("/v1/chat/completions", CompletionStyle.chat), ("/v1/completions", .text),
      ] {
        let completions = Completions(
          served: served, style: style, bodyLimit: configuration.bodyLimit)
        router.post(RouterPath(path)) { request, context in
          var response: Response
          do {
            response = try await completions.respond(to: request)
          } catch let error as APIError {
            response = try error.response(from: request, context: context)
          }
          // Watching for the end of a connection reads ahead in it, so Hummingbird ends it after the
          // answer. A client that is not told sends its next request into a closed connection.
          response.headers[.connection] = "close"
          return response
        }
      }
      return router
    }
  }
#endif
