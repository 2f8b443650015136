/// The ids of words, one after another. What it keeps between them, buffers and the words that came
/// before, makes it fast; no word depends on another.
struct WordEncoder: Sendable {
  /// What a vocabulary does with words.
  struct Rules: Sendable {
    var merging: MergeRule
    /// A word that is one piece is taken whole, whatever the merges say.
    var takesWholeWords = false
    /// Several unknown characters in a row are one unknown token.
    var fusesUnknown = false
    /// Whether words begin as bytes, not as characters.
    var isByteLevel = false
    /// The id of each byte's piece or `<0xNN>` token, -1 where there is none.
    var byteIDs: [Int32]
    var unknownID: Int32?
  }

  private let rules: Rules
  private let vocabulary: Vocabulary
  private var cache = WordCache()
  private var merger: PieceMerger
  private var spelling: [UInt8] = []

  init(_ vocabulary: Vocabulary, _ rules: Rules) {
    self.vocabulary = vocabulary
    self.rules = rules
    merger = PieceMerger(vocabulary, rules.merging)
  }

  /// Appends the ids of the word `text[start..<end]`, which is at least one byte long.
  @inline(__always)
  mutating func append(_ text: [UInt8], _ start: Int, _ end: Int, to ids: inout [Int32]) {
    let key = WordCache.Key(text, start, end)
    if !cache.append(key, text, to: &ids) { appendNew(key, text, start, end, to: &ids) }
  }

  private mutating func appendNew(
    _ key: WordCache.Key, _ text: [UInt8], _ start: Int, _ end: Int, to ids: inout [Int32]
  ) {
    let first = ids.count
    encode(text, start, end, to: &ids)
    cache.insert(key, text, ids[first...])
  }

  private mutating func encode(
    _ text: [UInt8], _ start: Int, _ end: Int, to ids: inout [Int32]
  ) {
    let whole =
      rules.isByteLevel && end - start == 1
      ? rules.byteIDs[Int(text[start])] : rules.takesWholeWords ? piece(text, start, end) : -1
    if whole >= 0 {
      ids.append(whole)
      return
    }
    merger.begin(start)
    if rules.isByteLevel {
      for place in start..<end { merger.append(rules.byteIDs[Int(text[place])], 1) }
    } else {
      var place = start
      while place < end {
        let width = ClassifiedText.decode(text, place, end).width
        merger.append(vocabulary.find(text, place, place + width), width)
        place += width
      }
    }
    var afterUnknown = false
    let rules = rules
    merger.merge(text) { id, range in
      if id >= 0 {
        ids.append(id)
        afterUnknown = false
        return
      }
      // What the vocabulary lacks: the tokens of its bytes, else the unknown token, else nothing.
      if !rules.isByteLevel, range.allSatisfy({ rules.byteIDs[Int(text[$0])] >= 0 }) {
        for place in range { ids.append(rules.byteIDs[Int(text[place])]) }
        afterUnknown = false
      } else if let unknownID = rules.unknownID {
        if !afterUnknown || !rules.fusesUnknown { ids.append(unknownID) }
        afterUnknown = true
      }
    }
  }

  /// The id of a whole word, or -1.
  private mutating func piece(_ text: [UInt8], _ start: Int, _ end: Int) -> Int32 {
    guard vocabulary.spelling == .byteAlphabet else { return vocabulary.find(text, start, end) }
    // No shorter than the bytes.
    guard end - start <= vocabulary.longest else { return -1 }
    spelling.removeAll(keepingCapacity: true)
    ByteAlphabet.append(text, start..<end, to: &spelling)
    return vocabulary.find(spelling, 0, spelling.count)
  }
}
