/// A piece of a template's source.
struct TemplateToken: Sendable {
  enum Kind: Sendable, Equatable {
    case data(String)
    case variableBegin, variableEnd
    case blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(Symbol)
    case end
  }

  enum Symbol: String, Sendable {
    case add = "+"
    case subtract = "-"
    case divide = "/"
    case floorDivide = "//"
    case multiply = "*"
    case modulo = "%"
    case power = "**"
    case tilde = "~"
    case leftBracket = "["
    case rightBracket = "]"
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case equal = "=="
    case notEqual = "!="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"
  }

  let kind: Kind
  let line: Int

  /// How an error message names it.
  var text: String {
    switch kind {
    case .data: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): name
    case .string: "a string"
    case .integer(let value): value.description
    case .float(let value): value.description
    case .symbol(let symbol): symbol.rawValue
    case .end: "the end of the template"
    }
  }
}

extension TemplateToken.Symbol {
  /// The longest one that begins with a byte; `nil` where none does.
  init?(_ first: UInt8, _ second: UInt8?) {
    switch (first, second) {
    case (UInt8(ascii: "/"), UInt8(ascii: "/")): self = .floorDivide
    case (UInt8(ascii: "*"), UInt8(ascii: "*")): self = .power
    case (UInt8(ascii: "="), UInt8(ascii: "=")): self = .equal
    case (UInt8(ascii: "!"), UInt8(ascii: "=")): self = .notEqual
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): self = .greaterOrEqual
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): self = .lessOrEqual
    case (UInt8(ascii: "+"), _): self = .add
    case (UInt8(ascii: "-"), _): self = .subtract
    case (UInt8(ascii: "/"), _): self = .divide
    case (UInt8(ascii: "*"), _): self = .multiply
    case (UInt8(ascii: "%"), _): self = .modulo
    case (UInt8(ascii: "~"), _): self = .tilde
    case (UInt8(ascii: "["), _): self = .leftBracket
    case (UInt8(ascii: "]"), _): self = .rightBracket
    case (UInt8(ascii: "("), _): self = .leftParenthesis
    case (UInt8(ascii: ")"), _): self = .rightParenthesis
    case (UInt8(ascii: "{"), _): self = .leftBrace
    case (UInt8(ascii: "}"), _): self = .rightBrace
    case (UInt8(ascii: ">"), _): self = .greater
    case (UInt8(ascii: "<"), _): self = .less
    case (UInt8(ascii: "="), _): self = .assign
    case (UInt8(ascii: "."), _): self = .dot
    case (UInt8(ascii: ":"), _): self = .colon
    case (UInt8(ascii: "|"), _): self = .pipe
    case (UInt8(ascii: ","), _): self = .comma
    case (UInt8(ascii: ";"), _): self = .semicolon
    default: return nil
    }
  }
}
