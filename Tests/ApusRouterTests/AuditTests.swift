#if Remote
  import ApusCore
  import ApusJSON
  import FakeProvider
  import Foundation
  import Testing

  @testable import ApusRemote
  @testable import ApusRouter

  @Suite struct AuditTests {
    private static let key = "gsk_8fK2mQ9xT4vB7nL3pR6wZ1yC5dH0jGsA"
    private static let secondKey = "gsk_Zq1Wx8Ec3Rv5Tb7Yn9Um2Ik4Ol6Pa0Sd"
    private static let promptSecret = "sk-ant-api03-Qm7Zx2Kp9Lw4Vt6Bn8Hj3Fd5Gs1Ra0Ey"
    private static let promptText = "a word that nobody else says: xylopyrography"
    private static let answerSecret = "ghp_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY1zA2"

    private final class File {
      let path = FileManager.default.temporaryDirectory
        .appending(path: "apus-\(UUID().uuidString).jsonl").path
      var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
      func lines() throws -> [JSON] {
        try text.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
      }
      deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func remote(
      _ url: String, keys: [String] = [key], name: String, number: Int,
      addresses: [String] = ["127.0.0.1"]
    ) throws -> Tier {
      var settings = HTTPSettings()
      settings.resolve = { _ in addresses }
      return try Tier(
        .custom, url: url, model: "m", keys: keys.map { APIKey($0) }, name: name, number: number,
        client: HTTPClient(settings))
    }

    /// Every event in one router, with secrets that are known, and none of them anywhere.
    // features G6
    @Test func everyEventAndNoSecret() async throws {
      let file = File()
      let log = LogLines()
      let refusing = try FakeProvider(
        .respond(401, body: #"{"error":{"message":"bad key \#(Self.key)"}}"#))
      let broken = try FakeProvider(.respond(500, body: "{}"))
      let groq = try #require(Provider.named("groq"))
      var paid = try Tier(groq, model: "m", keys: ["gsk_abcdefgh"], name: "paid", number: 4)
      paid.pricing = Pricing(try #require(Provider.named("openai")), model: "gpt-4o")
      var settings = HTTPSettings()
      settings.resolve = { _ in ["10.1.2.3"] }
      let inner = try Tier(
        groq, model: "m", keys: [APIKey(Self.key)], name: "groq", number: 3,
        client: HTTPClient(settings))
      var options = RouterOptions()
      options.audit = try AuditLog(path: file.path)
      options.budget = Budget(perDay: .zero)
      let local = ScriptedTier("local", .answer(["Take \(Self.answerSecret)."]))
      let router = try Router(
        tiers: [
          try remote(
            "http://a.apus.test:\(refusing.port)/v1", keys: [Self.key, Self.secondKey],
            name: "refusing", number: 1),
          try remote("http://b.apus.test:\(broken.port)/v1", keys: [], name: "broken", number: 2),
          inner, paid, .local(local),
        ].map { tier in
          // Keys make tiers paid: only one is to meet the budget.
          var tier = tier
          if tier.number != 4 { tier.pricing = .free }
          return tier
        }, options: options, log: { log.write($0) })
      var told: [String] = []
      for _ in 0..<6 {
        var request = Request("\(Self.promptText) and \(Self.promptSecret)")
        request.route.caller = "somebody"
        let answer = router.route(request)
        let response = try await Response(of: answer.events, model: "m")
        told += [
          response.text, "\(answer.trace.attempts)", "\(answer.trace.guardFindings)",
          answer.trace.json(text: response.text).serialized(),
        ]
      }
      let events = try file.lines()
      let actions = Set(events.compactMap { $0["event"]?.string })
      #expect(
        actions == ["key_refused", "address_refused", "guard", "budget_refused", "breaker_opened"])
      let refusals = events.filter { $0["event"]?.string == "key_refused" }
      // Each key once, by its fingerprint.
      #expect(
        refusals.compactMap { $0["key"]?.string }.sorted()
          == [APIKey(Self.key), APIKey(Self.secondKey)].map(\.fingerprint).sorted())
      #expect(refusals.first?["reason"]?.string == "401 Unauthorized")
      #expect(refusals.first?["caller"]?.string == "somebody")
      #expect(events.filter { $0["event"]?.string == "breaker_opened" }.count == 2)
      let failure = try await #require(throws: ApusError.self) {
        try await Router(tiers: Array(router.tiers.dropLast()), log: { log.write($0) })
          .respond(to: "\(Self.promptText) and \(Self.promptSecret)")
      }
      told.append("\(failure) \(failure.cause.map { "\($0)" } ?? "")")
      let everything = [file.text, log.lines.joined(), told.joined()].joined()
      for secret in [
        Self.key, Self.secondKey, Self.promptSecret, Self.answerSecret, "xylopyrography",
      ] {
        #expect(!everything.contains(secret), "\(secret)")
      }
      #expect(log.lines.contains { $0.contains("anthropic-key redacted in the prompt") })
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }

    // features G6
    @Test func certificatesToo() async throws {
      guard CertificateAuthority.isPossible else { return print("skipped: no openssl") }
      let file = File()
      let authority = try await CertificateAuthority()
      let server = try await TLSServer(authority, .selfSigned)
      var options = RouterOptions()
      options.audit = try AuditLog(path: file.path)
      let tier = try Tier(
        .custom, url: "https://localhost:\(server.port)/v1", model: "m", name: "t",
        client: HTTPClient())
      let router = try Router(tiers: [tier], options: options)
      _ = await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
      let events = try file.lines()
      #expect(events.compactMap { $0["event"]?.string } == ["certificate_refused"])
      #expect(events.first?["reason"]?.string?.contains("self-signed") == true)
    }

    // features G6
    @Test func itIsOnlyAddedTo() async throws {
      let file = File()
      try "{\"old\":1}\n".write(toFile: file.path, atomically: true, encoding: .utf8)
      let target = Target(
        endpoint: Endpoint(provider: "p", key: APIKey(Self.key), model: "m"),
        model: ScriptedTier("m", .hang))
      func event(_ reason: String) -> AuditEvent {
        AuditEvent(
          .keyRefused, time: 1_700_000_000.25, tier: Tier(target.model, name: Self.key),
          target: target,
          caller: "", reason: reason)
      }
      let log = try AuditLog(path: file.path)
      log.write(event("one"), complain: { Issue.record("\($0)") })
      try AuditLog(path: file.path).write(event("two"), complain: { Issue.record("\($0)") })
      var lines = try file.lines()
      #expect(lines.count == 3)
      #expect(lines[1]["time"]?.string == "2023-11-14T22:13:20.250Z")
      #expect(lines[1]["name"]?.string == "[REDACTED:groq-key]")
      #expect(lines.compactMap { $0["reason"]?.string } == ["one", "two"])
      // Moved away, it is begun anew.
      try FileManager.default.removeItem(atPath: file.path)
      log.write(event("three"), complain: { Issue.record("\($0)") })
      lines = try file.lines()
      #expect(lines.compactMap { $0["reason"]?.string } == ["three"])
    }

    // features G6
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full"))
    func aLogThatCannotBeWrittenFailsNobody() async throws {
      let broken = try FakeProvider(.respond(401, body: "{}"))
      let local = ScriptedTier("local", .answer(["fine"]))
      let lines = LogLines()
      var options = RouterOptions()
      options.audit = try AuditLog(path: "/dev/full")
      let router = try Router(
        tiers: [
          try remote(
            broken.url, keys: [Self.key, Self.secondKey], name: "r", number: 1),
          .local(local),
        ], options: options, log: { lines.write($0) })
      #expect(try await router.respond(to: "Hi").text == "fine")
      let complaints = lines.lines.filter { $0.contains("audit log") }
      #expect(complaints.count == 1)
      #expect(complaints.first?.contains("/dev/full") == true)
    }

    @Test func aFileThatCannotBeOpenedIsNamed() {
      let error = #expect(throws: ApusError.self) { try AuditLog(path: "/no/such/folder/audit") }
      #expect(error?.message.contains("/no/such/folder/audit") == true)
    }
  }
#endif
