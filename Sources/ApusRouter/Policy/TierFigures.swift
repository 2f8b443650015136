import ApusCore
import ApusRemote

/// What is known of a tier when a request comes.
struct TierFigures: Sendable {
  let tier: Tier
  /// Seconds to the first token, and for each token after it; `nil` until there was an answer.
  var time: (firstToken: Double, perToken: Double)?
  /// Of an answer of ``answerTokens``; `nil` where the price is not known.
  var cost: PicoDollars?
  /// Requests under way.
  var inFlight = 0
  /// The share of faults among the answers of the last minute.
  var faultShare = 0.0
  /// Tokens of prompt and answer together.
  var contextLength: Int?
  /// Where the policy goes by turns: the lower, the sooner.
  var turn = 0.0

  /// What an answer is taken to have where nobody knows: for comparing, not for limits.
  static let answerTokens = 256

  /// Seconds for a whole answer.
  func seconds(answerTokens: Int = answerTokens) -> Double? {
    time.map { $0.firstToken + $0.perToken * Double(answerTokens) }
  }
}

extension Tier {
  /// How near it is: this machine, a server of one's own, others.
  var distance: Int {
    if isLocal { return 0 }
    return provider?.regions.contains("operator") == true ? 1 : 2
  }

  /// Whether a name is that of its model, its own, or one that its provider has for the model.
  func answers(to name: String) -> Bool {
    let name = name.lowercased()
    return targets.contains { target in
      let model = target.endpoint.model
      return model.lowercased() == name
        || provider.map { $0.currentModel(name).name.lowercased() == model.lowercased() } == true
    } || self.name.lowercased() == name || model.name.lowercased() == name
  }

  /// Whether it can do all of that, as far as anybody knows.
  func can(_ wanted: Set<ModelFeature>) -> Bool {
    guard let features else { return true }
    return wanted.isSubset(of: features)
  }
}
