public import ApusRemote

/// What one key of a provider has used of a limit for a day or a month.
public struct Counter: Sendable, Hashable {
  /// Stands for the provider and the key without telling the key.
  public var key: String
  public var kind: RateLimits.Kind
  public var span: RateLimits.Span
  /// Days, or months of 30 days, since 1970 (UTC).
  public var period: Int

  public init(key: String, kind: RateLimits.Kind, span: RateLimits.Span, period: Int) {
    self.key = key
    self.kind = kind
    self.span = span
    self.period = period
  }
}

/// Where counters are kept that are to survive a restart.
public protocol CounterStore: Sendable {
  /// What has been counted in the counter's period, 0 where nothing was.
  func count(of counter: Counter) throws -> Int

  /// Adds to a counter, which never falls below 0. Returns at once; changes of one store happen in
  /// the order of the calls, and before a later ledger entry of the same store is acknowledged.
  /// - Parameter onFailure: Called where it could not be written down.
  func add(
    _ amount: Int, to counter: Counter, onFailure: @escaping @Sendable (any Error) -> Void)
}

extension Endpoint {
  /// A digest of the provider and its key, the model left out: the same in every process, and no
  /// way back to the key.
  var fingerprint: String {
    let digest = Digest.sha256(Array("\(provider)\0\(key?.value ?? "")".utf8))
    return Array(digest.prefix(16)).hexadecimal
  }
}
