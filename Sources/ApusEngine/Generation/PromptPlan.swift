/// In which steps a prompt is read, and how much of it a cache already holds.
///
/// A text must not depend on what was asked before. Where a token's result does not depend on how many
/// others its step has, every token of a cache may be used again. Where BLAS takes part it does: then a
/// prompt is cut so that none of its steps is of few tokens, and only tokens read that way are kept.
struct PromptPlan: Sendable, Hashable {
  /// Tokens that are taken from the cache.
  let known: Int
  /// Where each step ends.
  let ends: [Int]
  /// Whether the cache may be used again once the prompt has been read.
  let isReusable: Bool

  /// What many tokens are where steps are not uniform.
  static let manyTokens = 32

  /// - Parameters:
  ///   - count: tokens of the prompt, at least 1.
  ///   - common: how many of them, from the first on, the cache holds.
  ///   - batch: tokens of a step at most.
  ///   - isUniform: see `Compute.isUniform`.
  init(count: Int, common: Int, batch: Int, isUniform: Bool) {
    // The last token is read in any case: for its logits.
    let least = isUniform ? 1 : Self.manyTokens
    isReusable = isUniform || count >= least && batch >= 2 * least
    known = isReusable ? min(common, count - least) : 0
    // Steps of even size, so that none is of few tokens.
    let rest = count - known
    let steps = (rest + batch - 1) / batch
    let known = known
    ends = (1...steps).map { known + rest * $0 / steps }
  }
}
