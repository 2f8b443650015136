import ApusCore
import ApusRemote
import Testing

@testable import ApusRouter

@Suite struct ConfigurationTests {
  private let all = [
    "CUSTOM_LLM_BASE_URL": "https://one.example/v1", "CUSTOM_LLM_API_KEY": "k1",
    "CUSTOM_LLM_MODEL": "m1", "TIER2_TYPE": "space", "TIER2_BASE_URL": "https://x.hf.space/v1",
    "TIER2_API_KEY": "optional", "TIER2_MODEL": "m2", "TIER2_ENABLED": "true",
    "TIER3_TYPE": "groq", "GROQ_API_KEY": "gsk_abcdefghijklmnopqrst", "TIER3_MODEL": "m3",
    "TIER3_ENABLED": "true",
    "TIER4_TYPE": "serverless", "TIER4_MODEL": "m4", "TIER4_ENABLED": "true",
    "HF_TOKEN": "hf_abcdefghijklmnopqrstu",
  ]

  // features A2, A3, A4, A5, A6, A7, A8
  @Test func fourTiersAreRead() {
    let configuration = RouterConfiguration(environment: all)
    #expect(configuration.problems == [])
    #expect(configuration.tiers.map(\.type) == ["custom", "space", "groq", "serverless"])
    #expect(configuration.tiers.map(\.model) == ["m1", "m2", "m3", "m4"])
    #expect(
      configuration.tiers.map(\.apiKeys) == [
        ["k1"], ["optional"], ["gsk_abcdefghijklmnopqrst"], ["hf_abcdefghijklmnopqrstu"],
      ])
    #expect(
      configuration.tiers.map(\.timeouts.total) == [
        .seconds(90), .seconds(30), .seconds(30), .seconds(60),
      ])
    #expect(configuration.tiers[3].provider?.baseURL == "https://router.huggingface.co/v1")
  }

  // features A4, A11
  @Test func timeoutsAreMilliseconds() {
    let configuration = RouterConfiguration(
      environment: all.merging(["TIER1_TIMEOUT": "5000", "TIER2_TIMEOUT": "soon"]) { $1 })
    #expect(configuration.tiers[0].timeouts.total == .milliseconds(5000))
    #expect(configuration.tiers[1].timeouts.total == .seconds(30))
    #expect(configuration.problems.map(\.name) == ["TIER2_TIMEOUT"])
  }

  // features A6
  @Test func groqWithoutKeyOrConsentIsLeftOut() {
    var environment = all
    environment["GROQ_API_KEY"] = nil
    var configuration = RouterConfiguration(environment: environment)
    #expect(configuration.tiers.map(\.number) == [1, 2, 4])
    #expect(configuration.problems.map(\.name) == ["GROQ_API_KEY"])
    #expect(configuration.problems.first?.message.contains("gsk_") == true)
    environment = all
    environment["TIER3_ENABLED"] = nil
    configuration = RouterConfiguration(environment: environment)
    #expect(configuration.tiers.map(\.number) == [1, 2, 4])
  }

  // features A4
  @Test func tierOneIsOnUnlessItSaysOtherwise() {
    var environment = all
    #expect(RouterConfiguration(environment: environment).tiers.first?.number == 1)
    environment["TIER1_ENABLED"] = "false"
    #expect(RouterConfiguration(environment: environment).tiers.first?.number == 2)
  }

  // features A32
  @Test func aLocalTierNeedsOnlyAFile() {
    let configuration = RouterConfiguration(
      environment: ["TIER1_TYPE": "local", "TIER1_MODEL": "/models/x.gguf"])
    #expect(configuration.problems == [])
    #expect(configuration.tiers.map(\.name) == ["local (x.gguf)"])
    #expect(configuration.tiers.first?.isLocal == true)
  }

  @Test func nothingIsATierUnlessNamed() throws {
    let configuration = RouterConfiguration(environment: ["PATH": "/bin", "HOME": "/root"])
    #expect(configuration.tiers == [])
    #expect(configuration.problems == [])
    let error = #expect(throws: ApusError.self) {
      try configuration.router { _ in ScriptedTier("x", .answer([])) }
    }
    #expect(error?.message.hasPrefix("All LLM tiers failed") == true)
  }

  // features A21
  @Test func misspeltAndPaddedNamesAreTold() {
    let dotEnv = DotEnv(
      """
      # comment
      TEIR1_TIMEOUT=1
      TIER1_TIMEOUT =5000
      TIER2_COLOUR=red
      GROQ_APIKEY=x
      nonsense
      """)
    let configuration = RouterConfiguration(environment: [:], dotEnv: dotEnv)
    let lines = configuration.problems.map(\.line)
    #expect(lines.contains { $0.contains("TEIR1_TIMEOUT") && $0.contains("TIER1_TIMEOUT?") })
    #expect(lines.contains { $0.contains("TIER1_TIMEOUT \"") && $0.contains("blanks") })
    #expect(lines.contains { $0.contains("TIER2_COLOUR") && $0.contains("unknown") })
    #expect(lines.contains { $0.contains("GROQ_APIKEY") && $0.contains("GROQ_API_KEY?") })
    #expect(lines.contains { $0.contains(".env line 6") })
  }

  @Test func aKeyThatCannotBeRightIsTold() {
    var environment = all
    environment["GROQ_API_KEY"] = " sk-x "
    let configuration = RouterConfiguration(environment: environment)
    #expect(configuration.tiers.count == 4)
    #expect(configuration.tiers[2].apiKeys == ["sk-x"])
    #expect(configuration.problems.map(\.name) == ["GROQ_API_KEY", "GROQ_API_KEY"])
    #expect(configuration.problems.contains { $0.message.contains("gsk_") })
    #expect(!configuration.problems.contains { $0.line.contains("sk-x") })
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("sk-x") && !dumped.contains("hf_abc"))
  }

  @Test func theEnvironmentGoesBeforeTheFile() {
    let dotEnv = DotEnv("CUSTOM_LLM_MODEL=file\nCUSTOM_LLM_BASE_URL=https://file.example/v1\n")
    let configuration = RouterConfiguration(
      environment: ["CUSTOM_LLM_MODEL": "environment"], dotEnv: dotEnv)
    #expect(configuration.tiers.map(\.model) == ["environment"])
    #expect(configuration.tiers.map(\.url) == ["https://file.example/v1"])
  }

  @Test func theProcessHasAnEnvironment() {
    #expect(ProcessEnvironment.variables["PATH"]?.isEmpty == false)
    #expect(DotEnv(path: "/nowhere/.env") == DotEnv(""))
  }

  @Test func valuesMayBeQuoted() {
    let dotEnv = DotEnv(
      #"""
      A=plain # comment
      B="two words # no comment"
      C='single $x'
      export D=exported
      E="line\nbreak"
      F=key#with-hash
      G=
      """#)
    #expect(
      dotEnv.values == [
        "A": "plain", "B": "two words # no comment", "C": "single $x", "D": "exported",
        "E": "line\nbreak", "F": "key#with-hash", "G": "",
      ])
  }

  // features C16
  @Test func severalKeysHaveCommasBetweenThem() throws {
    var environment = all
    environment["GROQ_API_KEY"] = "gsk_x, gsk_y"
    let configuration = RouterConfiguration(environment: environment)
    #expect(configuration.tiers[2].apiKeys == ["gsk_x", "gsk_y"])
    let router = try configuration.router { _ in ScriptedTier("x", .answer([])) }
    #expect(router.tiers[2].targets.map(\.endpoint.key) == ["gsk_x", "gsk_y"])
  }

  // features D2, D20
  @Test func anAddressIsPutTogether() {
    var environment = [
      "TIER2_TYPE": "azure", "TIER2_MODEL": "gpt", "TIER2_ENABLED": "true",
      "AZURE_OPENAI_API_KEY": String(repeating: "a", count: 84),
    ]
    var configuration = RouterConfiguration(environment: environment)
    #expect(configuration.tiers == [])
    #expect(configuration.problems.first?.message.contains("a part of") == true)
    environment[configuration.problems.first?.name ?? ""] = "mine"
    configuration = RouterConfiguration(environment: environment)
    #expect(configuration.problems == [])
    #expect(configuration.tiers.first?.url == "https://mine.openai.azure.com/openai/v1")
  }

  // features B5
  @Test func aModelThatIsNoMoreIsReplaced() throws {
    var environment = all
    environment["TIER3_MODEL"] = "mixtral-8x7b-32768"
    let configuration = RouterConfiguration(environment: environment)
    let current = try #require(Provider.named("groq")).currentModel("mixtral-8x7b-32768").name
    #expect(configuration.tiers[2].model == current)
    #expect(configuration.problems.contains { $0.line.contains("\(current) is used") })
  }

  // features A28, A30, D21
  @Test func aPlanDecidesOnLimitsAndCost() throws {
    func tier(_ plan: String?) throws -> Tier {
      var environment = all
      environment["TIER3_PLAN"] = plan
      environment["TIER3_MODEL"] = "openai/gpt-oss-120b"
      let router = try RouterConfiguration(environment: environment).router { _ in
        ScriptedTier("x", .answer([]))
      }
      return router.tiers[2]
    }
    #expect(try tier(nil).limits.map(\.limit) == [30])
    #expect(try tier(nil).pricing.isPaid)
    #expect(try tier("free").limits.map(\.limit) == [30])
    #expect(try !tier("free").pricing.isPaid)
    #expect(try tier("paid").limits == [])
    #expect(try tier("paid").pricing.isPaid)
  }

  // features A28
  @Test func aBudgetIsInDollars() throws {
    var environment = all
    environment["APUS_BUDGET_PER_DAY"] = "0.50"
    var configuration = RouterConfiguration(environment: environment)
    #expect(configuration.budget?.perDay == PicoDollars(dollars: "0.5"))
    #expect(!configuration.problems.contains { $0.name == "APUS_BUDGET_PER_DAY" })
    let router = try configuration.router { _ in ScriptedTier("x", .answer([])) }
    #expect(router.options.budget?.perDay == PicoDollars(dollars: "0.5"))
    environment["APUS_BUDGET_PER_DAY"] = "much"
    configuration = RouterConfiguration(environment: environment)
    #expect(configuration.budget?.perDay == .zero)
    #expect(configuration.problems.contains { $0.name == "APUS_BUDGET_PER_DAY" })
  }

  // features A21
  @Test func otherProvidersNamesAreNoMistakes() {
    let names = Provider.all.flatMap(\.variableNames).filter { !$0.hasPrefix("CUSTOM_LLM_") }
    let environment = names.reduce(into: [:]) { $0[$1] = "x" }
    #expect(RouterConfiguration(environment: environment, dotEnv: DotEnv("")).problems == [])
  }
}
