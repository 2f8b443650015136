import ApusKernels

/// What is measured as one line: some work, and what bounds its speed.
struct Subject {
  var name: String
  /// Operations for each byte that has to cross the bus.
  var intensity: Double
  /// Bytes of weights (or of the cache) for each operation; 0: nothing worth a figure.
  var bytesPerOperation = 0.0
  /// What the arithmetic units do at most; nil: unknown.
  var peak: Limit?
  /// Does the work once and returns the operations done.
  var run: (Workers) -> Double
}

/// A figure for a number of threads.
struct Rate: Codable {
  var value: Double
  var threads: Int
}

/// One format or operation by one contender.
struct Product: Codable {
  var name: String
  var kernels: String
  var tokens: Int?
  /// Operations for each byte that has to cross the bus.
  var intensity: Double?
  /// Giga operations (elements, for rows and codecs) per second.
  var rates: [Rate] = []
  /// Giga bytes of weights (or of the cache) per second.
  var bytes: [Rate]?
  /// Over the first contender, round by round (median).
  var ratios: [Rate] = []
  /// Of what the roofline allows, round by round (median): the lesser of the arithmetic peak and
  /// of what arrives at the measured read bandwidth.
  var shares: [Rate]?

  /// Every subject and the limits that bound it, in the same rounds.
  static func measured(
    _ name: String, tokens: Int, _ subjects: [Subject], _ limits: Limits, rounds: Int,
    _ pools: [WorkerPool]
  ) -> [Product] {
    var products = subjects.map {
      Product(
        name: name, kernels: $0.name, tokens: tokens, intensity: $0.intensity,
        bytes: $0.bytesPerOperation > 0 ? [] : nil, shares: $0.peak == nil ? nil : [])
    }
    var bounds = [limits.read]
    for subject in subjects {
      if let peak = subject.peak, !bounds.contains(where: { $0.name == peak.name }) {
        bounds.append(peak)
      }
    }
    for pool in pools {
      let all = Measurement.rates(
        subjects.map(\.run) + bounds.map(\.run), rounds: rounds, pool: pool)
      let reads = all[subjects.count]
      for (index, subject) in subjects.enumerated() {
        let own = all[index]
        func add(_ value: Double) -> Rate { Rate(value: value, threads: pool.threadCount) }
        let rate = Measurement.median(own) / 1e9
        products[index].rates.append(add(rate))
        products[index].bytes?.append(add(rate * subject.bytesPerOperation))
        products[index].ratios.append(add(Measurement.ratio(own, to: all[0])))
        guard let peak = subject.peak,
          let bound = bounds.firstIndex(where: { $0.name == peak.name })
        else { continue }
        let roof = zip(reads, all[subjects.count + bound]).map {
          min($0 * subject.intensity, $1)
        }
        products[index].shares?.append(add(Measurement.ratio(own, to: roof)))
      }
    }
    return products
  }
}
