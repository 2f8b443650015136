/// Answers in memory, at most as many bytes of them as it may hold; what has not been asked for the
/// longest goes first.
struct AnswerMemory: Sendable {
  /// Bytes, with what the tables about an entry take.
  let limit: Int
  private(set) var byteCount = 0

  private struct Entry: Sendable {
    var key: CacheKey
    var answer: CachedAnswer
    var older: Int?
    var newer: Int?

    var byteCount: Int { answer.byteCount + key.bytes.count + AnswerMemory.overhead }
  }
  /// In a list from the oldest to the newest, whose places are reused.
  private var entries: [Entry?] = []
  private var free: [Int] = []
  private var places: [CacheKey: Int] = [:]
  private var oldest: Int?
  private var newest: Int?
  /// Of an entry, its place in the table, and the heads of its arrays; measured, rounded up.
  fileprivate static let overhead = 384

  init(limit: Int) { self.limit = limit }

  var count: Int { places.count }

  /// - Returns: The answer, which is the newest now.
  /// - Complexity: O(1).
  mutating func answer(for key: CacheKey) -> CachedAnswer? {
    guard let place = places[key] else { return nil }
    unlink(place)
    link(place)
    return entries[place]?.answer
  }

  /// What is larger than an eighth of the whole is not kept: it would cost too many others.
  /// - Complexity: O(1) for each entry that goes.
  mutating func keep(_ answer: CachedAnswer, for key: CacheKey) {
    remove(key)
    let entry = Entry(key: key, answer: answer)
    guard entry.byteCount <= limit / 8 else { return }
    while byteCount + entry.byteCount > limit, let oldest, let key = entries[oldest]?.key {
      remove(key)
    }
    let place = free.popLast() ?? entries.count
    if place == entries.count { entries.append(nil) }
    entries[place] = entry
    places[key] = place
    byteCount += entry.byteCount
    link(place)
  }

  mutating func remove(_ key: CacheKey) {
    guard let place = places.removeValue(forKey: key) else { return }
    unlink(place)
    byteCount -= entries[place]?.byteCount ?? 0
    entries[place] = nil
    free.append(place)
  }

  mutating func removeAll() { self = AnswerMemory(limit: limit) }

  private mutating func unlink(_ place: Int) {
    guard let entry = entries[place] else { return }
    if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
    if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
    entries[place]?.older = nil
    entries[place]?.newer = nil
  }

  /// Puts an entry that is in no list at the newest end.
  private mutating func link(_ place: Int) {
    entries[place]?.older = newest
    entries[place]?.newer = nil
    if let newest { entries[newest]?.newer = place } else { oldest = place }
    newest = place
  }
}
