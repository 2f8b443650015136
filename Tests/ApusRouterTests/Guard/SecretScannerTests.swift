import Testing

@testable import ApusRouter

@Suite struct SecretScannerTests {
  private static let set = DetectorSet(DetectorSet.secrets)

  private func found(_ text: String) -> [(kind: Guard.Kind, text: String)] {
    GuardScan.parts(of: text, Self.set).compactMap { part in
      if case .found(let kind, _, let text, _) = part { (kind, text) } else { nil }
    }
  }

  /// What counts: that nothing of a key stays, and that nothing else goes.
  // features G1, G2
  @Test func recallAndPrecision() {
    let secrets = LabelledText.secrets(each: 12)
    let harmless = LabelledText.harmless(each: 12)
    #expect(secrets.count >= 500)
    #expect(harmless.count >= 500)
    var (hits, misses, alarms, named) = (0, 0, 0, 0)
    for text in secrets {
      let finds = found(text.text)
      let hit = finds.filter { $0.text.hasPrefix(text.secret) }
      if hit.isEmpty {
        misses += 1
        print("missed: \(text.kind?.rawValue ?? "") \(text.text)")
      } else {
        hits += 1
        if hit[0].kind == text.kind { named += 1 }
      }
      alarms += finds.count - hit.count
    }
    for text in harmless {
      let finds = found(text.text)
      alarms += finds.count
      for find in finds { print("false alarm: \(find.kind.rawValue) \(text.text)") }
    }
    let recall = Double(hits) / Double(secrets.count)
    let precision = Double(hits) / Double(hits + alarms)
    print(
      "secrets: recall \(recall) (\(hits) of \(secrets.count)), precision \(precision)",
      "(\(alarms) false alarms, \(harmless.count) harmless texts), named \(named)")
    #expect(recall >= 0.98)
    #expect(precision >= 0.98)
    #expect(Double(named) / Double(hits) >= 0.98)
  }

  // features G2
  @Test func identifiersNeedTheWordAzure() {
    let identifier = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    #expect(found("AZURE_TENANT_ID=\(identifier)").map(\.kind) == [.azureClientID])
    #expect(found("request \(identifier)").isEmpty)
    #expect(found("the central \(identifier)").isEmpty)
    #expect(found("azure " + String(repeating: "x ", count: 100) + identifier).isEmpty)
  }

  // features G2
  @Test(arguments: [
    "AKIAIOSFODNN7EXAMPL", "AKIAIOSFODNN7EXAMPLES", "xAKIAIOSFODNN7EXAMPLE", "sk-short1",
    "risk-a8F3kq9ZpL2mX7vB4nT6", "ya29.short",
  ])
  func whatOnlyLooksAlike(text: String) { #expect(found(text).isEmpty, "\(text)") }

  // features G2
  @Test func aKeyCutOffIsStillOne() throws {
    var lot = Lot(3)
    let whole = LabelledText.pem(&lot)
    let cut = String(whole.prefix(whole.count / 2))
    let finds = found("here: " + cut)
    #expect(finds.map(\.text) == [cut])
  }

  // features G1
  @Test func everyProvidersBeginningIsKnown() {
    let kinds = Set(KeyForm.ofProviders.map(\.kind.rawValue))
    for kind in ["openai-key", "anthropic-key", "groq-key", "gemini-key", "openrouter-key"] {
      #expect(kinds.contains(kind))
    }
  }
}
