/// Unicode's canonical composition (NFC), which some tokenizers ask for
/// (https://www.unicode.org/reports/tr15/). Bytes that are no UTF-8 stay as they are.
struct ComposedText {
  private struct Part {
    var scalar: UInt32
    /// The canonical combining class; 0 for what stands by itself, a starter.
    var order: UInt8
  }

  /// ASCII is composed as it stands, and most text is ASCII.
  static func composed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 >= 0x80 }) else { return bytes }
    var text = ComposedText()
    text.result.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      let (scalar, width) = ClassifiedText.decode(bytes, place, bytes.count)
      if scalar == .max {
        text.flush()
        text.result.append(bytes[place])
      } else {
        text.append(scalar)
      }
      place += width
    }
    text.flush()
    return text.result
  }

  private var result: [UInt8] = []
  /// A starter and the marks behind it, decomposed.
  private var pending: [Part] = []

  private mutating func append(_ scalar: UInt32) {
    // Below À nothing combines with what is before it, and nothing has parts.
    if scalar < 0xC0 {
      flush()
      pending.append(Part(scalar: scalar, order: 0))
      return
    }
    if let syllable = Hangul.parts(scalar) {
      for part in syllable { append(part: part) }
      return
    }
    // The first part may have parts of its own; the second never has.
    var tail: [UInt32] = []
    var first = scalar
    while let parts = Self.decompositions[first] {
      first = parts.first
      if parts.second != 0 { tail.append(parts.second) }
    }
    append(part: first)
    for part in tail.reversed() { append(part: part) }
  }

  private mutating func append(part scalar: UInt32) {
    let order = Unicode.Scalar(scalar)?.properties.canonicalCombiningClass.rawValue ?? 0
    if order == 0, !pending.isEmpty {
      compose()
      // A starter can compose with one that stands right before it.
      if pending.count == 1, pending[0].order == 0,
        let whole = Self.whole(pending[0].scalar, scalar)
      {
        pending[0].scalar = whole
        return
      }
      write()
    }
    pending.append(Part(scalar: scalar, order: order))
  }

  /// Orders the marks and lets the starter take what it can.
  private mutating func compose() {
    guard pending.count > 1 else { return }
    let hasStarter = pending[0].order == 0
    let first = hasStarter ? 1 : 0
    // Marks of one class keep their order.
    let ordered = pending[first...].enumerated().sorted {
      ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
    }
    pending.replaceSubrange(first..., with: ordered.map(\.element))
    guard hasStarter else { return }
    var kept: [Part] = [pending[0]]
    for mark in pending.dropFirst() {
      // One of the same class between the two blocks it.
      let isFree = kept.count == 1 || kept[kept.count - 1].order < mark.order
      if isFree, let whole = Self.whole(kept[0].scalar, mark.scalar) {
        kept[0].scalar = whole
      } else {
        kept.append(mark)
      }
    }
    pending = kept
  }

  private mutating func write() {
    for part in pending {
      if let scalar = Unicode.Scalar(part.scalar) { result += String(scalar).utf8 }
    }
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func flush() {
    compose()
    write()
  }

  // MARK: - Tables

  private static let decompositions: [UInt32: (first: UInt32, second: UInt32)] = {
    var result: [UInt32: (first: UInt32, second: UInt32)] = [:]
    for table in [CompositionTable.pairs, CompositionTable.parted] {
      for index in stride(from: 0, to: table.count - 2, by: 3) {
        result[table[index]] = (table[index + 1], table[index + 2])
      }
    }
    let singles = CompositionTable.singles
    for index in stride(from: 0, to: singles.count - 1, by: 2) {
      result[singles[index]] = (singles[index + 1], 0)
    }
    return result
  }()

  private static let compositions: [UInt64: UInt32] = {
    let table = CompositionTable.pairs
    var result: [UInt64: UInt32] = [:]
    for index in stride(from: 0, to: table.count - 2, by: 3) {
      result[UInt64(table[index + 1]) << 32 | UInt64(table[index + 2])] = table[index]
    }
    return result
  }()

  private static func whole(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if second < 0x300 { return nil }
    return Hangul.whole(first, second) ?? compositions[UInt64(first) << 32 | UInt64(second)]
  }
}
