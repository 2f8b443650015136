/// Text as far as it is known: detectors read it byte by byte.
struct ScanText: Sendable {
  var bytes: [UInt8] = []
  /// Whether nothing comes after ``bytes``.
  var isComplete = false

  /// How far back a detector may look. What comes out must not depend on how a stream is cut, so
  /// nothing may depend on more than is kept.
  static let memory = 256

  func byte(_ index: Int) -> UInt8? { index >= 0 && index < bytes.count ? bytes[index] : nil }

  /// The end of the bytes from `start` that `isIn` takes, `limit` at most.
  /// - Returns: `nil` where more of them may come.
  func run(from start: Int, limit: Int, _ isIn: (UInt8) -> Bool) -> Int? {
    var end = start
    let last = min(bytes.count, start + limit)
    while end < last, isIn(bytes[end]) { end += 1 }
    return end == bytes.count && end - start < limit && !isComplete ? nil : end
  }

  /// Whether a word can begin at `index`: after anything but a letter, a digit or `_`, or after an
  /// escape of JSON (`\n`, `\u003d`) or of an address (`%3D`), which end in letters.
  func beginsWord(_ index: Int) -> Bool {
    guard let before = byte(index - 1), before.isWord else { return true }
    switch byte(index - 2) {
    case UInt8(ascii: "\\"): return "nrtbf".utf8.contains(before)
    default: break
    }
    if byte(index - 3) == UInt8(ascii: "%") {
      return before.isHexadecimal && byte(index - 2)?.isHexadecimal == true
    }
    return byte(index - 6) == UInt8(ascii: "\\") && byte(index - 5) == UInt8(ascii: "u")
      && (index - 4..<index).allSatisfy { byte($0)?.isHexadecimal == true }
  }

  /// Whether `words` (in lower case) stand somewhere in the `count` bytes before `index`.
  func hasBefore(_ index: Int, within count: Int, _ words: [[UInt8]]) -> Bool {
    let start = max(0, index - min(count, Self.memory))
    for place in start..<index {
      let first = bytes[place].lowercased
      for word in words where first == word[0] && place + word.count <= index {
        if word.indices.allSatisfy({ bytes[place + $0].lowercased == word[$0] }) { return true }
      }
    }
    return false
  }
}

/// What a detector says of a place in a text. Once it is not `undecided`, nothing that comes later
/// may change it.
enum Verdict: Sendable, Hashable {
  case none
  /// What comes next decides.
  case undecided
  case match(end: Int, Guard.Kind)
}

/// Finds things of one form that begin at a given place.
protocol Detector: Sendable {
  var category: Guard.Category { get }
  /// The kinds that it may find.
  var kinds: [Guard.Kind] { get }
  /// The bytes with which they may begin.
  var firstBytes: Set<UInt8> { get }
  /// Whether they begin where a word may begin, and nowhere else.
  var beginsAtWords: Bool { get }
  func verdict(_ text: ScanText, at start: Int) -> Verdict
}

extension Detector {
  var beginsAtWords: Bool { true }
}

/// Detectors, sorted by the bytes that they wait for.
struct DetectorSet: Sendable {
  let detectors: [any Detector]
  /// By byte: the detectors that may begin there, in order; where a word may begin, and elsewhere.
  private let atWords: [[Int]]
  private let inWords: [[Int]]

  init(_ detectors: [any Detector]) {
    self.detectors = detectors
    func waiting(_ isWanted: (any Detector) -> Bool) -> [[Int]] {
      (0...255).map { byte in
        detectors.indices.filter {
          isWanted(detectors[$0]) && detectors[$0].firstBytes.contains(UInt8(byte))
        }
      }
    }
    atWords = waiting { _ in true }
    inWords = waiting { !$0.beginsAtWords }
  }

  var isEmpty: Bool { detectors.isEmpty }

  /// The first detector that finds something decides.
  func verdict(_ text: ScanText, at start: Int) -> (Verdict, Guard.Category) {
    let byte = Int(text.bytes[start])
    if atWords[byte].isEmpty { return (.none, .secret) }
    for index in text.beginsWord(start) ? atWords[byte] : inWords[byte] {
      let verdict = detectors[index].verdict(text, at: start)
      if verdict != .none { return (verdict, detectors[index].category) }
    }
    return (.none, .secret)
  }
}

/// Goes through a text that comes in pieces. What comes out is the same however it is cut: a piece
/// is held back only while it may be the beginning of a match.
struct GuardScan: Sendable {
  enum Part: Sendable, Hashable {
    case plain(String)
    /// - Parameter offset: Bytes of the text before it.
    case found(Guard.Kind, Guard.Category, text: String, offset: Int)
  }

  private let set: DetectorSet
  private var text = ScanText()
  /// The first byte of ``text`` of which nothing is known yet.
  private var position = 0
  /// Bytes that are gone from the front of ``text``.
  private var dropped = 0

  /// - Parameter context: What stands before the text, and is no part of it.
  init(_ set: DetectorSet, after context: String = "") {
    self.set = set
    text.bytes = Array(context.utf8)
    position = text.bytes.count
    dropped = -position
  }

  /// Whether something is held back.
  var isHolding: Bool { position < text.bytes.count }

  mutating func read(_ piece: String, isLast: Bool = false) -> [Part] {
    if set.isEmpty { return piece.isEmpty ? [] : [.plain(piece)] }
    text.bytes += piece.utf8
    text.isComplete = isLast
    var parts: [Part] = []
    var plain = position
    func take(_ end: Int) {
      guard end > plain else { return }
      parts.append(.plain(String(decoding: text.bytes[plain..<end], as: UTF8.self)))
    }
    scan: while position < text.bytes.count {
      let (verdict, category) = set.verdict(text, at: position)
      switch verdict {
      case .none: position += 1
      case .undecided: break scan
      case .match(let end, let kind):
        take(position)
        let found = String(decoding: text.bytes[position..<end], as: UTF8.self)
        parts.append(.found(kind, category, text: found, offset: dropped + position))
        position = end
        plain = end
      }
    }
    take(position)
    if position > 16 * ScanText.memory {
      let count = position - ScanText.memory
      text.bytes.removeFirst(count)
      dropped += count
      position -= count
    }
    return parts
  }

  /// All of a text at once.
  static func parts(of text: String, after context: String = "", _ set: DetectorSet) -> [Part] {
    var scan = GuardScan(set, after: context)
    return scan.read(text, isLast: true)
  }
}
