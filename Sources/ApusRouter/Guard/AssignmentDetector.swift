import ApusRemote

/// What stands behind the name of a secret (`api_key = "…"`, `"token": "…"`, `Bearer …`) and looks
/// drawn by lot. Most providers' keys have no beginning of their own: these are known by the names of
/// their environment variables.
struct AssignmentDetector: Detector {
  let category = Guard.Category.secret
  let kinds: [Guard.Kind]
  let firstBytes: Set<UInt8> = UInt8.letters.union(UInt8.digits)
  private static let shortest = 16
  private static let limit = 512
  private static let longestName = 64
  /// By name: whose key it is.
  private static let owners: [String: Guard.Kind] = {
    var owners: [String: Guard.Kind] = [:]
    for row in Provider.all {
      for name in row.variableNames where isSecret(name) || row.keyNames.contains(name) {
        if owners[name] == nil { owners[name] = row.secretKind }
      }
    }
    return owners
  }()

  init() { kinds = [.secret] + Set(Self.owners.values) }

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard let kind = owner(text, start) else { return .none }
    guard var end = text.run(from: start, limit: Self.limit + 1, Self.isValue) else {
      return .undecided
    }
    guard end - start <= Self.limit else { return .none }
    // The end of a sentence, not of the value.
    while end > start, text.bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    guard end - start >= Self.shortest,
      Randomness.isRandom(text.bytes[start..<end], shortest: 12) || isIdentifier(text, start, end)
    else { return .none }
    return .match(end: end, kind)
  }

  private static func isValue(_ byte: UInt8) -> Bool {
    byte.isToken || "+/=.~".utf8.contains(byte)
  }

  /// A UUID: as a key, some providers give nothing else.
  private func isIdentifier(_ text: ScanText, _ start: Int, _ end: Int) -> Bool {
    guard end - start == 36 else { return false }
    let parts = text.bytes[start..<end].split(separator: UInt8(ascii: "-"))
    return parts.map(\.count) == [8, 4, 4, 4, 12]
      && parts.allSatisfy { $0.allSatisfy(\.isHexadecimal) }
  }

  // MARK: The name before it

  private func owner(_ text: ScanText, _ start: Int) -> Guard.Kind? {
    var index = start - 1
    func skip(_ limit: Int, _ isIn: (UInt8) -> Bool) {
      var count = 0
      while count < limit, let byte = text.byte(index), isIn(byte) {
        index -= 1
        count += 1
      }
    }
    // A value in base64 may begin with these.
    skip(2) { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
    skip(3) { $0.isQuote }
    let blanksFrom = index
    skip(4) { $0.isBlank }
    let hasBlank = index < blanksFrom
    guard let separator = text.byte(index) else { return nil }
    switch separator {
    case UInt8(ascii: "="), UInt8(ascii: ":"):
      skip(2) { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
    case UInt8(ascii: ">"):
      index -= 1
      skip(1) { $0 == UInt8(ascii: "=") }
    default:
      guard hasBlank else { return nil }
      return namedByWord(text, index)
    }
    skip(4) { $0.isBlank }
    // `environ["NAME"] =` too.
    skip(3) { $0.isQuote || $0 == UInt8(ascii: "]") }
    return name(text, endingAt: index).flatMap { kind(of: $0) }
  }

  /// `Bearer …`, `--api-key …`, `the key is …`.
  private func namedByWord(_ text: ScanText, _ last: Int) -> Guard.Kind? {
    guard let word = name(text, endingAt: last) else { return nil }
    switch word.lowercased() {
    case "bearer", "basic": return .secret
    case "is":
      var index = last - 2
      while let byte = text.byte(index), byte.isBlank, last - index < 6 { index -= 1 }
      return name(text, endingAt: index).flatMap { kind(of: $0) }
    default: return word.hasPrefix("--") ? kind(of: word) : nil
    }
  }

  private func name(_ text: ScanText, endingAt last: Int) -> String? {
    var first = last + 1
    while last - first < Self.longestName, let byte = text.byte(first - 1),
      byte.isToken || byte == UInt8(ascii: ".")
    {
      first -= 1
    }
    guard first <= last else { return nil }
    return String(decoding: text.bytes[first...last], as: UTF8.self)
  }

  private func kind(of name: String) -> Guard.Kind? {
    if let owner = Self.owners[name] { return owner }
    return Self.isSecret(name) ? .secret : nil
  }

  private static let endings = [
    "key", "token", "secret", "password", "passwd", "pwd", "passphrase", "credential",
    "credentials", "auth", "authorization", "bearer",
  ].map { Array($0.utf8) }

  /// Names of things that end in a secret's name and are none.
  private static let harmless = [
    "publickey", "primarykey", "foreignkey", "cachekey", "sortkey", "partitionkey", "rowkey",
    "hashkey", "idempotencykey", "objectkey", "dedupkey", "lookupkey", "indexkey", "pagetoken",
    "nexttoken", "continuationtoken", "synctoken", "monkey", "turkey", "donkey", "hotkey",
    "whiskey",
  ].map { Array($0.utf8) }

  static func isSecret(_ name: String) -> Bool {
    let letters = name.utf8.filter(\.isLetter).map(\.lowercased)
    func ends(_ word: [UInt8]) -> Bool {
      letters.count >= word.count && letters.suffix(word.count).elementsEqual(word)
    }
    return endings.contains(where: ends) && !harmless.contains(where: ends)
  }
}
