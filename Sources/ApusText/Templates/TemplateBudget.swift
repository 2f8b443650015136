/// What a template may use up: everything that takes time or memory in proportion to something that
/// a template chooses is charged here, before it is done.
final class TemplateBudget {
  /// Bytes that the output, or any one string, may have.
  static let textLimit = 16 << 20
  /// Statements, loop turns and calls. Smaller work counts as a part of one step.
  static let stepLimit = 1_000_000
  /// Macros that call each other, loops that call themselves.
  static let callLimit = 128

  private static let unitsPerStep = 8
  private let steps: Int
  private var unitsLeft: Int

  init(steps: Int = stepLimit) {
    self.steps = steps
    unitsLeft = steps * Self.unitsPerStep
  }

  func step() throws(TemplateError) { try charge(Self.unitsPerStep) }

  /// One turn of a loop: what it costs beyond the statements of its body.
  func turn() throws(TemplateError) { try charge(Self.unitsPerStep * 3 / 2) }

  /// Work on so many elements, each an eighth of a step.
  func charge(_ count: Int) throws(TemplateError) {
    // A count above the whole budget must not overflow what is left.
    unitsLeft -= min(count, steps * Self.unitsPerStep + 1)
    guard unitsLeft >= 0 else {
      throw TemplateError(.templateLimit, "the template takes more than \(steps) steps")
    }
  }

  /// Work on a text of so many bytes.
  func charge(bytes count: Int) throws(TemplateError) { try charge(count / 16 + 1) }

  /// Checks a text's length before it is built, and charges what is new of it.
  func reserve(bytes count: Int, charging new: Int? = nil) throws(TemplateError) {
    guard count <= Self.textLimit else {
      throw TemplateError(
        .templateLimit, "the template builds a text of more than \(Self.textLimit) bytes")
    }
    try charge(bytes: new ?? count)
  }

  /// The same for `count` pieces of `size` bytes.
  func reserve(bytes size: Int, times count: Int) throws(TemplateError) {
    let (product, overflows) = max(size, 0).multipliedReportingOverflow(by: max(count, 0))
    try reserve(bytes: overflows ? .max : product)
  }
}

/// A text that grows within the limit.
struct BoundedText {
  private(set) var text = ""

  mutating func append(_ more: String) throws(TemplateError) {
    guard more.utf8.count <= TemplateBudget.textLimit - text.utf8.count else {
      throw TemplateError(
        .templateLimit,
        "the template builds a text of more than \(TemplateBudget.textLimit) bytes")
    }
    text += more
  }
}
