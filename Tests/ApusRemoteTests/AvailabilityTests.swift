#if Remote
  import ApusCore
  import ApusRemote
  import FakeProvider
  import Testing

  /// Whether an upstream can be asked, told by its list of models.
  @Suite struct AvailabilityTests {
    private func availability(
      _ behaviour: FakeProvider.Behaviour, of model: String = "m", key: String? = "secret-key"
    ) async throws -> Availability {
      let upstream = try FakeProvider(behaviour)
      return try await RemoteModel(url: upstream.url, model: model, key: key).availability()
    }

    // features D20, B6
    @Test func aListedModelIsThere() async throws {
      let list = FakeProvider.Behaviour.respond(
        200, body: #"{"data": [{"id": "m"}, {"id": "other"}]}"#)
      let there = try await availability(list)
      #expect(there.state == .listed && there.canServe && there.models == ["m", "other"])
      let absent = try await availability(list, of: "absent")
      #expect(absent.state == .unlisted && absent.canServe)
    }

    @Test func aServerWithoutAListAnswersAllTheSame() async throws {
      #expect(try await availability(.respond(404, body: "{}")).state == .answers)
      #expect(try await availability(.respond(200, body: "<html>")).state == .answers)
    }

    // features A22
    @Test func aRefusedKeyIsTold() async throws {
      let refused = try await availability(
        .respond(401, body: #"{"error": {"message": "no such key: secret-key"}}"#))
      #expect(refused.state == .refused && !refused.canServe)
      #expect(refused.message.contains("401 Unauthorized"))
      #expect(!refused.message.contains("secret-key"))
    }

    @Test func nobodyIsThere() async throws {
      let port = try FakeProvider.closedPort()
      let model = try RemoteModel(url: "http://127.0.0.1:\(port)/v1", model: "m")
      let availability = await model.availability()
      #expect(availability.state == .unreachable && !availability.canServe)
    }

    // features D29
    @Test func oneProbeForAllWhoAsk() async throws {
      let upstream = try FakeProvider(.respond(200, body: #"{"data": [{"id": "m"}]}"#))
      let model = try RemoteModel(url: upstream.url, model: "m", key: "k")
      await withTaskGroup { group in
        for _ in 0..<20 { group.addTask { _ = await model.availability() } }
      }
      #expect(upstream.requests.count == 1)
      #expect(upstream.requests[0].head.hasPrefix("GET /v1/models "))
      #expect(upstream.requests[0].head.contains("Bearer k"))
      _ = await model.availability(maximumAge: .zero)
      #expect(upstream.requests.count == 2)
    }
  }
#endif
