/// A template's tree. Chains that a source can make long (`a + b + c`, `x.y.z|f|g`) are flat lists,
/// so that only true nesting, which the parser limits, costs stack.
struct TemplateProgram: Sendable {
  /// Variables by number.
  var names: [String] = []
  var body: [TemplateStatement] = []
}

struct TemplateStatement: Sendable {
  indirect enum Kind: Sendable {
    case text(String)
    case output(TemplateExpression)
    case assign(TemplateTarget, TemplateExpression)
    case assignBlock(TemplateTarget, filters: [TemplateSuffix], body: [TemplateStatement])
    case condition([TemplateBranch], otherwise: [TemplateStatement])
    case loop(TemplateLoop)
    case macro(TemplateMacroDefinition)
    case call(TemplateExpression, caller: TemplateMacroDefinition)
    case filter([TemplateSuffix], body: [TemplateStatement])
    case with([(TemplateTarget, TemplateExpression)], body: [TemplateStatement])
    /// A block with a scope of its own: `block`, `generation`.
    case scope([TemplateStatement])
    case leaveLoop, continueLoop
  }

  let kind: Kind
  let line: Int
}

struct TemplateBranch: Sendable {
  let test: TemplateExpression
  let body: [TemplateStatement]
}

struct TemplateLoop: Sendable {
  let target: TemplateTarget
  let sequence: TemplateExpression
  let filter: TemplateExpression?
  let isRecursive: Bool
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
}

/// What an assignment sets; variables are numbers into ``TemplateProgram/names``.
indirect enum TemplateTarget: Sendable {
  case variable(Int)
  case attribute(Int, String)
  case tuple([TemplateTarget])
}

final class TemplateMacroDefinition: Sendable {
  struct Parameter: Sendable {
    let variable: Int
    let name: String
    let defaultValue: TemplateExpression?
  }

  let name: String
  /// The variable that holds the macro; none for the body of a call block.
  let variable: Int?
  let parameters: [Parameter]
  let body: [TemplateStatement]
  /// The variables through which the body takes surplus arguments, where it names them.
  let caller: Int?
  let surplus: Int?
  let surplusKeywords: Int?

  init(
    name: String, variable: Int?, parameters: [Parameter], body: [TemplateStatement], caller: Int?,
    surplus: Int?, surplusKeywords: Int?
  ) {
    self.name = name
    self.variable = variable
    self.parameters = parameters
    self.body = body
    self.caller = caller
    self.surplus = surplus
    self.surplusKeywords = surplusKeywords
  }
}

enum TemplateExpression: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case variable(Int)
  case list([TemplateExpression])
  case tuple([TemplateExpression])
  case dict([(key: TemplateExpression, value: TemplateExpression)])
  indirect case arithmetic(TemplateExpression, [(TemplateOperator, TemplateExpression)])
  case concatenation([TemplateExpression])
  indirect case comparison(TemplateExpression, [(TemplateComparison, TemplateExpression)])
  case and([TemplateExpression])
  case or([TemplateExpression])
  indirect case not(TemplateExpression)
  indirect case negative(TemplateExpression)
  indirect case positive(TemplateExpression)
  indirect case conditional(
    test: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
  indirect case postfix(TemplateExpression, [TemplateSuffix])
}

enum TemplateOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

enum TemplateComparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case contained = "in"
  case notContained = "not in"
}

/// What follows a value: the value of the whole is that of the last one.
indirect enum TemplateSuffix: Sendable {
  case attribute(String, TemplateMethod?)
  case item(TemplateExpression)
  case slice(TemplateExpression?, TemplateExpression?, TemplateExpression?)
  case call(TemplateCall)
  case filter(String, TemplateFilter?, TemplateCall)
  case test(String, TemplateTest?, TemplateCall, isNegated: Bool)
}

struct TemplateCall: Sendable {
  var positional: [TemplateExpression] = []
  var keywords: [(name: String, value: TemplateExpression)] = []
  /// `*arguments`
  var spread: TemplateExpression?
  /// `**arguments`
  var spreadKeywords: TemplateExpression?

  static let empty = TemplateCall()
}
