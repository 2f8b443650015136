/// Why a chat template cannot be read, or not be rendered with the conversation at hand.
public struct TemplateError: Error, Sendable, Hashable {
  public enum Code: String, Sendable {
    /// The source breaks Jinja's grammar.
    case templateSyntax
    /// More steps, output, memory or recursion than a template may ask for.
    case templateLimit
    /// Brackets or blocks inside each other beyond the limit.
    case nestingTooDeep
    /// An attribute that the sandbox does not give out.
    case unknownAttribute
    /// A part of Jinja that chat templates have no use for: include, import, extends …
    case unsupported
    /// A variable or a member that does not exist was used.
    case undefined
    /// A value of a kind that the operation does not take.
    case badValue
    /// The template itself called `raise_exception`.
    case raised
  }

  public let code: Code
  public let message: String
  /// The line of the template, counted from 1.
  public let line: Int?

  public init(_ code: Code, _ message: String, line: Int? = nil) {
    self.code = code
    self.message = message
    self.line = line
  }

  func at(_ line: Int) -> TemplateError {
    self.line == nil ? TemplateError(code, message, line: line) : self
  }
}

extension TemplateError: CustomStringConvertible {
  public var description: String {
    "chat template: \(message)" + (line.map { " (line \($0))" } ?? "")
  }
}
