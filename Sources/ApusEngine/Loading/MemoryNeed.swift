import ApusCore
import ApusModels

/// What running a model takes, in bytes.
struct MemoryNeed: Sendable, Hashable {
  /// Weights that one token touches; they are mapped, but slow to death when they do not fit.
  var weights: Int
  var cache: Int
  var scratch: Int

  var total: Int { weights + cache + scratch }

  /// - Throws: `ApusError.Code.notEnoughMemory` with both figures.
  func check(available: Int, path: String) throws(ApusError) {
    guard total > available else { return }
    throw ApusError(
      .notEnoughMemory,
      "\(path): needs \(Self.text(total)) of memory (weights \(Self.text(weights)), cache "
        + "\(Self.text(cache)), working memory \(Self.text(scratch))), but "
        + "\(Self.text(available)) are available; free some, or take a smaller model or a "
        + "shorter context")
  }

  static func text(_ bytes: Int) -> String {
    if bytes < 10 << 20 { return "\(bytes >> 10) KiB" }
    return "\(bytes >> 20) MiB"
  }
}
