/// Marks the control tokens that a text spells, so that `Tokenizer.encode(quoted:)` reads them as
/// plain text, while those that stand around the text in a prompt are taken as control tokens.
///
/// The mark, U+FDD0, is a noncharacter: no text that is meant for others holds one. It stands
/// behind the first character of each such token, so that the token is not found there, however a
/// chat template trims the text.
public struct TextQuoter: Sendable {
  private static let mark: UInt32 = 0xFDD0
  private static let markBytes: [UInt8] = [0xEF, 0xB7, 0x90]

  /// Found in the text as it stands, and in the normalized text.
  private let controls: AddedTokens
  private let controlsNormalized: AddedTokens
  private let normalization: Normalization

  init(_ tokenizer: Tokenizer) {
    controls = tokenizer.added.controls
    controlsNormalized = tokenizer.addedNormalized.controls
    normalization = tokenizer.normalization
  }

  /// Whether a text spells a control token.
  public func isNeeded(for text: String) -> Bool {
    let bytes = Array(text.utf8)
    return controls.places(in: bytes).contains(true) || !isPlainWhenNormalized(bytes)
  }

  /// The text with its control tokens marked, and without marks of its own.
  public func quoted(_ text: String) -> String {
    let bytes = Array(Self.withoutMarks(text).utf8)
    var places = controls.places(in: bytes)
    if !controlsNormalized.isEmpty {
      for (place, begins) in controlsNormalized.places(in: bytes).enumerated() where begins {
        places[place] = true
      }
    }
    let quoted = Self.marked(bytes, at: places)
    // A token may be spelt so that only its normalized form is one.
    guard isPlainWhenNormalized(quoted) else {
      return String(
        decoding: Self.marked(bytes, at: .init(repeating: true, count: bytes.count)), as: UTF8.self)
    }
    return String(decoding: quoted, as: UTF8.self)
  }

  /// The text with U+FFFD for every mark.
  public static func withoutMarks(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value == mark }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(scalar.value == mark ? "\u{FFFD}" : scalar) }
    return String(result)
  }

  private func isPlainWhenNormalized(_ bytes: [UInt8]) -> Bool {
    guard !controlsNormalized.isEmpty else { return true }
    let (text, _) = normalization.applied(to: bytes, 0..<bytes.count, isFirst: true)
    return !controlsNormalized.places(in: text).contains(true)
  }

  /// With a mark behind each character that begins at one of the places.
  private static func marked(_ bytes: [UInt8], at places: [Bool]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 64)
    var place = 0
    while place < bytes.count {
      let width = ClassifiedText.decode(bytes, place, bytes.count).width
      result += bytes[place..<place + width]
      if places[place] { result += markBytes }
      place += width
    }
    return result
  }

  // MARK: - Encoding

  /// Whether a mark stands at a place: then the token of one character before it is quoted.
  static func isMark(at place: Int, _ bytes: [UInt8]) -> Bool {
    bytes.count - place >= markBytes.count
      && bytes[place] == markBytes[0] && bytes[place + 1] == markBytes[1]
      && bytes[place + 2] == markBytes[2]
  }

  /// `bytes[range]` without marks, and where it now lies.
  static func unquoted(_ bytes: [UInt8], _ range: Range<Int>) -> (text: [UInt8], range: Range<Int>)
  {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var place = range.lowerBound
    while place < range.upperBound {
      if isMark(at: place, bytes) {
        place += markBytes.count
      } else {
        text.append(bytes[place])
        place += 1
      }
    }
    return (text, 0..<text.count)
  }
}

extension Tokenizer {
  /// For texts of others in a prompt.
  public var quoter: TextQuoter { TextQuoter(self) }

  /// The ids of a text in which a ``quoter`` has marked what is to be read as plain text; all other
  /// control tokens are taken as such.
  public func encode(quoted text: String, addSpecial: Bool = true) -> [Int32] {
    encode(bytes: Array(text.utf8), addSpecial: addSpecial, parseSpecial: true, isQuoted: true)
  }
}
