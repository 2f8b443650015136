/// What a template may use up: everything that takes time or memory in proportion to something that
/// a template chooses is charged here, before it is done.
///
/// Time is counted in eighths of a step, each 10 to 20 ns of a slow core, so that half a million
/// steps end within a tenth of a second whatever they are spent on. A long conversation brings steps
/// of its own, as many as it takes to go through it some times. Memory is never given back: what a
/// template has built in all is what it may hold at once.
final class TemplateBudget {
  /// Bytes that the output, or any one string, may have.
  static let textLimit = 16 << 20
  /// Bytes that all strings and lists may have that a template builds, those it drops included.
  static let memoryLimit = 24 << 20
  static let stepLimit = 500_000
  /// With those that a conversation brings.
  static let mostSteps = 4_000_000
  /// Macros that call each other, loops that call themselves.
  static let callLimit = 128

  private static let unitsPerStep = 8
  private static let bytesPerElement = 32
  private static let stepsPerValue = 100
  private static let stepsPerByte = 2
  private var steps: Int
  private var unitsLeft: Int
  private var bytesLeft = memoryLimit

  init(steps: Int = stepLimit) {
    self.steps = steps
    unitsLeft = steps * Self.unitsPerStep
  }

  // MARK: - Time

  /// More steps, for what a conversation has to be gone through.
  func grant(for value: TemplateValue) {
    grant(steps: Self.stepsPerValue)
    switch value {
    case .string(let text): grant(steps: Self.stepsPerByte * text.utf8.count)
    case .list(let list): for element in list.elements { grant(for: element) }
    case .dict(let dict):
      for key in dict.keys { grant(for: key) }
      for value in dict.values { grant(for: value) }
    default: break
    }
  }

  private func grant(steps count: Int) {
    let more = min(count, max(Self.mostSteps - steps, 0))
    steps += more
    unitsLeft += more * Self.unitsPerStep
  }

  func statement() throws(TemplateError) { try charge(3 * Self.unitsPerStep) }

  /// A call, a filter, a scope.
  func call() throws(TemplateError) { try charge(4 * Self.unitsPerStep) }

  /// One turn of a loop: what it costs beyond the statements of its body.
  func turn() throws(TemplateError) { try charge(4 * Self.unitsPerStep) }

  /// So many eighths of a step.
  func charge(_ count: Int) throws(TemplateError) {
    // A count above the whole budget must not overflow what is left.
    unitsLeft -= min(count, steps * Self.unitsPerStep + 1)
    guard unitsLeft >= 0 else {
      throw TemplateError(.templateLimit, "the template takes more than \(steps) steps")
    }
  }

  /// Looking through a text of so many bytes.
  func charge(scanning count: Int) throws(TemplateError) { try charge(count + 1) }

  /// Asking for the properties of each character of so many bytes.
  func charge(classifying count: Int) throws(TemplateError) {
    try charge(min(count, steps * Self.unitsPerStep) * 60 + 1)
  }

  // MARK: - Memory

  /// A text of so many bytes that is about to be built, or to grow by so many.
  func reserve(bytes count: Int, after length: Int = 0) throws(TemplateError) {
    guard count <= Self.textLimit - length else {
      throw TemplateError(
        .templateLimit, "the template builds a text of more than \(Self.textLimit) bytes")
    }
    try take(bytes: count)
    try charge(count / 8 + 1)
  }

  /// The same for `count` pieces of `size` bytes.
  func reserve(bytes size: Int, times count: Int) throws(TemplateError) {
    let (product, overflows) = max(size, 0).multipliedReportingOverflow(by: max(count, 0))
    try reserve(bytes: overflows ? .max : product)
  }

  /// A list of so many elements, or as much in other forms.
  func reserve(elements count: Int) throws(TemplateError) {
    // A count above the whole budget must not overflow the product.
    let count = min(count, Self.memoryLimit)
    try take(bytes: count * Self.bytesPerElement)
    try charge(count * 8)
  }

  private func take(bytes count: Int) throws(TemplateError) {
    bytesLeft -= count
    guard bytesLeft >= 0 else {
      throw TemplateError(
        .templateLimit,
        "the template builds more than \(Self.memoryLimit) bytes of texts and lists")
    }
  }
}

/// A text that grows within the limits.
struct BoundedText {
  private(set) var text = ""
  let budget: TemplateBudget

  init(_ budget: TemplateBudget) { self.budget = budget }

  mutating func append(_ more: String) throws(TemplateError) {
    try budget.reserve(bytes: more.utf8.count, after: text.utf8.count)
    try budget.charge(16)
    text += more
  }
}
