/// Private keys in PEM (RFC 7468), also where line breaks are escaped or have become blanks.
struct PrivateKeyDetector: Detector {
  let category = Guard.Category.secret
  let kinds: [Guard.Kind] = [.privateKey]
  let firstBytes: Set<UInt8> = [UInt8(ascii: "-")]
  let beginsAtWords = false
  private static let beginning = Array("-----BEGIN ".utf8)
  private static let label = Array("PRIVATE KEY".utf8)
  private static let ending = Array("-----END ".utf8)
  private static let longestLabel = 40
  /// A key of RSA with 16,384 bits has 12.7 kB.
  private static let limit = 16_384

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    for (index, byte) in Self.beginning.enumerated() {
      guard let next = text.byte(start + index) else { return open(text) }
      if next != byte { return .none }
    }
    let name = start + Self.beginning.count
    guard let nameEnd = text.run(from: name, limit: Self.longestLabel, Self.isLabel) else {
      return .undecided
    }
    let label = text.bytes[name..<nameEnd]
    guard label.count >= Self.label.count, label.suffix(Self.label.count).elementsEqual(Self.label)
    else { return .none }
    for index in nameEnd..<nameEnd + 5 {
      guard let next = text.byte(index) else { return open(text) }
      if next != UInt8(ascii: "-") { return .none }
    }
    return body(text, from: nameEnd + 5, start)
  }

  private func open(_ text: ScanText) -> Verdict { text.isComplete ? .none : .undecided }

  private static func isLabel(_ byte: UInt8) -> Bool { byte.isUppercase || byte == 0x20 }

  /// Lines of base64, and the headers of an encrypted key.
  private func body(_ text: ScanText, from first: Int, _ start: Int) -> Verdict {
    var index = first
    var run = 0
    // The end of the last stretch that only a key has.
    var keyEnd: Int?
    while index - first < Self.limit {
      guard let byte = text.byte(index) else {
        guard text.isComplete else { return .undecided }
        break
      }
      if byte.isAlphanumeric || "+/=".utf8.contains(byte) {
        run += 1
        index += 1
        if run >= 32 { keyEnd = index }
        continue
      }
      run = 0
      if byte == UInt8(ascii: "-") {
        switch ending(text, at: index) {
        case .match(let end, _): return keyEnd == nil ? .none : .match(end: end, .privateKey)
        case .undecided: return .undecided
        case .none: break
        }
      }
      guard byte.isSpace || "\\:,-".utf8.contains(byte) else { break }
      index += 1
    }
    // Cut off: what there is of it must not stay, a last short line included.
    guard let keyEnd else { return .none }
    return .match(end: max(keyEnd, index == text.bytes.count ? index : keyEnd), .privateKey)
  }

  private func ending(_ text: ScanText, at start: Int) -> Verdict {
    for (index, byte) in Self.ending.enumerated() {
      guard let next = text.byte(start + index) else { return open(text) }
      if next != byte { return .none }
    }
    let name = start + Self.ending.count
    guard let end = text.run(from: name, limit: Self.longestLabel, Self.isLabel) else {
      return .undecided
    }
    guard let dashes = text.run(from: end, limit: 5, { $0 == UInt8(ascii: "-") }) else {
      return .undecided
    }
    return .match(end: dashes, .privateKey)
  }
}

/// JSON Web Tokens (RFC 7519): three parts in base64, the first two objects of JSON.
struct JSONWebTokenDetector: Detector {
  let category = Guard.Category.secret
  let kinds: [Guard.Kind] = [.jsonWebToken]
  let firstBytes: Set<UInt8> = [UInt8(ascii: "e")]
  private static let beginning = Array("eyJ".utf8)
  private static let limit = 8192

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    var index = start
    for part in 0..<3 {
      if part < 2 {
        for (offset, byte) in Self.beginning.enumerated() {
          guard let next = text.byte(index + offset) else {
            return text.isComplete ? .none : .undecided
          }
          if next != byte { return .none }
        }
      }
      guard let end = text.run(from: index, limit: Self.limit, \.isToken) else {
        return .undecided
      }
      if part == 2 { return end - index >= 16 ? .match(end: end, .jsonWebToken) : .none }
      guard let dot = text.byte(end) else { return text.isComplete ? .none : .undecided }
      guard end - index >= 8, dot == UInt8(ascii: ".") else { return .none }
      index = end + 1
    }
    return .none
  }
}

/// The identifiers of Azure's applications and tenants: UUIDs, which are everywhere, so only where
/// the text before them speaks of Azure.
struct ClientIdentifierDetector: Detector {
  let category = Guard.Category.secret
  let kinds: [Guard.Kind] = [.azureClientID]
  let firstBytes: Set<UInt8> = UInt8.digits.union(Array("abcdefABCDEF".utf8))
  private static let context = ["azure", "entra id", "microsoftonline"].map { Array($0.utf8) }
  private static let count = 36
  private static let dashes: Set<Int> = [8, 13, 18, 23]

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard text.byte(start - 1) != UInt8(ascii: "-") else { return .none }
    let known = min(Self.count, text.bytes.count - start)
    for index in 0..<known {
      let byte = text.bytes[start + index]
      let fits = Self.dashes.contains(index) ? byte == UInt8(ascii: "-") : byte.isHexadecimal
      if !fits { return .none }
    }
    if known < Self.count, text.isComplete { return .none }
    guard text.hasBefore(start, within: 160, Self.context) else { return .none }
    let end = start + Self.count
    guard known == Self.count, let next = text.byte(end) else {
      return known == Self.count && text.isComplete
        ? .match(end: end, .azureClientID) : .undecided
    }
    return next.isToken ? .none : .match(end: end, .azureClientID)
  }
}
