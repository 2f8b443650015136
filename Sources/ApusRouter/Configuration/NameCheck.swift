import ApusRemote

/// Finds names that look like ours but are not.
struct NameCheck {
  private(set) var problems: [ConfigurationProblem] = []
  private let known: Set<String>
  /// Names of which others may be slips: ours, and those of the providers that are used.
  private let near: Set<String>

  private static let own: Set<String> = {
    var names = Set(
      TierReader.namesBesideTiers + ["HF_TOKEN", "GROQ_API_KEY", "OPENAI_API_KEY"]
        + ConfigurationField.router.map(\.name))
    for number in 1...RouterConfiguration.tierLimit {
      names.formUnion(ConfigurationField.tier.map { TierReader.name(number, $0) })
    }
    return names
  }()

  private static let builtIn: Set<String> = Provider.all.reduce(into: own) {
    $0.formUnion($1.variableNames)
  }

  init(tiers: [TierConfiguration], providers: [Provider]) {
    known = providers.reduce(into: Self.builtIn) { $0.formUnion($1.variableNames) }
    near = tiers.reduce(into: Self.own) { $0.formUnion($1.provider?.variableNames ?? []) }
  }

  mutating func check(_ environment: [String: String], _ dotEnv: DotEnv) {
    for line in dotEnv.badLines {
      problems.append(
        ConfigurationProblem(
          name: ".env line \(line)", message: "is neither NAME=value nor a comment"))
    }
    for name in environment.keys.sorted() { check(name, place: "") }
    for entry in dotEnv.entries { check(entry.name, place: " (.env line \(entry.line))") }
  }

  private mutating func check(_ name: String, place: String) {
    let trimmed = name.trimmingBlanks
    if trimmed != name && known.contains(trimmed) {
      problems.append(
        ConfigurationProblem(name: "\"\(name)\"" + place, message: "has blanks around the name"))
      return
    }
    guard !known.contains(trimmed) else { return }
    let nearest = near.filter { EditDistance.isNear(trimmed, $0) }.min {
      (EditDistance.between(trimmed, $0), $0) < (EditDistance.between(trimmed, $1), $1)
    }
    let isTierName = trimmed.hasPrefix("TIER") && trimmed.dropFirst(4).first?.isNumber == true
    if let nearest {
      problems.append(
        ConfigurationProblem(
          name: trimmed + place, message: "is unknown; do you mean \(nearest)?"))
    } else if isTierName || trimmed.hasPrefix("CUSTOM_LLM_") {
      problems.append(ConfigurationProblem(name: trimmed + place, message: "is unknown"))
    }
  }
}
