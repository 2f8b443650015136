import ApusCore
import ApusRemote
import Foundation
import Testing

@testable import ApusRouter

@Suite struct ConfigurationFileTests {
  private func file(_ text: String) throws -> ConfigurationFile {
    try ConfigurationFile(Array(text.utf8), path: "apus.json")
  }

  private let whole = """
    {
      "policy": "production", "modelPreference": ["big", "small"], "errorTolerance": 0.2,
      "performanceOptimized": true, "aliases": {"gpt-4": "big"}, "hedging": true,
      "budgetPerDay": "1.50", "budgetPerCallerAndDay": 0.25,
      "tiers": [
        {"type": "local", "model": "m.gguf", "quality": 0.5, "weight": 2, "tasks": ["code"],
         "contextLength": 2048},
        {"name": "mine", "type": "groq", "url": "https://x.example/v1", "apiKey": "gsk_1",
         "model": "big", "timeout": 5000, "firstTokenTimeout": 1000, "idleTimeout": 2000,
         "plan": "free"},
        {"type": "custom", "url": "https://y.example/v1", "model": "small", "enabled": false},
        {"type": "own", "model": "small", "apiKey": ["k1", "k2"]}
      ],
      "providers": [{"type": "own", "title": "Own", "url": "https://own.example/v1"}]
    }
    """

  // features A2, C7, C17
  @Test func aFileDescribesARouter() throws {
    let configuration = RouterConfiguration(environment: [:], file: try file(whole))
    #expect(configuration.problems.filter(\.omitsTier) == [])
    #expect(configuration.tiers.map(\.number) == [1, 2, 4])
    let (local, groq, own) = (
      configuration.tiers[0], configuration.tiers[1], configuration.tiers[2]
    )
    #expect(local.isLocal && local.model == "m.gguf" && local.tasks == [.code])
    #expect(local.quality == 0.5 && local.weight == 2 && local.contextLength == 2048)
    #expect(groq.name == "mine" && groq.url == "https://x.example/v1" && groq.plan == "free")
    #expect(
      groq.timeouts
        == TierTimeouts(total: .seconds(5), firstToken: .seconds(1), idle: .seconds(2)))
    #expect(own.apiKeys == ["k1", "k2"] && own.provider?.title == "Own")
    #expect(own.url == "https://own.example/v1")
    #expect(
      configuration.policy
        == .production(
          RoutingPolicy.Production(
            modelPreference: ["big", "small"], errorTolerance: 0.2, performanceOptimized: true)))
    #expect(configuration.aliases == ["gpt-4": "big"])
    #expect(configuration.isHedging)
    #expect(configuration.budget?.perDay == PicoDollars(dollars: "1.5"))
    #expect(configuration.budget?.perCallerAndDay == PicoDollars(dollars: "0.25"))
    let router = try configuration.router { _ in ScriptedTier("x", .answer([])) }
    #expect(router.options.policy.name == "production")
    #expect(router.tiers.map(\.weight) == [2, 1, 1])
  }

  @Test func whatIsNearerGoesBefore() throws {
    let text = """
      {"tiers": [{"type": "custom", "url": "https://file.example", "model": "file",
                  "timeout": 1000}], "policy": "cost"}
      """
    func configuration(
      flags: [String: String] = [:], environment: [String: String] = [:], dotEnv: String = ""
    ) throws -> RouterConfiguration {
      RouterConfiguration(
        flags: flags, environment: environment, dotEnv: DotEnv(dotEnv), file: try file(text))
    }
    #expect(try configuration().tiers[0].model == "file")
    #expect(try configuration(dotEnv: "TIER1_MODEL=dotenv").tiers[0].model == "dotenv")
    let environment = ["TIER1_MODEL": "environment", "APUS_POLICY": "speed"]
    let both = try configuration(environment: environment, dotEnv: "TIER1_MODEL=dotenv")
    #expect(both.tiers[0].model == "environment")
    #expect(both.tiers[0].timeouts.total == .seconds(1))
    #expect(both.policy == .speed)
    let all = try configuration(
      flags: ["APUS_POLICY": "quality"], environment: environment, dotEnv: "APUS_POLICY=cost")
    #expect(all.policy == .quality)
  }

  // features E9
  @Test(arguments: [
    ("{", "JSON"),
    ("[]", "is no JSON object"),
    (#"{"tiers": {}}"#, "tiers: is no list"),
    (#"{"tiers": [{"model": "m"}]}"#, "tiers[0]: is no object with a type"),
    (#"{"tiers": [{"type": "groq", "timeout": "soon"}]}"#, "tiers[0].timeout: is no time"),
    (#"{"tiers": [{"type": "groq", "modell": "m"}]}"#, "do you mean model?"),
    (#"{"polcy": "cost"}"#, "do you mean policy?"),
    (#"{"aliases": {"a": 1}}"#, "aliases: is no object of texts"),
    (#"{"providers": [{"type": "x", "formt": "openai"}]}"#, "providers[0]: x: formt is unknown"),
    (#"{"hedging": "yes"}"#, "hedging: is no true or false"),
  ])
  func aWrongFileIsRefusedByPlace(_ text: String, _ expected: String) {
    let error = #expect(throws: ApusError.self) { try file(text) }
    #expect(error?.code == .configuration)
    #expect(error?.message.hasPrefix("apus.json: ") == true)
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
  }

  @Test func valuesOfAFileAreNamedByTheirPlace() throws {
    let configuration = RouterConfiguration(
      environment: [:],
      file: try file(#"{"tiers": [{"type": "nobody", "model": "m"}], "policy": "luck"}"#))
    let lines = configuration.problems.map(\.line)
    #expect(lines.contains { $0.hasPrefix("apus.json tiers[0].type: nobody is no type") })
    #expect(lines.contains { $0.hasPrefix("apus.json policy: luck is no policy: ordered, ") })
  }

  @Test func aFileThatIsNotThereIsTold() {
    let error = #expect(throws: ApusError.self) { try ConfigurationFile(path: "/nowhere.json") }
    #expect(error?.code == .fileNotFound)
    #expect(throws: ApusError.self) { try ConfigurationFile(path: "/tmp") }
  }

  /// docs/configuration.md has every name there is, and no other.
  @Test func theDocumentationHasEveryName() throws {
    let path = URL(filePath: #filePath).appending(path: "../../../docs/configuration.md")
    let text = try String(contentsOf: path.standardized, encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let names = Set(rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) })
    let members = Set(
      rows.compactMap { row in
        let parts = row.split(separator: "`")
        return parts.count > 3 ? String(parts[3]) : nil
      })
    let fields = ConfigurationField.tier + ConfigurationField.router
    #expect(
      names
        == Set(
          ConfigurationField.tier.map { "TIERn_\($0.name)" }
            + ConfigurationField.router.map(\.name)))
    #expect(members == Set(fields.map(\.member)))
  }
}

@Suite struct ReloadTests {
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    var file: String { url.appending(path: "apus.json").path }
    func write(_ text: String) throws {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
    }
  }

  private func tiers(_ names: [String], _ more: String = "") -> String {
    let rows = names.map { #"{"type": "local", "model": "\#($0)", "name": "\#($0)"}"# }
    return #"{"tiers": [\#(rows.joined(separator: ","))]\#(more)}"#
  }

  private func reloading(
    _ folder: Folder, log: @escaping RouterLog = { _ in }
  ) throws -> ReloadingRouter {
    try ReloadingRouter(
      ConfigurationSource(environment: [:], dotEnvPath: nil, filePath: folder.file),
      local: { path in
        ScriptedTier(path, path == "slow" ? .answerAfter(.seconds(1), ["slow"]) : .answer([path]))
      }, log: log)
  }

  // features A20
  @Test func aRequestUnderWayEndsWhereItBegan() async throws {
    let folder = try Folder()
    try folder.write(tiers(["slow"]))
    let router = try reloading(folder)
    async let before = router.respond(to: "Hi").text
    while router.router.health.figures(Endpoint(provider: "local", model: "slow")).inFlight == 0 {
      try await Task.sleep(for: .milliseconds(5))
    }
    try folder.write(tiers(["b"]))
    try router.reload()
    #expect(try await router.respond(to: "Hi").text == "b")
    #expect(try await before == "slow")
  }

  // features A20, E9
  @Test func aWrongFileLeavesTheLastInPlace() async throws {
    let folder = try Folder()
    try folder.write(tiers(["a"]))
    let log = LogLines()
    let router = try reloading(folder) { log.write($0) }
    for text in ["{", tiers([]), #"{"tiers": [{"type": "nobody"}]}"#] {
      try folder.write(text)
      #expect(throws: ApusError.self) { try router.reload() }
      #expect(try await router.respond(to: "Hi").text == "a")
    }
    router.reloadAndLog()
    #expect(log.lines.last?.hasPrefix("! The configuration stays as it was: ") == true)
  }

  // features A20
  @Test func modelsStayLoadedAndCountersGoOn() async throws {
    let folder = try Folder()
    try folder.write(tiers(["a", "b"], #", "budgetPerDay": 5"#))
    let router = try reloading(folder)
    _ = try await router.respond(to: "Hi")
    let before = router.router
    try folder.write(tiers(["b", "a"], #", "budgetPerDay": 6"#))
    try router.reload()
    let after = router.router
    #expect(after.tiers.map(\.name) == ["b", "a"])
    #expect(
      after.tiers[1].model as AnyObject === before.tiers[0].model as AnyObject)
    #expect(after.ledger as AnyObject === before.ledger as AnyObject)
    #expect(after.quotas === before.quotas)
    #expect(after.options.budget?.perDay == PicoDollars(dollars: "6"))
  }

  // features A20
  @Test func aRefusedKeyIsTriedAgain() async throws {
    let refused = ScriptedTier("a", .fail(ApusError(.authentication, "no")))
    let first = try Router(tiers: [Tier(refused, number: 1)])
    _ = try? await first.respond(to: "Hi")
    _ = try? await first.respond(to: "Hi")
    #expect(refused.asked == 1)
    let second = try Router(tiers: [Tier(refused, number: 1)], inheriting: first)
    _ = try? await second.respond(to: "Hi")
    #expect(refused.asked == 2)
  }

  // features A20
  @Test func aChangedFileIsReadAgain() async throws {
    let folder = try Folder()
    try folder.write(tiers(["a"]))
    let router = try reloading(folder)
    let watching = Task { try await router.watch(every: .milliseconds(10)) }
    defer { watching.cancel() }
    #expect(try await router.respond(to: "Hi").text == "a")
    try folder.write(tiers(["other"]))
    let deadline = ContinuousClock.now + .seconds(60)
    while router.router.tiers[0].name == "a", .now < deadline {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(try await router.respond(to: "Hi").text == "other")
  }
}
