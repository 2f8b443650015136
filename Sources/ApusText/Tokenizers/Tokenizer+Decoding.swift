extension Tokenizer {
  /// The bytes that a token stands for; none for an id that does not exist.
  /// - Parameter skipSpecial: Whether control and unknown tokens stand for nothing.
  public func bytes(of id: Int32, skipSpecial: Bool = false) -> [UInt8] {
    let piece = vocabulary.piece(id)
    switch vocabulary.kind(id) {
    case .control, .unknown: return skipSpecial ? [] : Array(piece)
    case .byte: return Self.byte(ofToken: piece).map { [$0] } ?? Array(piece)
    case .userDefined where isByteLevel: return Array(piece)
    default: return marksSpaces ? Self.spaced(vocabulary.bytes(id)[...]) : vocabulary.bytes(id)
    }
  }

  /// The text of the ids. Where the model puts a space in front of every text, it is taken off
  /// again; bytes that are no UTF-8 become U+FFFD.
  public func decode(_ ids: [Int32], skipSpecial: Bool = false) -> String {
    var result: [UInt8] = []
    var isFirst = dropsFirstSpace
    for id in ids {
      var piece = bytes(of: id, skipSpecial: skipSpecial)
      if isFirst, !piece.isEmpty {
        isFirst = false
        if piece.first == 0x20 { piece.removeFirst() }
      }
      result += piece
    }
    return String(decoding: result, as: UTF8.self)
  }

  private var marksSpaces: Bool { normalization.marksSpaces || wordNormalization.marksSpaces }

  /// Whether a text begins with a space that encoding has put there.
  fileprivate var dropsFirstSpace: Bool {
    marksSpaces && (normalization.prefix != .never || wordNormalization.prefix != .never)
  }

  /// `▁` back to a space.
  private static func spaced(_ piece: ArraySlice<UInt8>) -> [UInt8] {
    guard piece.contains(0xE2) else { return Array(piece) }
    var result: [UInt8] = []
    var place = piece.startIndex
    while place < piece.endIndex {
      if piece[place...].starts(with: [0xE2, 0x96, 0x81]) {
        result.append(0x20)
        place += 3
      } else {
        result.append(piece[place])
        place += 1
      }
    }
    return result
  }

  /// The byte of `<0x00>` to `<0xFF>`.
  static func byte(ofToken piece: ArraySlice<UInt8>) -> UInt8? {
    let text = Array(piece)
    guard text.count == 6, text.starts(with: Array("<0x".utf8)), text[5] == UInt8(ascii: ">"),
      text[3] != UInt8(ascii: "+"), text[3] != UInt8(ascii: "-")
    else { return nil }
    return UInt8(String(decoding: text[3..<5], as: UTF8.self), radix: 16)
  }
}

/// Text from ids that come one by one. No character is ever broken: bytes wait until the rest of
/// their character is there.
public struct StreamDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipSpecial: Bool
  private var pending: [UInt8] = []
  private var dropsSpace: Bool

  /// - Parameter isStart: Whether the ids begin a text, so that the space that the model puts in
  ///   front of every text is taken off; not so for the continuation of a prompt.
  public init(_ tokenizer: Tokenizer, skipSpecial: Bool = true, isStart: Bool = false) {
    self.tokenizer = tokenizer
    self.skipSpecial = skipSpecial
    dropsSpace = isStart && tokenizer.dropsFirstSpace
  }

  /// The characters that are complete now.
  public mutating func append(_ id: Int32) -> String {
    var piece = tokenizer.bytes(of: id, skipSpecial: skipSpecial)
    if dropsSpace, !piece.isEmpty {
      dropsSpace = false
      if piece.first == 0x20 { piece.removeFirst() }
    }
    pending += piece
    let complete = pending.count - Self.openBytes(pending)
    guard complete > 0 else { return "" }
    defer { pending.removeFirst(complete) }
    return String(decoding: pending[..<complete], as: UTF8.self)
  }

  /// What is left when no more ids come; U+FFFD for half a character.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end begin a character that is not complete.
  private static func openBytes(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let width =
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
      return width > back ? back : 0
    }
    return 0
  }
}
