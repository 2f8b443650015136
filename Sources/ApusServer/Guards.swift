#if Tools
  import HTTPTypes
  import Hummingbird

  /// Turns away requests that a web page in somebody's browser could have been tricked into
  /// sending: an unknown Host (DNS rebinding), a body that is not declared as JSON.
  struct RequestGuard<Context: RequestContext>: RouterMiddleware {
    let configuration: ServerConfiguration

    func handle(
      _ request: Request, context: Context,
      next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      if let host = request.head.authority, !isAllowed(host) {
        throw APIError(
          status: .forbidden, code: "host_not_allowed",
          message: "This host name is not served here; allow it with --allowed-host.",
          field: "Host")
      }
      if request.method == .post {
        let type = request.headers[.contentType] ?? ""
        guard type.lowercased().hasPrefix("application/json") else {
          throw APIError(
            status: .unsupportedMediaType, code: "unsupported_media_type",
            message: "Send Content-Type: application/json.", field: "Content-Type")
        }
      }
      return try await next(request, context)
    }

    func isAllowed(_ authority: String) -> Bool {
      if !configuration.isLoopback && configuration.allowedHosts.isEmpty { return true }
      var name = Substring(authority)
      // A port follows the last colon, unless that colon belongs to a bare IPv6 address.
      if let colon = name.lastIndex(of: ":"), !name[colon...].contains("]") {
        name = name[..<colon]
      }
      let lowered = name.lowercased()
      return ServerConfiguration.loopbackNames.contains(lowered)
        || configuration.allowedHosts.contains { $0.lowercased() == lowered }
    }
  }

  /// Asks for the API key on everything but `/health`.
  struct KeyGuard<Context: RequestContext>: RouterMiddleware {
    let key: String

    func handle(
      _ request: Request, context: Context,
      next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      if request.uri.path == "/health" { return try await next(request, context) }
      let sent = request.headers[.authorization] ?? ""
      guard sent.hasPrefix("Bearer "), Self.equal(sent.dropFirst(7).utf8, key.utf8) else {
        throw APIError(
          status: .unauthorized, code: "invalid_api_key",
          message: "Send the server's key as Authorization: Bearer KEY.")
      }
      return try await next(request, context)
    }

    /// Compares in a time that depends on the lengths alone.
    private static func equal(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>)
      -> Bool
    {
      guard left.count == right.count else { return false }
      return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
  }
#endif
