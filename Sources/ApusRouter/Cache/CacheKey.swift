import ApusCore
import ApusJSON
import ApusRemote

/// What tells one request's answer from another's: a digest of everything that can change it.
///
/// The prompt with every member of its messages, the tools, every option, the beginning of the
/// answer, whom it is for, which model it names, the policy, and the tiers in their order with their
/// models: local ones by what their files hold. Not the deadline, and not which keys a tier has. Members of JSON objects keep their
/// order: a chat template may print them.
public struct CacheKey: Sendable, Hashable {
  public let bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// - Parameter tiers: What each tier is, in order, and in which way one is chosen.
  init(_ request: Request, tiers: [String]) {
    var form = CanonicalForm()
    form.add(Self.version)
    form.add(tiers.count)
    for tier in tiers { form.add(tier) }
    form.add(request)
    // Without the trait Remote there is no digest; then the form is the key, which is as exact.
    let digest = Digest.sha256(form.bytes)
    bytes = digest.isEmpty ? form.bytes : digest
  }

  /// Raised whenever the form changes, or what stands behind it: what older versions have kept is
  /// not found any more.
  private static let version = 1
}

/// Values one behind another, such that different values never give the same bytes: what has no fixed
/// length says how long it is.
private struct CanonicalForm {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  mutating func add(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  mutating func add(_ text: String) {
    add(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func add<Value>(
    _ value: Value?, _ write: (inout CanonicalForm, Value) -> Void
  ) {
    bytes.append(value == nil ? 0 : 1)
    if let value { write(&self, value) }
  }

  mutating func add(_ request: Request) {
    switch request.prompt {
    case .text(let text):
      bytes.append(0)
      add(text)
    case .messages(let messages):
      bytes.append(1)
      add(messages.count)
      for message in messages {
        add(message.role.rawValue)
        add(message.content)
        add(JSON.object(message.extra).serialized())
      }
    }
    add(request.tools.count)
    for tool in request.tools { add(tool.serialized()) }
    add(request.answerSoFar) { $0.add($1) }
    add(request.options)
    add(request.route.caller)
    add(request.route.model) { $0.add($1) }
    add(request.route.fallbacks.count)
    for name in request.route.fallbacks { add(name) }
    add(request.route.requires.count)
    for feature in request.route.requires.map(\.rawValue).sorted() { add(feature) }
    add(request.route.task) { $0.add($1.rawValue) }
    add(request.route.continuation == .local ? 1 : 0)
  }

  private mutating func add(_ options: GenerationOptions) {
    let floats = [
      options.temperature, options.topP, options.minP, options.repeatPenalty,
      options.presencePenalty, options.frequencyPenalty,
    ]
    for value in floats { add(value) { $0.add(UInt64($1.bitPattern)) } }
    add(options.topK) { $0.add($1) }
    add(options.maxTokens) { $0.add($1) }
    add(options.seed) { $0.add($1) }
    add(options.stop.count)
    for text in options.stop { add(text) }
  }
}
