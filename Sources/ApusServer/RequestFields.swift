#if Tools
  import ApusCore
  import ApusJSON
  import NIOCore

  /// The members of a request's body, read with errors that name the field.
  struct RequestFields {
    let object: JSONObject

    init(_ body: ByteBuffer) throws(APIError) {
      let json: JSON
      do {
        json = try JSON(parsing: Array(body.readableBytesView))
      } catch {
        throw .invalid(nil, "The body is not JSON: \(error)")
      }
      guard case .object(let object) = json else {
        throw .invalid(nil, "The body must be a JSON object.")
      }
      self.object = object
      // An upstream address is the operator's to choose, never a client's.
      for key in ["api_base", "base_url", "api_key"] where object[key] != nil {
        throw .invalid(key, "\(key) is not accepted in a request.")
      }
    }

    private func value(_ key: String) -> JSON? {
      guard let value = object[key], !value.isNull else { return nil }
      return value
    }

    func string(_ key: String) throws(APIError) -> String? {
      guard let value = value(key) else { return nil }
      guard let string = value.string else { throw .invalid(key, "\(key) must be a string.") }
      return string
    }

    func bool(_ key: String) throws(APIError) -> Bool? {
      guard let value = value(key) else { return nil }
      guard let bool = value.bool else { throw .invalid(key, "\(key) must be true or false.") }
      return bool
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
      guard let value = value(key) else { return nil }
      guard let integer = value.integer, range.contains(integer) else {
        throw .invalid(
          key, "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
      }
      return integer
    }

    func number(_ key: String, _ range: ClosedRange<Double>) throws(APIError) -> Float? {
      guard let value = value(key) else { return nil }
      guard let number = value.double, range.contains(number) else {
        throw .invalid(
          key, "\(key) must be a number from \(range.lowerBound) to \(range.upperBound).")
      }
      return Float(number)
    }

    func array(_ key: String) throws(APIError) -> [JSON]? {
      guard let value = value(key) else { return nil }
      guard let array = value.array else { throw .invalid(key, "\(key) must be an array.") }
      return array
    }

    /// The options that both completion endpoints share, by OpenAI's names and llama-server's.
    func generationOptions() throws(APIError) -> GenerationOptions {
      if let count = try integer("n", 1...128), count != 1 {
        throw .invalid("n", "n must be 1: one choice for each request.")
      }
      var options = GenerationOptions()
      options.temperature = try number("temperature", 0...2)
      options.topP = try number("top_p", 0...1)
      options.topK = try integer("top_k", 0...1_000_000)
      options.minP = try number("min_p", 0...1)
      options.repeatPenalty = try number("repetition_penalty", 0.01...10)
      if let penalty = try number("repeat_penalty", 0.01...10) { options.repeatPenalty = penalty }
      options.presencePenalty = try number("presence_penalty", -2...2)
      options.frequencyPenalty = try number("frequency_penalty", -2...2)
      options.maxTokens = try integer("max_tokens", 1...1_000_000)
      if let limit = try integer("max_completion_tokens", 1...1_000_000) {
        options.maxTokens = limit
      }
      options.seed = try integer("seed", Int.min...Int.max).map { UInt64(bitPattern: Int64($0)) }
      options.stop = try stops()
      return options
    }

    private func stops() throws(APIError) -> [String] {
      guard let value = value("stop") else { return [] }
      if let one = value.string { return one.isEmpty ? [] : [one] }
      guard let several = value.array, several.count <= 16 else {
        throw .invalid("stop", "stop must be a string or an array of at most 16 strings.")
      }
      var stops: [String] = []
      for (index, element) in several.enumerated() {
        guard let text = element.string, !text.isEmpty else {
          throw .invalid("stop[\(index)]", "stop[\(index)] must be a string that is not empty.")
        }
        stops.append(text)
      }
      return stops
    }

    func messages() throws(APIError) -> [Message] {
      guard let array = try array("messages"), !array.isEmpty else {
        throw .invalid("messages", "messages must be an array of at least one message.")
      }
      var messages: [Message] = []
      for (index, element) in array.enumerated() {
        messages.append(try message(element, at: "messages[\(index)]"))
      }
      return messages
    }

    private func message(_ json: JSON, at path: String) throws(APIError) -> Message {
      guard case .object(var extra) = json else {
        throw .invalid(path, "\(path) must be an object.")
      }
      guard let role = extra["role"]?.string, !role.isEmpty else {
        throw .invalid("\(path).role", "\(path).role must be a string.")
      }
      let content = try content(extra["content"] ?? .null, at: "\(path).content")
      extra["role"] = nil
      extra["content"] = nil
      return Message(Message.Role(rawValue: role), content, extra: extra)
    }

    /// A string, nothing (beside tool calls), or an array of text parts.
    private func content(_ json: JSON, at path: String) throws(APIError) -> String {
      if json.isNull { return "" }
      if let text = json.string { return text }
      guard let parts = json.array else {
        throw .invalid(path, "\(path) must be a string or an array of parts.")
      }
      var text = ""
      for (index, part) in parts.enumerated() {
        guard part["type"]?.string == "text", let piece = part["text"]?.string else {
          throw .invalid(
            "\(path)[\(index)]", "\(path)[\(index)] must be a part of type text: only text is read."
          )
        }
        text += piece
      }
      return text
    }
  }
#endif
