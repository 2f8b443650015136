import ApusJSON
import RefusalCost
import Testing

@testable import ApusText

/// Hostile templates: each ends in an error of its kind, none in a crash or in minutes.
@Suite("Template limits") struct TemplateLimitTests {
  /// All steps that a template has, where their cost is measured; else a twentieth of them, for the
  /// sake of unoptimised builds.
  static let someSteps = TemplateBudget.stepLimit / (RefusalCost.isMeasured ? 1 : 20)

  static func code(
    _ source: String, _ context: JSONObject = [:], steps: Int = someSteps
  ) -> TemplateError.Code? {
    do throws(TemplateError) {
      try RefusalCost.measure("template \(source)") { () throws(TemplateError) in
        _ = try ChatTemplate(source).render(context, TemplateBudget(steps: steps))
      }
      return nil
    } catch {
      return error.code
    }
  }

  static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test(
    "57: attributes of Python's objects are kept back",
    arguments: [
      "{{ ''.__class__ }}", "{{ ''['__class__'] }}", "{{ '' | attr('__class__') }}",
      "{{ {}.__class__ }}", "{{ [].__len__ }}", "{{ x.__init__.__globals__ }}",
      "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ range.__self__ }}",
      "{{ '{0.__class__}'.format(1) }}", "{{ '{a.__class__}'.format(a='') }}",
      "{{ ['a'] | map(attribute='__class__') | list }}", "{{ namespace().__dict__ }}",
      "{% for i in [1] %}{{ loop._iterable }}{% endfor %}",
    ])
  func attributes(source: String) {
    #expect(Self.code(source, ["x": "text"]) == .unknownAttribute)
  }

  @Test(
    "57: methods that change a value are kept back",
    arguments: ["{{ [].append(1) }}", "{{ {}.update({}) }}", "{{ x.pop() }}", "{{ x.sort() }}"])
  func mutation(source: String) {
    #expect(Self.code(source, ["x": [1]]) == .unknownAttribute)
  }

  @Test(
    "58: steps",
    arguments: [
      "{% for a in range(25000) %}{% for b in range(25000) %}{% endfor %}{% endfor %}",
      "{% for a in range(25000) %}{% for b in range(25000) if false %}{% endfor %}{% endfor %}",
      "{% for a in range(99999) %}{% for b in range(99999) %}{{ x }}{% endfor %}{% endfor %}",
      "{% for a in range(99999) %}{{ range(99999) | list | length }}{% endfor %}",
      "{% for a in range(99999) %}{{ range(99999) | sum }}{% endfor %}",
      "{% for a in range(99999) %}{{ range(99999) | map('string') | join | length }}{% endfor %}",
      "{{ range(10 ** 9) }}", "{{ range(-9223372036854775807, 9223372036854775807) }}",
      "{% set n = namespace(l=[1]) %}{% for a in range(99) %}{% set n.l = n.l + n.l %}{% endfor %}",
      "{{ [1] * 10 ** 12 }}", "{{ [[]] * 9223372036854775807 }}",
      "{% set n = namespace(l=[1]) %}{% for a in range(80) %}{% set n.l = [n.l, n.l] %}{% endfor %}"
        + "{{ n.l == n.l }}",
      "{{ [1] | slice(10 ** 12) | list }}", "{{ [1] | batch(10 ** 12, 'x') | list }}",
    ])
  func steps(source: String) {
    #expect(Self.code(source) == .templateLimit)
  }

  @Test(
    "58: what a loop's body may do",
    arguments: [
      "{{ a }}", "{{ b + a * 2 - 1 }}", "{{ 1.1e-300 * b }}", "{{ loop.length }}", "{{ x.y }}",
      "{% set c = [a, b, {'a': b}] %}", "{% set n = namespace(a=1, b=2, c=3) %}",
      "{% macro f() %}{% endmacro %}", "{{ g(a) }}", "{% call h() %}{% endcall %}",
      "{% with a = 1, b = 2 %}{% endwith %}", "{% set x %}abc{% endset %}",
      "{% filter upper %}x{% endfilter %}", "{{ cycler(1, 2) }}{{ joiner() }}",
      "{{ 'x' * 10 }}", "{{ 'abc'.upper() | trim }}", "{{ '%.2000f' % 1.1 }}",
      "{{ strftime_now('%Y-%m-%d %H:%M:%S %A %B') }}", "{{ loop.changed(b) }}{{ loop.nextitem }}",
      "{% if a == b and b != 3 or a in [1, 2] %}{% endif %}",
    ])
  func bodies(body: String) {
    let source =
      "{% macro g(x, y=1) %}{{ x }}{% endmacro %}{% macro h() %}{{ caller() }}{% endmacro %}"
      + "{% for a in range(9999) %}"
      + "{% for b in range(9999) %}\(body){% endfor %}{% endfor %}"
    #expect(Self.code(source, ["x": [:]]) == .templateLimit)
  }

  @Test(
    "58: lists and dicts",
    arguments: [
      "l | sort", "l | unique | list", "l | batch(1) | list", "l | slice(5000) | list", "l[::-1]",
      "l | reverse | list", "l | max", "l | select('odd') | list", "l | tojson", "l | string",
      "d | dictsort", "d.items() | list", "d | string", "dict(l | batch(2))",
      "[l, l] | sum(start=[])",
      "l + l", "l * 9", "s | list", "s | from_json", "s[::2]", "s[1:]", "s.split(',')", "s.split()",
      "s.splitlines()", "s | indent", "s | title", "s | upper", "s.swapcase()", "s.isalpha()",
      "s | wordcount", "s | trim('[1,')", "s | replace('1', '2')", "s.count('1')", "s.find('x')",
      "s | e", "s | tojson", "[s] | string", "s | urlencode", "s.format()", "s | truncate(99999)",
      "s.expandtabs()", "s ~ s", "s == s ~ ''", "'11' in s", "s | length",
    ])
  func work(expression: String) {
    let source =
      "{% set l = range(9998) | list %}{% set d = dict(l | batch(2)) %}"
      + "{% set s = '[' ~ (('1,\n' * 4999) ~ '1]') %}{% for i in range(9999) %}"
      + "{% set x = \(expression) %}{% endfor %}"
    #expect(Self.code(source) == .templateLimit)
  }

  @Test(
    "59: what is held at once",
    arguments: [
      (0..<9).map { "{% set a\($0) = 'x' * 9000000 %}" }.joined(),
      (0..<9).map { "{% set a\($0) = [1] * 900000 %}" }.joined(),
      (0..<99).map { "{% for a\($0) in range(99999) %}" }.joined()
        + repeated("{% endfor %}", 99),
      "{% macro f(n) %}{{ 'x' * 1000000 }}{{ f(n - 1) if n else '' }}{% endmacro %}{{ f(99) }}",
      "{% macro f(n) %}{% for i in range(99999) %}{{ f(n - 1) if n else '' }}{% endfor %}"
        + "{% endmacro %}{{ f(99) }}",
      "{% set s = 'x' * 9000000 %}{{ s[::-1] }}", "{% set s = 'x' * 9000000 %}{{ s.split('x') }}",
      "{% set s = 'x ' * 7000000 %}{{ s.split() }}", "{% set s = 'x' * 9000000 %}{{ s | list }}",
      "{% set s = '\n' * 9000000 %}{{ s.splitlines() }}",
      "{% set s = '[' ~ '{},' * 900000 ~ '1]' %}{{ s | from_json }}",
    ])
  func memory(source: String) {
    #expect(Self.code(source) == .templateLimit)
  }

  @Test("58: two loops of 25,000 turns, within all steps") func allSteps() {
    let loops = "{% for a in range(25000) %}{% for b in range(25000) %}{% endfor %}{% endfor %}"
    #expect(Self.code(loops, steps: TemplateBudget.stepLimit) == .templateLimit)
    let steps = "{% for a in range(25) %}{% for b in range(1000) %}{{ a }}{% endfor %}{% endfor %}"
    #expect(Self.code(steps, steps: TemplateBudget.stepLimit) == nil)
  }

  @Test("58: a long conversation brings the steps that it takes") func conversation() throws {
    let source =
      "{% for m in messages %}{% if m.role == 'user' %}{{ '<u>' + m.content | trim }}{% else %}"
      + "{% set c = m.content.split('</think>') | last %}{{ '<a>' + c }}{% endif %}{% endfor %}"
    let roles = ["user", "assistant"]
    let messages = (0..<9000).map { number -> JSON in
      ["role": .string(roles[number % 2]), "content": .string(Self.repeated("text ", 40))]
    }
    let text = try ChatTemplate(source).render(["messages": .array(messages)])
    #expect(text.utf8.count == 4500 * (202 + 203))
    // That is bounded too, and costs more than a hostile template alone: not measured with those.
    let loops = "{% for a in messages %}{% for b in messages %}{% endfor %}{% endfor %}"
    let error = #expect(throws: TemplateError.self) {
      try ChatTemplate(loops).render(["messages": .array(messages)])
    }
    #expect(error?.code == .templateLimit)
  }

  @Test(
    "59: text",
    arguments: [
      "{{ 'x' * 1000000000 }}", "{{ 1000000000 * 'x' }}", "{{ 'xx' * 9223372036854775807 }}",
      "{% set n = namespace(s='x') %}{% for a in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
      "{% set n = namespace(s='x') %}{% for a in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
      "{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
      "{{ 'x'.center(1000000000) }}", "{{ 'x'.ljust(9223372036854775807) }}",
      "{{ '1'.zfill(1000000000) }}", "{{ 'x' | center(1000000000) }}",
      "{{ 'x' | indent(1000000000, true) }}", "{{ '\t'.expandtabs(1000000000) }}",
      "{{ '%1000000000d' % 1 }}", "{{ '%*d' % (1000000000, 1) }}", "{{ '%.999999999f' % 1.5 }}",
      "{{ '{:1000000000}'.format(1) }}", "{{ '{:{w}}'.format(1, w=10 ** 9) }}",
      "{{ ('x' * 10000).replace('x', 'y' * 10000) }}",
      "{{ ('x' * 10000).replace('', 'y' * 10000) }}",
      "{{ ('x' * 10000) | replace('x', 'y' * 10000) }}",
      "{{ ('y' * 10000).join(['x'] * 10000) }}", "{{ (['x'] * 10000) | join('y' * 10000) }}",
      "{{ (['x' * 10000] * 10000) | string }}", "{{ (['x' * 10000] * 10000) | tojson }}",
      "{{ [[1]] | tojson(indent=1000000000) }}", "{{ ('<' * 9000000) | e }}",
      "{{ ('é' * 5000000) | urlencode }}", "{{ 2 ** 1000000000 }}", "{{ 10 ** 18 * 10 ** 18 }}",
      "{{ -9223372036854775807 - 2 }}", "{{ '%s' * 9000 % (('x' * 9000,) * 9000) }}",
    ])
  func text(source: String) {
    #expect(Self.code(source) == .templateLimit)
  }

  @Test(
    "60: recursion",
    arguments: [
      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
      "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
      "{% macro f() %}{{ caller }}{% call f() %}{% endcall %}{% endmacro %}{{ f() }}",
      "{% set t = namespace() %}{% set t.k = [t] %}"
        + "{% for x in [t] recursive %}{{ loop(x.k) }}{% endfor %}",
      "{% macro f() %}{{ [1] | map('upper') | list }}{{ f() | upper }}{% endmacro %}{{ f() }}",
      "{% set n = namespace(l=[]) %}{% for a in range(500) %}{% set n.l = [n.l] %}{% endfor %}",
      "{% set n = namespace(l={}) %}{% for a in range(500) %}{% set n.l = {1: n.l} %}{% endfor %}",
      "{% set n = namespace(l=(1,)) %}{% for a in range(500) %}{% set n.l = n.l | list, %}{% endfor %}",
      "{% macro f(a=f()) %}{% endmacro %}{{ f() }}",
    ])
  func recursion(source: String) {
    #expect(Self.code(source) == .templateLimit)
  }

  @Test("60: a macro of many nested blocks and brackets that calls itself")
  func deepRecursion() {
    let blocks = Self.repeated("{% if true %}", 60)
    let ends = Self.repeated("{% endif %}", 60)
    let brackets = Self.repeated("[", 50) + "f()" + Self.repeated("]", 50)
    let source = "{% macro f() %}\(blocks){{ \(brackets) }}\(ends){% endmacro %}{{ f() }}"
    #expect(Self.code(source) == .templateLimit)
  }

  @Test("a namespace that holds itself is printed and freed") func cycle() throws {
    let source = "{% set n = namespace() %}{% set n.n = n %}{{ n }}{{ n.n.n == n }}"
    #expect(try ChatTemplate(source).render([:]) == "<Namespace>True")
  }

  /// A source with a part that occurs many times, named by the part.
  struct Repetition: CustomTestStringConvertible {
    let start: String
    let part: String
    let end: String
    var closing = ""

    init(_ start: String, _ part: String, _ end: String, closing: String = "") {
      self.start = start
      self.part = part
      self.end = end
      self.closing = closing
    }

    var testDescription: String { start + part + "…" + closing + end }

    /// As often as fits in a template.
    var longest: String {
      source(
        (ChatTemplate.sourceLimit - start.utf8.count - end.utf8.count)
          / (part.utf8.count + closing.utf8.count))
    }

    func source(_ count: Int) -> String {
      start + String(repeating: part, count: count) + String(repeating: closing, count: count) + end
    }
  }

  @Test("61: a hundred thousand brackets", arguments: ["(", "[", "{1:", "-"])
  func brackets(part: String) {
    #expect(Self.code(Repetition("{{ ", part, "1 }}").longest) == .nestingTooDeep)
  }

  @Test(
    "61: brackets and blocks inside each other",
    arguments: [
      Repetition("{{ ", "(", "", closing: ")"), Repetition("{{ ", "not ", "1 }}"),
      Repetition("{{ x", "[x", " }}", closing: "]"), Repetition("{{ ", "f(", ""),
      Repetition("{{ 1", "|f(1", ""), Repetition("{{ ", "1 if 1 else ", "1 }}"),
      Repetition("", "{% if 1 %}", ""), Repetition("", "{% for x in y %}", ""),
      Repetition("", "{% macro f() %}", ""), Repetition("{% set ", "(", " %}"),
      Repetition("", "{% filter f %}", ""), Repetition("", "{% call f() %}", ""),
      Repetition("{{ ", "1 is f(", " }}"), Repetition("", "{% if 1 %}{% else %}", ""),
      Repetition("", "{% set x %}", ""), Repetition("", "{% with %}", ""),
    ])
  func nesting(repetition: Repetition) {
    #expect(Self.code(repetition.source(5000)) == .nestingTooDeep)
  }

  @Test(
    "chains need no stack",
    arguments: [
      Repetition("{{ 1", " + 1", " }}"), Repetition("{{ 1", " * 1", " }}"),
      Repetition("{{ 1", " and 1", " }}"), Repetition("{{ 1", " ~ 1", " }}"),
      Repetition("{{ 1", " == 1", " }}"), Repetition("{{ x", " | string", " }}"),
      Repetition("{{ x", ".upper()", " }}"), Repetition("{{ 1", " ** 1", " }}"),
      Repetition("{{ x", "[0]", " }}"), Repetition("{{ ", "'a' ", "}}"),
      Repetition("{% if 0 %}", "{% elif 0 %}", "{% endif %}"), Repetition("", "{{ x }}", ""),
    ])
  func chains(repetition: Repetition) {
    let steps = TemplateBudget.stepLimit
    #expect(Self.code(repetition.longest, ["x": "x"], steps: steps) == nil)
  }

  @Test(
    "62: faults of grammar name their line",
    arguments: [
      ("\n\n{% if x %}\n\n", 3), ("{% for x in y %}\n{% endif %}", 2), ("a\n{{ x", 2),
      ("\n{# x", 2),
      ("\n\n{{ 1 + }}", 3), ("\n{% nope %}", 2), ("{{\n\n(1]\n}}", 3), ("\n{% raw %}\n", 2),
      ("{{ 'a\n\n }}", 1), ("x\n{% set x %}\n", 2), ("{% macro f(a=1, b) %}{% endmacro %}", 1),
      ("\n{% break %}", 2),
      ("{% for x in y %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}", 1),
      ("\n{{ 99999999999999999999 }}", 2), ("\n{{ '\\uZZZZ' }}", 2),
    ])
  func syntax(source: String, line: Int) {
    let error = #expect(throws: TemplateError.self) { try ChatTemplate(source) }
    #expect(error?.code == .templateSyntax)
    #expect(error?.line == line)
  }

  @Test(
    "63: what chat templates have no use for",
    arguments: [
      "{% include 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}", "{% extends 'x' %}",
      "{% autoescape true %}{% endautoescape %}", "{% do x %}", "{{ x | nofilter }}",
      "{{ x is notest }}", "{{ [x] | map('nofilter') | list }}", "{{ lipsum() }}",
      "{{ x | random }}",
      "{{ [x] | select('notest') | list }}",
    ])
  func unsupported(source: String) {
    #expect(Self.code(source, ["x": "x"]) == .unsupported)
  }

  @Test("an error while rendering names its line") func runtimeLine() {
    let source = "a\n{% macro f(x) %}\n{{ x.y.z }}\n{% endmacro %}\n\n{{ f({}) }}"
    let error = #expect(throws: TemplateError.self) { try ChatTemplate(source).render([:]) }
    #expect(error?.code == .undefined)
    #expect(error?.line == 3)
  }

  @Test(
    "the longest sources are answered as quickly",
    arguments: [
      Repetition("{{ [", "1,", "] }}"), Repetition("{{ {", "1:1,", "} }}"),
      Repetition("{{ f(", "1,", ") }}"), Repetition("", "{{1+1}}", ""),
      Repetition("", "{% set a = 1 %}", ""), Repetition("", "{%if x%}{%endif%}", ""),
      Repetition("", "{% macro f() %}{% endmacro %}", ""), Repetition("", "{# c #}", ""),
      Repetition("{{ '", "\\n", "' }}"), Repetition("", " \n", ""), Repetition("", "{{'' }}", ""),
    ])
  func longSources(repetition: Repetition) {
    let code = Self.code(repetition.longest, steps: TemplateBudget.stepLimit)
    #expect(code == nil || code == .undefined)
  }

  @Test("a source that is too long, a conversation that is too deep") func sizes() throws {
    #expect(Self.code(Self.repeated("x", ChatTemplate.sourceLimit + 1)) == .templateLimit)
    var value: JSON = []
    for _ in 0..<1000 { value = .array([value]) }
    #expect(Self.code("{{ x }}", ["x": value]) == .templateLimit)
  }

  @Test("any prefix of a template, and any one byte changed, gives a text or an error")
  func mutations() {
    let source = """
      {%- for m in messages if m.role != 'x' -%}{{ '<|' ~ m['role'] + "|>" | trim }}{# c #}
      {% set n = namespace(a=[1, 2.5, {'k': none}]) %}{% macro f(a, b=1) %}{{ a }}{% endmacro %}
      {{ f(m.content[1:-1:2]) if m is mapping else n.a | tojson(indent=2) }}{% endfor %}
      """
    let context: JSONObject = ["messages": [["role": "user", "content": "héllo"]]]
    let bytes = Array(source.utf8)
    for count in 0...bytes.count {
      _ = Self.code(String(decoding: bytes[..<count], as: UTF8.self), context)
    }
    for position in stride(from: 0, to: bytes.count, by: 2) {
      for byte in Array("{}%#(]'\\|.-0a \n,".utf8) {
        var mutant = bytes
        mutant[position] = byte
        _ = Self.code(String(decoding: mutant, as: UTF8.self), context)
      }
    }
  }
}
