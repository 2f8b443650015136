public import ApusCore

extension Router {
  /// Which tiers a request would be given to, in which order, and why; nobody is asked.
  public func choice(for request: Request) -> RouteChoice {
    choice(for: request, onDevice: false)
  }

  /// - Parameter onDevice: Whether the request must not leave this machine.
  func choice(for request: Request, onDevice: Bool) -> RouteChoice {
    let route = request.route
    let estimate = TokenEstimate.count(request)
    let named = ([route.model].compactMap { $0 } + route.fallbacks).map(alias)
    var wanted = route.requires
    if !request.tools.isEmpty { wanted.insert(.tools) }
    let caresForTasks = tiers.contains { !$0.tasks.isEmpty }
    let task = caresForTasks || route.task != nil ? TaskClassifier.task(of: request) : nil
    let before = affinity.flatMap { affinity in
      RouteAffinity.key(request).flatMap(affinity.tier)
    }

    var leftOut: [(Tier, String)] = []
    var possible: [TierFigures] = []
    for tier in tiers {
      let figures = figures(tier, request, estimate)
      if let reason = obstacle(figures, request, estimate, onDevice, named) {
        leftOut.append((tier, reason))
      } else {
        possible.append(figures)
      }
    }
    takeTurns(&possible)
    let left = request.deadline.map { ($0 - timing.now()).seconds }
    let standings = options.policy.order(possible, resolving: alias).map { figures in
      var rank = RouteChoice.Rank.usual
      let place = named.firstIndex { figures.tier.answers(to: $0) }
      if let place {
        rank = place == 0 && route.model != nil ? .asked : .fallback
      } else if !figures.tier.can(wanted) {
        rank = .lacksTools
      } else if let left, let seconds = figures.seconds(answerTokens: 1), seconds > left {
        rank = .tooSlow
      } else if figures.tier.number == before {
        rank = .sameConversation
      } else if let task, !figures.tier.tasks.isEmpty {
        rank = figures.tier.tasks.contains(task) ? .rightTask : .otherTask
      }
      return (standing: RouteChoice.Standing(figures: figures, rank: rank), place: place ?? 0)
    }
    let sorted = standings.enumerated().sorted {
      ($0.element.standing.rank, $0.element.place, $0.offset)
        < ($1.element.standing.rank, $1.element.place, $1.offset)
    }
    return RouteChoice(
      policy: options.policy, task: task, standings: sorted.map(\.element.standing),
      leftOut: leftOut)
  }

  /// The name that an alias stands for; aliases of aliases too.
  private func alias(_ name: String) -> String {
    var name = name
    for _ in 0..<8 {
      guard let next = options.aliases[name] ?? options.aliases[name.lowercased()] else { break }
      name = next
    }
    return name
  }

  /// Why a tier cannot serve a request.
  private func obstacle(
    _ figures: TierFigures, _ request: Request, _ estimate: Int, _ onDevice: Bool,
    _ named: [String]
  ) -> String? {
    let tier = figures.tier
    if onDevice && !tier.isLocal { return "a private prompt stays on this machine" }
    if !request.route.fallbacks.isEmpty, !named.contains(where: tier.answers) {
      return "neither the model that is asked for nor one of its fallbacks"
    }
    if !tier.can(request.route.requires) {
      let missing = request.route.requires.subtracting(tier.features ?? []).map(\.rawValue)
      return "cannot do \(missing.sorted().joined(separator: ", "))"
    }
    guard let contextLength = figures.contextLength else { return nil }
    let exact = options.countTokens(tier.model.name, request)
    // An estimate may be a third too high; the tier itself refuses what is truly too long.
    let prompt = exact ?? estimate * 3 / 4
    guard prompt + (request.options.maxTokens ?? 1) > contextLength else { return nil }
    return "its context of \(contextLength) tokens is too short for about \(exact ?? estimate)"
  }

  private func figures(_ tier: Tier, _ request: Request, _ promptTokens: Int) -> TierFigures {
    var figures = TierFigures(tier: tier)
    for target in tier.targets {
      let state = health.figures(target.endpoint)
      figures.inFlight += state.inFlight
      figures.faultShare = max(figures.faultShare, state.faultShare)
      if let time = state.time, time.firstToken < figures.time?.firstToken ?? .infinity {
        figures.time = time
      }
    }
    figures.cost = tier.pricing.limit(
      promptTokens: promptTokens,
      maxTokens: min(
        request.options.maxTokens ?? TierFigures.answerTokens, TierFigures.answerTokens))
    figures.contextLength = tier.contextLength
    // A model of this machine knows better than its past answers tell.
    if let load = (tier.model as? any OnDeviceModel)?.load {
      figures.time = load.expectation(promptTokens: promptTokens)
      figures.inFlight = max(figures.inFlight, load.running + load.waiting)
      figures.contextLength = min(tier.contextLength ?? load.contextLength, load.contextLength)
    }
    return figures
  }

  private func takeTurns(_ tiers: inout [TierFigures]) {
    let places: [Double]
    switch options.policy {
    case .roundRobin: places = turns.rotation(of: tiers.count)
    case .weighted: places = turns.shares(tiers.map { ($0.tier.number, $0.tier.weight) })
    default: return
    }
    for index in tiers.indices { tiers[index].turn = places[index] }
  }
}
