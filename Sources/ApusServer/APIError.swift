#if Tools
  import ApusCore
  import ApusJSON
  import HTTPTypes
  import Hummingbird
  import NIOCore

  /// What a client is told when its request fails, in OpenAI's shape:
  /// `{"error": {"message", "type", "param", "code"}}`.
  struct APIError: Error, HTTPResponseError {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    /// The field of the request that is wrong, as a path (`messages[2].content`).
    var field: String?

    static func invalid(_ field: String?, _ message: String) -> APIError {
      APIError(status: .badRequest, code: "invalid_request", message: message, field: field)
    }

    init(
      status: HTTPResponse.Status, code: String, message: String, field: String? = nil
    ) {
      self.status = status
      self.code = code
      self.message = message
      self.field = field
    }

    /// What an error of a model means to a client.
    init(_ error: any Error) {
      switch error {
      case let error as APIError:
        self = error
      case let error as ApusError:
        self.init(
          status: Self.status(of: error.code), code: error.code.rawValue, message: error.message)
      case let error as HTTPError:
        self.init(
          status: error.status, code: "invalid_request",
          message: error.body ?? error.status.reasonPhrase)
      case is CancellationError:
        self.init(
          status: .init(code: 499), code: "cancelled", message: "The request was cancelled.")
      default:
        self.init(
          status: .internalServerError, code: "internal_error", message: "The request failed.")
      }
    }

    private static func status(of code: ApusError.Code) -> HTTPResponse.Status {
      switch code {
      case .invalidRequest, .contextOverflow, .guardRefused: .badRequest
      case .modelNotFound: .notFound
      case .busy, .notEnoughMemory: .serviceUnavailable
      case .rateLimited: .tooManyRequests
      case .timeout, .deadlineTooShort: .gatewayTimeout
      case .allTiersFailed, .network, .upstream, .badResponse, .streamInterrupted, .authentication,
        .certificateRefused, .addressRefused:
        .badGateway
      default: .internalServerError
      }
    }

    var json: JSON {
      let kind = status.code < 500 ? "invalid_request_error" : "server_error"
      return [
        "error": [
          "message": .string(message), "type": .string(kind),
          "param": field.map { .string($0) } ?? .null, "code": .string(code),
        ]
      ]
    }

    func response(from request: Hummingbird.Request, context: some RequestContext) throws
      -> Response
    {
      var response = Response(json: json, status: status)
      if status == .serviceUnavailable || status == .tooManyRequests {
        response.headers[.retryAfter] = "1"
      }
      return response
    }
  }

  extension Hummingbird.Response {
    init(json: JSON, status: HTTPResponse.Status = .ok) {
      self.init(
        status: status, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: json.serialized() + "\n")))
    }
  }
#endif
