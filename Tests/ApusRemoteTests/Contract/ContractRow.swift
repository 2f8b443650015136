import ApusCore
import ApusJSON
import ApusRemote
import FakeProvider
import Testing

/// A provider's row beside what its documentation says, written down a second time: the data must
/// not be the only witness of itself.
struct ContractRow: Sendable, CustomTestStringConvertible {
  var provider: Provider
  var shape: Shape
  /// The whole path of a call.
  var path: String
  /// The header that holds the key, and what stands before it there.
  var keyHeader = "Authorization"
  var keyPrefix = "Bearer "
  /// A key as the provider gives it out.
  var key: String

  var testDescription: String { provider.type }

  /// Paths by type: each from the page that the row names as its source.
  private static let paths = [
    "custom": "/v1/chat/completions", "space": "/v1/chat/completions",
    "groq": "/openai/v1/chat/completions", "serverless": "/v1/chat/completions",
    "openai": "/v1/chat/completions", "commercial": "/v1/chat/completions",
    "openai-responses": "/v1/responses", "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/m-1:streamGenerateContent?alt=sse",
    "gemini-compatible": "/v1beta/openai/chat/completions",
    "vertex":
      "/v1/projects/p-1/locations/europe-west4/publishers/google/models/m-1:streamGenerateContent?alt=sse",
    "bedrock": "/model/m-1/converse-stream", "bedrock-openai": "/v1/chat/completions",
    "azure": "/openai/v1/chat/completions", "mistral": "/v1/chat/completions",
    "together": "/v1/chat/completions", "fireworks": "/inference/v1/chat/completions",
    "deepinfra": "/v1/openai/chat/completions", "replicate": "/v1/predictions",
    "cohere": "/v2/chat", "cohere-compatible": "/compatibility/v1/chat/completions",
    "perplexity": "/v1/responses", "deepseek": "/chat/completions",
    "novita": "/openai/chat/completions", "openrouter": "/api/v1/chat/completions",
    "xai": "/v1/chat/completions", "cerebras": "/v1/chat/completions",
    "sambanova": "/v1/chat/completions", "nvidia": "/v1/chat/completions",
    "ai21": "/studio/v1/chat/completions", "nebius": "/v1/chat/completions",
    "hyperbolic": "/v1/chat/completions", "moonshot": "/v1/chat/completions",
    "zai": "/api/paas/v4/chat/completions", "dashscope": "/compatible-mode/v1/chat/completions",
    "ollama": "/api/chat", "ollama-compatible": "/v1/chat/completions",
    "llama-cpp": "/v1/chat/completions", "vllm": "/v1/chat/completions",
    "lm-studio": "/v1/chat/completions",
  ]
  private static let keyHeaders = [
    "anthropic": "x-api-key", "gemini": "x-goog-api-key", "azure": "api-key",
  ]

  static let all: [ContractRow] = Provider.all.map { provider in
    let letters = "0123456789abcdefghijklmnopqrstuvwxyz0123456789"
    let header = keyHeaders[provider.type]
    let shape: Shape =
      switch provider.format {
      case .openAI: .openAI
      case .responses: .responses
      case .anthropic: .anthropic
      case .gemini: .gemini
      case .cohere: .cohere
      case .ollama: .ollama
      case .bedrock: .bedrock
      case .replicate: .replicate
      }
    return ContractRow(
      provider: provider, shape: shape, path: paths[provider.type] ?? "no path is written down",
      keyHeader: header ?? "Authorization", keyPrefix: header == nil ? "Bearer " : "",
      key: (provider.keyPrefix ?? "") + letters)
  }

  /// Whether the provider does not know an option under OpenAI's name.
  func refuses(_ name: String) -> Bool {
    guard provider.format == .openAI, let option = RequestFields.Option(rawValue: name) else {
      return false
    }
    return provider.fields[option] != name
  }

  /// The provider's own address with this machine in the place of its host.
  func url(_ fake: FakeProvider) -> String {
    var path = "/v1"
    let places = ["GOOGLE_CLOUD_LOCATION": "europe-west4", "GOOGLE_CLOUD_PROJECT": "p-1"]
    if let url = provider.baseURL(in: { places[$0] ?? "x-1" }) {
      path = String(url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" })
    }
    return "http://127.0.0.1:\(fake.port)\(path)"
  }

  func model(
    _ fake: FakeProvider, name: String = "m-1", key: String? = nil
  ) throws -> RemoteModel {
    try RemoteModel(provider: provider, url: url(fake), model: name, key: key ?? self.key)
  }

  /// An upstream that answers every call with this reply; Replicate's makes a prediction first.
  func fake(_ reply: Shape.Reply, headers: [String: String] = [:]) throws -> FakeProvider {
    let isPredicted = provider.format == .replicate && reply.type.hasPrefix("text/event-stream")
    return try FakeProvider { number, request in
      guard isPredicted, number == 0 else { return reply.behaviour(headers: headers) }
      let host = request.header("Host") ?? ""
      return .respond(
        201, headers: headers,
        body: #"{"id":"p","status":"starting","urls":{"get":"http://\#(host)/v1/predictions/p","#
          + #""cancel":"http://\#(host)/v1/predictions/p/cancel","#
          + #""stream":"http://\#(host)/v1/streams/p"}}"#)
    }
  }
}

extension FakeProvider.Received {
  func header(_ name: String) -> String? {
    for line in head.split(separator: "\r\n").dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      if line[..<colon].lowercased() == name.lowercased() {
        return String(line[line.index(after: colon)...].drop { $0 == " " })
      }
    }
    return nil
  }

  var line: String { String(head.prefix { $0 != "\r\n" }) }
}
