public import ApusCore
public import ApusRemote

/// What a tier's answers cost.
public enum Pricing: Sendable, Hashable {
  /// On this machine, on a server of one's own, or within a plan that costs nothing.
  case free
  case perToken(ModelFacts.Price)
  /// It may cost; nobody said how much.
  case unknown

  /// The provider's price of a model. A server that asks for no key is one's own.
  init(_ provider: Provider, model: String) {
    if let price = provider.facts(of: model)?.price {
      self = .perToken(price)
    } else {
      self = provider.needsKey ? .unknown : .free
    }
  }

  /// Whether an answer may cost anything.
  public var isPaid: Bool {
    switch self {
    case .free: false
    case .perToken(let price): price.input > 0 || price.output > 0
    case .unknown: true
    }
  }

  /// What the tokens of an answer cost; `nil` where the price is not known.
  public func cost(of usage: Usage) -> PicoDollars? {
    switch self {
    case .free: .zero
    case .unknown: nil
    case .perToken(let price): price.cost(of: usage)
    }
  }

  /// The most that an answer may cost: a prompt and as many tokens as it may have.
  public func limit(promptTokens: Int, maxTokens: Int) -> PicoDollars? {
    cost(of: Usage(promptTokens: promptTokens, completionTokens: maxTokens))
  }
}

extension ModelFacts.Price {
  /// Tokens out of a cache, of reasoning and of sound are among those of the prompt and the answer;
  /// each is counted once. What a provider claims is held within reason.
  func cost(of usage: Usage) -> PicoDollars {
    var left = (prompt: Self.sane(usage.promptTokens), answer: Self.sane(usage.completionTokens))
    var total = PicoDollars.zero
    func add(_ count: Int, of whole: inout Int, _ price: Int?, else standard: Int) {
      let count = min(Self.sane(count), whole)
      whole -= count
      total += PicoDollars(price ?? standard) * count
    }
    add(usage.cachedTokens, of: &left.prompt, cachedInput, else: input)
    add(usage.cacheWriteTokens, of: &left.prompt, cacheWrite, else: input)
    add(usage.audioPromptTokens, of: &left.prompt, audioInput, else: input)
    add(left.prompt, of: &left.prompt, input, else: input)
    add(usage.reasoningTokens, of: &left.answer, reasoning, else: output)
    add(usage.audioCompletionTokens, of: &left.answer, audioOutput, else: output)
    add(left.answer, of: &left.answer, output, else: output)
    return total
  }

  private static func sane(_ count: Int) -> Int { max(0, min(count, 1_000_000_000)) }
}
