@_spi(_Unicode) import Swift

/// Unicode's canonical composition (NFC), which some tokenizers ask for.
enum ComposedText {
  /// ASCII is composed as it stands, and most text is ASCII.
  static func composed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 >= 0x80 }), let text = String(validating: bytes, as: UTF8.self)
    else { return bytes }
    var scalars = String.UnicodeScalarView()
    for scalar in text._nfc { scalars.append(scalar) }
    return Array(String(scalars).utf8)
  }
}
