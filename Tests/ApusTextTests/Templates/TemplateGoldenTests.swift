import ApusJSON
import Foundation
import Testing

@testable import ApusText

/// Small templates that together use all of the language, against Jinja2's renderings
/// (Fixtures/templates/make_goldens.py makes them).
@Suite("Template goldens") struct TemplateGoldenTests {
  static let fixture = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/templates/goldens.json")

  /// What the exceptions of Jinja2 and Python are called here.
  static func codes(of error: String) -> Set<TemplateError.Code> {
    switch error {
    case "UndefinedError": [.undefined]
    case "SecurityError": [.unknownAttribute]
    case "TemplateError": [.raised]
    case "TemplateSyntaxError", "TemplateAssertionError": [.templateSyntax]
    case "OverflowError": [.templateLimit]
    default: [.badValue]
    }
  }

  @Test("equal to Jinja2's renderings") func renderings() throws {
    let json = try JSON(parsing: Array(try Data(contentsOf: Self.fixture)))
    var context = try #require(json["context"]?.object)
    context["now"] = json["now"]
    let goldens = try #require(json["goldens"]?.array)
    #expect(goldens.count > 550)
    for golden in goldens {
      let source = try #require(golden["template"]?.string)
      let result = Result { () throws(TemplateError) in
        try ChatTemplate(source).render(context)
      }
      switch result {
      case .success(let text):
        let expected = golden["text"]?.string
        #expect(
          expected.map { $0.utf8.elementsEqual(text.utf8) } ?? false,
          "\(source)\n  ours: \(text)\n  Jinja2: \(expected ?? golden["error"]?.string ?? "")")
      case .failure(let error):
        let expected = golden["error"]?.string
        #expect(
          expected.map { Self.codes(of: $0).contains(error.code) } ?? false,
          "\(source)\n  ours: \(error.code) \(error)\n  Jinja2: \(expected ?? golden["text"]?.string ?? "")"
        )
      }
    }
  }
}
