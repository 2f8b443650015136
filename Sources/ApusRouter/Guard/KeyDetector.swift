import ApusRemote

/// A key that is known by how it begins.
struct KeyForm: Sendable, Hashable {
  enum Alphabet: Sendable, Hashable {
    case token
    case letters
    case capitals
    /// base64 as mail knows it.
    case base64
  }

  var kind: Guard.Kind
  var prefix: [UInt8]
  /// In characters, the prefix included.
  var length: ClosedRange<Int>
  var alphabet = Alphabet.token
  /// Whether the rest must look drawn by lot, for the beginning alone is an ordinary word's too.
  var isRandom = true

  func isIn(_ byte: UInt8) -> Bool {
    switch alphabet {
    case .token: byte.isToken
    case .letters: byte.isWord
    case .capitals: byte.isUppercase || byte.isDigit
    case .base64: byte.isAlphanumeric || "+/=".utf8.contains(byte)
    }
  }

  /// Of all providers whose rows say how keys begin; where several begin alike, the first row's
  /// name stands for all.
  static let ofProviders: [KeyForm] = {
    var forms: [KeyForm] = []
    for row in Provider.all {
      guard let pattern = row.keyPattern else { continue }
      for prefix in pattern.prefixes.map({ Array($0.utf8) }) {
        if let index = forms.firstIndex(where: { $0.prefix == prefix }) {
          let known = forms[index].length
          forms[index].length =
            min(
              known.lowerBound, pattern.length.lowerBound)...max(
              known.upperBound, pattern.length.upperBound)
        } else {
          forms.append(
            KeyForm(kind: row.secretKind, prefix: prefix, length: pattern.length))
        }
      }
    }
    return forms
  }()

  /// Of others, as their documentation shows them.
  static let ofOthers: [KeyForm] = {
    func form(
      _ kind: Guard.Kind, _ prefixes: String, _ length: ClosedRange<Int>,
      _ alphabet: Alphabet = .token, isRandom: Bool = true
    ) -> [KeyForm] {
      prefixes.split(separator: " ").map {
        KeyForm(
          kind: kind, prefix: Array($0.utf8), length: length, alphabet: alphabet,
          isRandom: isRandom)
      }
    }
    return form("aws-access-key", "AKIA ASIA", 20...20, .capitals, isRandom: false)
      + form("bedrock-key", "ABSK", 100...400, .base64)
      + form("google-token", "ya29.", 30...2048)
      + form("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", 40...255, .letters)
      + form("github-token", "github_pat_", 82...255, .letters)
      + form("slack-token", "xoxb- xoxa- xoxp- xoxr- xoxs- xoxe- xapp-", 20...400)
      + form("gitlab-token", "glpat-", 26...64)
      + form("stripe-key", "sk_live_ rk_live_ sk_test_ rk_test_", 24...255, .letters)
      + form("npm-token", "npm_", 40...40, .letters)
  }()
}

extension Provider {
  var secretKind: Guard.Kind { Guard.Kind(rawValue: "\(type)-key") }
}

/// Finds keys by how they begin.
struct KeyDetector: Detector {
  let category = Guard.Category.secret
  let kinds: [Guard.Kind]
  let firstBytes: Set<UInt8>
  /// The longest beginnings first: `sk-ant-` before `sk-`.
  private let forms: [UInt8: [KeyForm]]

  init(_ forms: [KeyForm] = KeyForm.ofProviders + KeyForm.ofOthers) {
    kinds = Array(Set(forms.map(\.kind)))
    firstBytes = Set(forms.compactMap(\.prefix.first))
    self.forms = Dictionary(grouping: forms) { $0.prefix[0] }
      .mapValues { $0.sorted { $0.prefix.count > $1.prefix.count } }
  }

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard let forms = forms[text.bytes[start]] else { return .none }
    for form in forms {
      switch prefix(form, text, start) {
      case nil: return .undecided
      case false?: continue
      case true?: return rest(form, text, start)
      }
    }
    return .none
  }

  /// - Returns: `nil` where the text ends in the middle of it.
  private func prefix(_ form: KeyForm, _ text: ScanText, _ start: Int) -> Bool? {
    for (index, byte) in form.prefix.enumerated() {
      guard let next = text.byte(start + index) else { return text.isComplete ? false : nil }
      if next != byte { return false }
    }
    return true
  }

  private func rest(_ form: KeyForm, _ text: ScanText, _ start: Int) -> Verdict {
    let body = start + form.prefix.count
    let limit = form.length.upperBound - form.prefix.count + 1
    guard let end = text.run(from: body, limit: limit, form.isIn) else { return .undecided }
    guard form.length.contains(end - start),
      !form.isRandom || Randomness.isRandom(text.bytes[body..<end], shortest: 12)
    else { return .none }
    return .match(end: end, form.kind)
  }
}
