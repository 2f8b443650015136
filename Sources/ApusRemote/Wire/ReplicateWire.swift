import ApusCore
import ApusJSON

/// Replicate's predictions: one call makes the prediction, a second one streams its output, or
/// several ask for it (https://replicate.com/docs/reference/http,
/// https://replicate.com/docs/topics/predictions/streaming).
struct ReplicateWire: Wire {
  /// What most language models there call their inputs; each model has its own.
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "top_p", .topK: "top_k", .maxTokens: "max_tokens",
    .presencePenalty: "presence_penalty", .frequencyPenalty: "frequency_penalty",
    .stop: "stop_sequences", .seed: "seed",
  ])

  /// - Parameter target: `owner/name` runs a model's newest version, `owner/name:version` (or a
  ///   version alone) that one.
  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    guard request.tools.isEmpty else {
      throw ApusError(.invalidRequest, "predictions of Replicate call no tools")
    }
    let conversation = Conversation(request.prompt)
    var input = target.fields.members(request.options)
    input["prompt"] = .string(Self.prompt(conversation))
    if !conversation.instructions.isEmpty {
      input["system_prompt"] = .string(conversation.instructions.joined(separator: "\n\n"))
    }
    // One string with commas between.
    if let name = target.fields[.stop], !request.options.stop.isEmpty {
      input[name] = .string(request.options.stop.joined(separator: ","))
    }
    var object: JSONObject = ["input": .object(input), "stream": true]
    if let colon = target.model.firstIndex(of: ":") {
      object["version"] = .string(String(target.model[target.model.index(after: colon)...]))
    } else if !target.model.contains("/") {
      object["version"] = .string(target.model)
    } else {
      let parts = target.model.split(separator: "/").map { pathPart($0) }
      return WireCall(
        path: "/models/\(parts.joined(separator: "/"))/predictions", body: .object(object))
    }
    return WireCall(path: "/predictions", body: .object(object))
  }

  /// One message as it is; a conversation as a transcript that ends where the model goes on.
  private static func prompt(_ conversation: Conversation) -> String {
    if conversation.turns.count == 1 { return conversation.turns[0].text }
    let lines = conversation.turns.map { ($0.isAssistant ? "Assistant: " : "User: ") + $0.text }
    return (lines + ["Assistant:"]).joined(separator: "\n\n")
  }

  func reader() -> any WireReader { ReplicateReader() }
}

private struct ReplicateReader: WireReader {
  var answer = Answer()
  private var pending: WireCall?
  private var cancelURL: String?
  private var polls = 0
  /// Half a second between polls, at most two.
  private static let pollDelay = Duration.milliseconds(500)

  mutating func nextCall() -> WireCall? {
    defer { pending = nil }
    return pending
  }

  var cancellation: WireCall? { cancelURL.map { WireCall(path: $0, body: [:]) } }

  mutating func read(_ frame: Frame) throws {
    switch frame.name {
    case "output", "message": answer.append(text: frame.data)
    case "error":
      let json = frame.json
      throw RemoteFailure(
        status: 200, json: json?.object != nil ? json ?? .null : .string(frame.data))
    case "done":
      switch frame.json?["reason"]?.string {
      case "error": throw RemoteFailure(status: 200, message: "the prediction failed")
      case "canceled": throw RemoteFailure(status: 200, message: "the prediction was canceled")
      default: break
      }
      answer.reason = .stop
      answer.isDone = true
    default: break
    }
  }

  /// A prediction.
  mutating func read(whole json: JSON) throws {
    let urls = json["urls"]
    cancelURL = urls?["cancel"]?.string
    switch json["status"]?.string {
    case "failed", "canceled", "aborted":
      cancelURL = nil
      throw RemoteFailure(
        status: 200, message: RemoteFailure(status: 200, json: json).message,
        code: json["status"]?.string)
    case "succeeded":
      cancelURL = nil
      answer.append(text: json["output"]?.string)
      for piece in json["output"]?.array ?? [] { answer.append(text: piece.string) }
      let metrics = json["metrics"]
      answer.usage.promptTokens = metrics?["input_token_count"]?.integer ?? 0
      answer.usage.completionTokens = metrics?["output_token_count"]?.integer ?? 0
      answer.reason = .stop
    case "starting", "processing":
      if polls == 0, let stream = urls?["stream"]?.string {
        pending = WireCall(path: stream)
      } else if let get = urls?["get"]?.string {
        polls += 1
        pending = WireCall(path: get, delay: Self.pollDelay * min(polls, 4))
      }
    default: break
    }
  }
}
