#if Tools
  import Apus
  import ApusCore
  import ApusRouter
  import ApusServer
  import ArgumentParser
  import Foundation
  import Logging

  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Serve a model, or the router, to OpenAI clients.",
      discussion: """
        POST /v1/chat/completions, /v1/completions; GET /v1/models, /health. Listens on loopback, \
        port 8080 or $PORT. --route serves the tiers of the environment, .env and --config instead \
        of one model, and reads them again when a file changes or on SIGHUP.

        Examples:
          apus serve model.gguf
          apus serve --route --config apus.json --port 9000
          curl localhost:8080/v1/chat/completions -H 'Content-Type: application/json' \\
            -d '{"messages":[{"role":"user","content":"Hi"}]}'
        """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String?

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port (default: $PORT, else 8080).")
    var port: Int?

    @Option(help: "A file with the key that clients must send.")
    var apiKeyFile: String?

    @Flag(help: "Listen beyond loopback without a key.")
    var insecure = false

    @Option(help: ArgumentHelp("A further Host header that is answered.", valueName: "name"))
    var allowedHost: [String] = []

    @Flag(help: "Serve the tiers that are configured.")
    var route = false

    enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "Lines for people, or one JSON object each.")
    var logFormat = LogFormat.text

    @OptionGroup(title: "Router") var router: RouterArguments
    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func validate() throws {
      if route && model != nil { throw ValidationError("Give a model or --route, not both.") }
      if !route, router.config ?? router.policy ?? router.set.first != nil {
        throw ValidationError("--config, --policy and --set are for --route.")
      }
      if let port, !(0...65535).contains(port) {
        throw ValidationError("--port must be from 0 to 65535.")
      }
    }

    func run() async throws {
      var configuration = ServerConfiguration(
        host: host, port: try listeningPort(), allowsInsecure: insecure, allowedHosts: allowedHost)
      if let apiKeyFile {
        let key = try TextFile.read(apiKeyFile).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty else { throw ApusError(.configuration, "\(apiKeyFile): holds no key") }
        configuration.apiKey = key
      }
      let (logger, routerLog) = logs()
      guard route else {
        let model = try await LocalModel(ModelReference.path(model), options: loading.options)
        return try await listen(
          try Server(model: model, configuration: configuration, logger: logger))
      }
      let router = try ReloadingRouter(
        router.source, loading: loading.options, log: routerLog)
      let server = try Server(model: router, configuration: configuration, logger: logger)
      let hangUps = HangUps { router.reloadAndLog() }
      defer { hangUps.stop() }
      try await withThrowingTaskGroup { group in
        group.addTask { try await router.watch() }
        try await listen(server)
        group.cancelAll()
      }
    }

    /// The server's log and the router's: lines that people read, or one object a line.
    private func logs() -> (Logger, RouterLog) {
      switch logFormat {
      case .text:
        var logger = Logger(label: "apus") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        return (logger, { Output.log($0.message) })
      case .json:
        let logger = Logger(label: "apus") { _ in JSONLogHandler { Output.prompt($0) } }
        return (logger, logger.routerLog)
      }
    }

    private func listen(_ server: Server) async throws {
      let host = host.contains(":") ? "[\(host)]" : host
      try await server.run { port in Output.log("apus: listening on http://\(host):\(port)") }
    }

    private func listeningPort() throws -> Int {
      if let port { return port }
      guard let text = ProcessInfo.processInfo.environment["PORT"] else { return 8080 }
      guard let port = Int(text), (0...65535).contains(port) else {
        throw ApusError(.configuration, "PORT=\(text) is no port; it must be from 0 to 65535")
      }
      return port
    }
  }
#endif
