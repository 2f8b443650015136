/// Where answers are kept beyond the process: what memory does not have is looked for here.
public protocol CacheStore: Sendable {
  /// - Returns: What is kept, however old; `nil` where nothing is.
  func answer(for key: CacheKey) async throws -> CachedAnswer?

  /// Keeps an answer in the place of an older one, and throws out what has not been asked for the
  /// longest where room is needed.
  func keep(_ answer: CachedAnswer, for key: CacheKey) async throws
}

/// Where the digests of model files are kept, which take seconds to compute.
public protocol DigestStore: Sendable {
  /// - Parameter state: Of the files, as `ModelIdentity.state` has it.
  func digest(for state: String) throws -> String?
  func keep(_ digest: String, for state: String) async throws
}
