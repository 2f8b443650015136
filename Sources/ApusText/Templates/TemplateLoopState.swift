/// A running `for`: what `loop` is in its body.
///
/// Elements are looked at only when they are needed, as in Jinja: a loop's filter can depend on what
/// the body sets.
final class TemplateLoopState {
  let definition: TemplateLoop
  let elements: [TemplateValue]
  /// The variables around the loop, in which the filter and deeper levels see the world.
  let scope: TemplateScope
  /// How many levels of a recursive loop are above this one.
  let depth0: Int

  var sourcePosition = 0
  /// Elements that the filter passed; the body has seen those before `aheadPosition`.
  private var ahead: [TemplateValue] = []
  private var aheadPosition = 0
  var index0 = -1
  var previous: TemplateValue?
  var current: TemplateValue?
  var lastChanged: [TemplateValue]?

  init(
    _ definition: TemplateLoop, _ elements: [TemplateValue], scope: TemplateScope, depth0: Int
  ) {
    self.definition = definition
    self.elements = elements
    self.scope = scope
    self.depth0 = depth0
  }

  var aheadCount: Int { ahead.count - aheadPosition }

  var firstAhead: TemplateValue? { aheadCount > 0 ? ahead[aheadPosition] : nil }

  func append(_ element: TemplateValue) { ahead.append(element) }

  func takeAhead() -> TemplateValue? {
    guard let element = firstAhead else { return nil }
    aheadPosition += 1
    if aheadCount == 0 {
      ahead = []
      aheadPosition = 0
    }
    return element
  }
}
