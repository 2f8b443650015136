import ApusCore

/// Where the router writes its log, entry by entry.
public typealias RouterLog = @Sendable (LogEntry) -> Void

/// What a router has to say of its work: never a prompt, an answer or a key.
public struct LogEntry: Sendable, Hashable, CustomStringConvertible {
  public enum Level: String, Sendable, Hashable, CaseIterable {
    case debug, info, notice, warning, error
  }

  public var level: Level
  /// As people read it.
  public var message: String
  /// The same for machines: `request`, `tier`, `name`, `outcome`, `ms` …
  public var fields: [String: String]

  public init(_ level: Level, _ message: String, _ fields: [String: String] = [:]) {
    self.level = level
    self.message = message
    self.fields = fields
  }

  public var description: String { message }
}

/// What is said of a tier (features A14).
extension LogEntry {
  private init(
    _ level: Level, _ message: String, _ tier: Tier, _ request: String, _ outcome: String,
    _ more: [String: String] = [:]
  ) {
    let fields = [
      "request": request, "tier": String(tier.number), "name": tier.name,
      "model": tier.model.name, "outcome": outcome,
    ]
    self.init(level, message, fields.merging(more) { $1 })
  }

  /// - Parameter request: The identifier of its trace.
  static func trying(_ tier: Tier, _ request: String) -> LogEntry {
    LogEntry(
      .info, "→ Trying: Tier \(tier.number): \(tier.name)", tier, request, "trying")
  }

  static func success(
    _ tier: Tier, _ request: String, took: Duration, total: Duration
  ) -> LogEntry {
    let (ms, all) = (took.wholeMilliseconds, total.wholeMilliseconds)
    return LogEntry(
      .info, "✓ Success: Tier \(tier.number): \(tier.name) (\(ms)ms, total: \(all)ms)", tier,
      request, "success", ["ms": String(ms), "total_ms": String(all)])
  }

  /// - Parameter reason: "timeout after 5000ms", "401 Unauthorized".
  static func failure(_ tier: Tier, _ request: String, _ reason: String) -> LogEntry {
    LogEntry(
      .warning, "✗ Failed: Tier \(tier.number) (\(reason))", tier, request, "failure",
      ["reason": reason])
  }

  static func passedOver(_ tier: Tier, _ request: String, _ reason: String) -> LogEntry {
    LogEntry(
      .info, "· Passed over: Tier \(tier.number): \(tier.name) (\(reason))", tier, request,
      "passed over", ["reason": reason])
  }

  static func cached(
    _ answer: CachedAnswer, _ request: String, _ origin: RouteTrace.Origin
  ) -> LogEntry {
    LogEntry(
      .info, "✓ Cached: Tier \(answer.tier): \(answer.tierName) (\(origin.rawValue))",
      [
        "request": request, "tier": String(answer.tier), "name": answer.tierName,
        "outcome": "cached", "origin": origin.rawValue,
      ])
  }

  /// - Parameter finding: What the guard redacted or refused.
  static func guarded(_ tier: Tier, _ request: String, _ finding: GuardFinding) -> LogEntry {
    let times = finding.count == 1 ? "" : ", \(finding.count) times"
    let verb = finding.action == .redact ? "redacted" : "refused"
    return LogEntry(
      .notice,
      "· Guard: Tier \(tier.number): \(tier.name) "
        + "(\(finding.kind.rawValue) \(verb) in the \(finding.place.rawValue)\(times))",
      tier, request, verb, ["kind": finding.kind.rawValue, "place": finding.place.rawValue])
  }
}
