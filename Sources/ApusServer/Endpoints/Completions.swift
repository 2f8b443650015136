#if Tools
  import ApusCore
  import ApusJSON
  import HTTPTypes
  import Hummingbird
  import NIOCore

  /// `POST /v1/chat/completions` and `POST /v1/completions`
  /// (https://platform.openai.com/docs/api-reference/chat).
  struct Completions: Sendable {
    let served: ServedModel
    let style: CompletionStyle
    let bodyLimit: Int

    func respond(to request: Hummingbird.Request) async throws -> Hummingbird.Response {
      let generation = Generation()
      let connection = ClientConnection(request, bodyLimit: bodyLimit) { generation.cancel() }
      do {
        let fields = try RequestFields(try await connection.collectBody())
        try served.check(try fields.string("model"))
        var asked = try self.asked(fields)
        asked.route.model = served.routed(try fields.string("model"))
        let streams = try fields.bool("stream") ?? false
        let wantsUsage = fields.object["stream_options"]?["include_usage"]?.bool ?? false
        let events = generation.start(served.model, asked)
        if streams {
          return try await stream(events, wantsUsage: wantsUsage, connection, generation)
        }
        let response = try await whole(events)
        await connection.finish()
        return response
      } catch {
        generation.cancel()
        await connection.finish()
        throw APIError(error)
      }
    }

    private func asked(_ fields: RequestFields) throws -> ApusCore.Request {
      let options = try fields.generationOptions()
      switch style {
      case .chat:
        return ApusCore.Request(
          .messages(try fields.messages()), options: options, tools: try fields.array("tools") ?? []
        )
      case .text:
        guard let prompt = try fields.string("prompt") else {
          throw APIError.invalid("prompt", "prompt must be a string.")
        }
        return ApusCore.Request(.text(prompt), options: options)
      }
    }

    private func envelope(streaming: Bool) -> JSONObject {
      let id = style.identifierPrefix + RequestIdentifier.next()
      return style.envelope(
        id: id, model: served.id, created: RequestIdentifier.now(), streaming: streaming)
    }

    private func whole(
      _ events: AsyncThrowingStream<Event, any Error>
    ) async throws -> Hummingbird.Response {
      var partial = PartialResponse(model: served.id)
      for try await event in events {
        guard let response = partial.append(event) else { continue }
        var object = envelope(streaming: false)
        object["choices"] = [style.choice(response)]
        object["usage"] = response.usage.json
        return Response(json: .object(object))
      }
      throw CancellationError()
    }

    /// The head is sent when the model has begun to answer: until then an error has its status.
    private func stream(
      _ events: AsyncThrowingStream<Event, any Error>, wantsUsage: Bool,
      _ connection: ClientConnection, _ generation: Generation
    ) async throws -> Hummingbird.Response {
      let first = try await firstAnswer(events)
      let envelope = envelope(streaming: true)
      let style = style
      return Response(
        status: .ok,
        headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
        body: ResponseBody { writer in
          func send(_ choices: JSON, usage: JSON? = nil) async throws {
            var object = envelope
            object["choices"] = choices
            if let usage { object["usage"] = usage }
            try await writer.write(
              ByteBuffer(string: "data: \(JSON.object(object).serialized())\n\n"))
          }
          do {
            try await send([style.beginning])
            var event: Event? = first
            var rest = events.makeAsyncIterator()
            while let current = event {
              if let piece = style.piece(current) { try await send([piece]) }
              if case .finished(_, let usage) = current {
                if wantsUsage { try await send([], usage: usage.json) }
                try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
              }
              event = try await rest.next()
            }
          } catch {
            generation.cancel()
            // An answer that broke off is told as one: no finish reason, no [DONE].
            let json = APIError(error).json.serialized()
            try? await writer.write(ByteBuffer(string: "data: \(json)\n\n"))
          }
          await connection.finish()
          try await writer.finish(nil)
        })
    }

    private func firstAnswer(
      _ events: AsyncThrowingStream<Event, any Error>
    ) async throws -> Event {
      for try await event in events {
        if case .prefill = event { continue }
        return event
      }
      throw CancellationError()
    }
  }
#endif
