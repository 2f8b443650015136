import ApusCore
import ApusJSON

/// Goes through a request before it is sent.
struct GuardedRequest {
  let sets: GuardSets
  /// Told of each find.
  let report: (Guard.Kind, Guard.Action) -> Void

  /// The request with placeholders where its rules want them.
  /// - Throws: `ApusError.guardRefused`, which names the kind and the place, never the text.
  func run(_ request: Request) throws(ApusError) -> Request {
    guard !sets.isEmpty else { return request }
    var guarded = request
    switch request.prompt {
    case .text(let text): guarded.prompt = .text(try pass(text, "the prompt"))
    case .messages(var messages):
      for index in messages.indices {
        let place = "message \(index + 1)"
        messages[index].content = try pass(messages[index].content, place)
        for (name, value) in messages[index].extra {
          messages[index].extra[name] = try pass(value, named: name, "\(place), \(name)")
        }
      }
      guarded.prompt = .messages(messages)
    }
    if let text = request.answerSoFar { guarded.answerSoFar = try pass(text, "the answer so far") }
    for index in guarded.tools.indices {
      guarded.tools[index] = try pass(guarded.tools[index], named: "", "tool \(index + 1)")
    }
    return guarded
  }

  private func pass(_ json: JSON, named name: String, _ place: String) throws(ApusError) -> JSON {
    if let text = json.string {
      return .string(try pass(text, place, after: name.isEmpty ? "" : "\"\(name)\": \""))
    }
    if let array = json.array {
      var passed: [JSON] = []
      for element in array { passed.append(try pass(element, named: name, place)) }
      return .array(passed)
    }
    if let object = json.object {
      var passed = object
      for (key, value) in object { passed[key] = try pass(value, named: key, place) }
      return .object(passed)
    }
    return json
  }

  /// - Parameter context: What stands before the text where it comes from: a name tells a secret.
  private func pass(
    _ text: String, _ place: String, after context: String = ""
  ) throws(ApusError) -> String {
    for part in GuardScan.parts(of: text, after: context, sets.watching) {
      if case .found(let kind, let category, _, _) = part,
        sets.rules.action(kind, category) == .flag
      {
        report(kind, .flag)
      }
    }
    if sets.holding.isEmpty { return text }
    var passed = ""
    for part in GuardScan.parts(of: text, after: context, sets.holding) {
      switch part {
      case .plain(let text): passed += text
      case .found(let kind, let category, let found, let offset):
        let action = sets.rules.action(kind, category)
        if action.holds { report(kind, action) }
        switch action {
        case .redact: passed += kind.placeholder
        case .refuse:
          let character = String(decoding: text.utf8.prefix(offset), as: UTF8.self).count + 1
          throw GuardRefusal(kind: kind, place: place, character: character).asApusError
        case .allow, .flag: passed += found
        }
      }
    }
    return passed
  }
}

/// What a guard did not let pass, and where.
public struct GuardRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  public var kind: Guard.Kind
  /// "message 2", "the answer".
  public var place: String
  /// From 1.
  public var character: Int

  public var description: String {
    "\(kind.rawValue) in \(place), character \(character): not let through by the guard; take it "
      + "out, or let the guard redact it"
  }

  var asApusError: ApusError { ApusError(.guardRefused, description, cause: self) }
}
