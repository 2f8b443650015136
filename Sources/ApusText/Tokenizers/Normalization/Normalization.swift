/// How a text is spelt before it is cut into pieces.
struct Normalization: Sendable {
  /// Where the mark of a space stands in for a missing first one.
  enum SpacePrefix: Sendable {
    case never
    /// In front of the whole text.
    case first
    /// In front of the text and of what follows each added token.
    case always
  }

  var prefix = SpacePrefix.never
  /// No second mark where the text begins with one.
  var prefixesOnce = false
  /// `▁` for a space.
  var marksSpaces = false
  /// Unicode's composed form.
  var composes = false

  /// The text `bytes[range]` in this spelling, and where it now lies; what needs no change is not
  /// copied.
  func applied(
    to bytes: [UInt8], _ range: Range<Int>, isFirst: Bool
  ) -> (text: [UInt8], range: Range<Int>) {
    guard composes || marksSpaces || prefix != .never else { return (bytes, range) }
    var text = Array(bytes[range])
    if composes { text = ComposedText.composed(text) }
    guard marksSpaces || prefix != .never else { return (text, 0..<text.count) }
    let mark: [UInt8] = marksSpaces ? [0xE2, 0x96, 0x81] : [0x20]
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 2 + 3)
    let wantsPrefix =
      switch prefix {
      case .never: false
      case .first: isFirst
      case .always: true
      }
    let hasPrefix = text.first == 0x20 || text.starts(with: mark)
    if wantsPrefix, !(prefixesOnce && hasPrefix) { result += mark }
    for byte in text {
      if byte == 0x20 { result += mark } else { result.append(byte) }
    }
    return (result, 0..<result.count)
  }
}
