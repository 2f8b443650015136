/// In which steps a prompt is read, and how much of it a cache already holds.
///
/// Steps of few tokens take other kernels than steps of many, and those round differently. So that
/// a text does not depend on what was asked before, a prompt is cut so that each of its tokens is
/// read by the same kernels as in an empty cache, and only tokens read that way are kept.
struct PromptPlan: Sendable, Hashable {
  /// Tokens that are taken from the cache.
  let known: Int
  /// Where each step ends.
  let ends: [Int]
  /// Whether the cache may be used again once the prompt has been read.
  let isReusable: Bool

  /// Not below any kernel's `tileMinimum`.
  static let manyTokens = 32

  /// - Parameters:
  ///   - count: tokens of the prompt, at least 1.
  ///   - common: how many of them, from the first on, the cache holds.
  ///   - batch: tokens of a step at most.
  init(count: Int, common: Int, batch: Int) {
    isReusable = count >= Self.manyTokens && batch >= 2 * Self.manyTokens
    known = isReusable ? min(common, count - Self.manyTokens) : 0
    // Steps of even size, so that none is of few tokens.
    let rest = count - known
    let steps = (rest + batch - 1) / batch
    let known = known
    ends = (1...steps).map { known + rest * $0 / steps }
  }
}
