import Apus
import Foundation
import Testing

@Suite(.enabled(if: StoriesModel.exists, "../shared/models is absent"))
struct LocalTokenCounterTests {
  // features G15
  @Test func aPromptIsCountedByItsModelsTokenizer() async throws {
    let model = try await LocalModel(StoriesModel.path)
    let lazy = LazyModel(name: "local (tiny)") { model }
    let counter = LocalTokenCounter(
      [Tier(lazy), Tier(model, name: "first")], aliases: ["llama-tiny": model.name])
    let request = Request(.messages([.system("Be terse."), .user("Once upon a time")]))
    let prompt = try model.prompt(for: [.system("Be terse."), .user("Once upon a time")])
    let count = try #require(counter.count(model.name, request))
    // The template's own words count too.
    #expect(count >= (try model.tokenizer().encode(prompt, addSpecial: false).count))
    #expect(try model.tokenCount(of: request) == count)
    #expect(counter.count("llama-tiny", request) == count)
    #expect(counter.count("someone/Stories260K", request) == count)
    #expect(counter.count("Stories260K-Q8_0.gguf", request) == count)
    #expect(counter.count("another", request) == nil)
    // What the answer says is what was counted.
    let response = try await model.respond(
      Request(
        .messages([.system("Be terse."), .user("Once upon a time")]),
        options: GenerationOptions(maxTokens: 1)))
    #expect(response.usage.promptTokens == count)
    // Known once it is loaded.
    let alone = LocalTokenCounter([Tier(lazy)])
    #expect(alone.count("local (tiny)", request) == nil)
    _ = try await lazy.respond(Request(.text("a"), options: GenerationOptions(maxTokens: 1)))
    #expect(alone.count("local (tiny)", request) == count)
    #expect(alone.count("stories260k", request) == count)
  }

  /// A tier that names the model by an alias is admitted by the true count.
  @Test func theRouterAsksForIt() async throws {
    let model = try await LocalModel(StoriesModel.path)
    var tier = Tier(model)
    tier.pricing = .perToken(ModelFacts.Price(input: 1000, output: 0))
    let ledger = MemoryLedger()
    let text = String(repeating: "a b c d ", count: 20)
    let request = Request(.text(text), options: GenerationOptions(maxTokens: 1))
    let count = try model.tokenCount(of: request)
    // One token more than the budget has, by the true count; the estimate is far less.
    for (budget, isAllowed) in [(count, true), (count - 1, false)] {
      var options = RouterOptions(
        budget: Budget(perDay: PicoDollars(1000 * budget)), ledger: ledger)
      options.countTokens = LocalTokenCounter([tier]).count
      options.ledger = MemoryLedger()
      let router = try Router(tiers: [tier], options: options)
      let answer = try? await router.respond(request)
      #expect((answer != nil) == isAllowed)
    }
  }

  /// Which model it is: another state of its file, another identity; also before it is loaded.
  @Test func aModelKnowsItsFile() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-model-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "model.gguf").path
    try FileManager.default.copyItem(atPath: StoriesModel.path, toPath: path)
    let model = try await LocalModel(path)
    let identity = try #require(model.identity)
    #expect(identity == ModelIdentity(path: path))
    #expect(identity.files.map(\.name) == ["model.gguf"])
    #expect(identity != ModelIdentity(path: path, options: LoadOptions(contextLength: 64)))
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    #expect(model.identity == identity)
    #expect(ModelIdentity(path: path) != identity)
    #expect(ModelIdentity(path: folder.appending(path: "missing").path) == nil)
    // A folder is all its files.
    try Data("{}".utf8).write(to: folder.appending(path: "config.json"))
    #expect(
      ModelIdentity(path: folder.path)?.files.map(\.name) == ["config.json", "model.gguf"])
  }

  // features F1, F2
  @Test func aLocalAnswerIsKeptForItsFile() async throws {
    var options = RouterOptions()
    options.cache = ResponseCache(isStandard: true)
    let router = try Router(tiers: [.local(path: StoriesModel.path)], options: options)
    let request = Request(
      .text("Once upon a time"), options: GenerationOptions(temperature: 0, maxTokens: 5))
    let first = router.route(request)
    let text = try await Response(of: first.events, model: "").text
    // The digest may come meanwhile; then the answer is kept a little later.
    var origin = first.trace.origin
    for _ in 0..<500 where origin == .tiers {
      let again = router.route(request)
      #expect(try await Response(of: again.events, model: "").text == text)
      origin = again.trace.origin
    }
    #expect(origin == .memory)
  }
}

private enum StoriesModel {
  static let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/models/stories260K/stories260K-f32.gguf").standardized.path()
  static let exists = FileManager.default.fileExists(atPath: path)
}
