import ApusJSON
import Foundation
import Testing

@testable import ApusText

/// Renders the chat templates of well-known models in nine kinds of conversation and compares with
/// what Jinja2 makes of them. The templates are not ours: `APUS_PEER` names the folder with
/// `src/models/templates`, `APUS_TEMPLATE_GOLDENS` the file that `template_goldens.py` wrote.
@Suite("Templates of well-known models") struct TemplateConformanceTests {
  static let peer = ProcessInfo.processInfo.environment["APUS_PEER"]
  static let goldens = ProcessInfo.processInfo.environment["APUS_TEMPLATE_GOLDENS"]

  /// What the reference's exceptions are called here.
  static func code(of error: String) -> TemplateError.Code? {
    switch error.prefix(while: { $0 != ":" }) {
    case "UndefinedError": .undefined
    case "SecurityError": .unknownAttribute
    case "TypeError": .badValue
    case "TemplateError": .raised
    default: nil
    }
  }

  @Test(
    "equal to Jinja2's renderings",
    .enabled(if: peer != nil && goldens != nil, "APUS_PEER or APUS_TEMPLATE_GOLDENS is not set"))
  func renderings() throws {
    let peer = try #require(Self.peer)
    let file = try Data(contentsOf: URL(fileURLWithPath: try #require(Self.goldens)))
    let goldens = try JSON(parsing: Array(file))
    let special = try #require(goldens["special"]?.object)
    let cases = try #require(goldens["cases"]?.object)
    var equal = 0
    var total = 0
    var errors = 0
    var equalErrors = 0
    for (name, renderings) in try #require(goldens["goldens"]?.object) {
      let path = URL(fileURLWithPath: peer).appendingPathComponent("src/models/templates/\(name)")
      let source = try String(contentsOf: path, encoding: .utf8)
      let template: ChatTemplate
      do {
        template = try ChatTemplate(source)
      } catch {
        // Jinja2 without Hugging Face's extension does not know {% generation %}.
        Issue.record("\(name): \(error)")
        continue
      }
      guard renderings["compile_error"] == nil else { continue }
      for (caseName, golden) in try #require(renderings.object) {
        var context = special
        for (key, value) in try #require(cases[caseName]?.object) { context[key] = value }
        if context["add_generation_prompt"] == nil { context["add_generation_prompt"] = true }
        context["now"] = goldens["now"]
        let result = Result { () throws(TemplateError) in try template.render(context) }
        if let expected = golden["text"]?.string {
          total += 1
          if case .success(let text) = result, text.utf8.elementsEqual(expected.utf8) {
            equal += 1
          } else {
            Issue.record("\(name) \(caseName): \(result)\nexpected: \(expected)")
          }
        } else if let expected = golden["error"]?.string {
          errors += 1
          if case .failure(let error) = result, error.code == Self.code(of: expected) {
            equalErrors += 1
          } else {
            Issue.record("\(name) \(caseName): \(result)\nexpected: \(expected)")
          }
        }
      }
    }
    print("templates: \(equal) of \(total) renderings, \(equalErrors) of \(errors) errors equal")
    #expect(total == 574)
    #expect(errors == 20)
  }
}
