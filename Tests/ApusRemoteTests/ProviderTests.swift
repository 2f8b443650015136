import ApusCore
import ApusJSON
import Testing

@testable import ApusRemote

@Suite struct ProviderTests {
  // features D19, D20, D21
  @Test func theTableIsWhole() throws {
    let table = try Provider.table(Provider.embeddedRows)
    #expect(table.count >= 40)
    #expect(Provider.all == table)
    let names = table.flatMap { [$0.type] + $0.aliases }
    #expect(Set(names).count == names.count)
    for provider in table {
      #expect(provider.baseURL == nil || provider.baseURL?.hasPrefix("http") == true)
      #expect(provider.needsKey == false || !provider.keyNames.isEmpty)
      #expect(provider.timeout > .zero)
      for model in provider.models where model.price != nil {
        #expect(model.source != nil && model.date != nil, "\(model.name)")
      }
      for current in provider.decommissioned.values {
        #expect(provider.decommissioned[current] == nil)
        #expect(provider.facts(of: current) != nil)
      }
    }
  }

  // features A2, A5, D20
  @Test func theFirstTypesAreWhatTheyWere() throws {
    let seconds = [
      "custom": 90, "space": 30, "groq": 30, "serverless": 60, "openai": 60, "commercial": 90,
    ]
    for (type, timeout) in seconds {
      #expect(Provider.named(type)?.timeout == .seconds(timeout))
    }
    #expect(Provider.named("groq")?.keyPrefix == "gsk_")
    #expect(Provider.named("serverless")?.keyNames == ["HF_TOKEN"])
    #expect(Provider.named("openai")?.fields[.maxTokens] == "max_completion_tokens")
    #expect(Provider.custom.fields[.minP] == "min_p")
    #expect(Provider.named("claude")?.type == "anthropic")
    #expect(Provider.named("nobody") == nil)
  }

  // features B5
  @Test(arguments: [
    "llama-3.1-70b-versatile", "deepseek-r1-distill-llama-70b", "mixtral-8x7b-32768",
    "llama3-70b-8192",
  ])
  func goneModelsHaveSuccessors(name: String) throws {
    let groq = try #require(Provider.named("groq"))
    let current = groq.currentModel(name)
    #expect(current.isReplaced)
    #expect(groq.facts(of: current.name)?.price != nil)
    #expect(groq.currentModel("openai/gpt-oss-20b").isReplaced == false)
  }

  // features D21
  @Test func pricesAreWholePicoDollars() throws {
    let facts = try #require(Provider.named("openai")?.facts(of: "gpt-4o-mini-2024-07-18"))
    #expect(facts.name == "gpt-4o-mini")
    #expect(facts.price?.input == 150_000)
    #expect(facts.price?.output == 600_000)
    #expect(facts.price?.cachedInput == 75_000)
    #expect(facts.contextLength == 128_000)
  }

  // features D16, D17, D9
  @Test func statedLimitsAreThere() throws {
    func limits(_ type: String) throws -> [String] {
      try #require(Provider.named(type)).limits.map { "\($0.limit) \($0.kind) \($0.span)" }
    }
    #expect(try limits("groq") == ["30 requests minute"])
    #expect(try limits("serverless") == ["1000 requests day"])
    #expect(try limits("cohere") == ["20 requests minute", "1000 requests month"])
  }

  // features D20
  @Test func aRowOfOnesOwn() throws {
    let json = try JSON(
      parsing: #"{"type":"mine","url":"https://llm.example.org/v1","keys":["MINE"],"#
        + #""fields":{"seed":null,"top_k":"top_k"},"authentication":{"header":"X-Key"}}"#)
    let provider = try Provider(json: json)
    #expect(provider.format == .openAI)
    #expect(provider.fields[.seed] == nil)
    #expect(provider.fields[.topK] == "top_k")
    #expect(provider.authentication == Authentication(.header("X-Key")))
    #expect(provider.key { $0 == "MINE" ? "k" : nil } == "k")
  }

  @Test(arguments: [
    #"[]"#, #"{}"#, #"{"type":""}"#, #"{"type":"x","ulr":"y"}"#, #"{"type":"x","format":"y"}"#,
    #"{"type":"x","fields":{"temprature":null}}"#, #"{"type":"x","timeout":-1}"#,
    #"{"type":"x","keys":"K"}"#, #"{"type":"x","models":[{"name":"m","price":{"input":1}}]}"#,
    #"{"type":"x","limits":[{"limit":1,"of":"requests","per":"fortnight"}]}"#,
    #"{"type":"x","authentication":"magic"}"#, #"{"type":"x","keyPattern":{"longest":1}}"#,
  ])
  func badRowsAreRefused(text: String) throws {
    let json = try JSON(parsing: text)
    #expect(throws: ProviderError.self) { try Provider(json: json) }
  }
}
