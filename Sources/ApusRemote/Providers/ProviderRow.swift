import ApusCore
public import ApusJSON

/// Why a row is none.
public struct ProviderError: Error, Sendable, CustomStringConvertible {
  public var description: String
  init(_ description: String) { self.description = description }
}

extension Provider {
  /// Reads a row as `providers.json` holds them; only `type` is needed, the rest has defaults.
  /// - Throws: `ProviderError` where a member is of the wrong kind or its name unknown.
  public init(json: JSON) throws(ProviderError) {
    guard let row = json.object, let type = row["type"]?.string, !type.isEmpty else {
      throw ProviderError("a row of a provider is an object with a type")
    }
    self.init(type: type, title: row["title"]?.string ?? type)
    do throws(ProviderError) {
      try read(row)
    } catch {
      throw ProviderError("\(type): \(error)")
    }
  }

  private mutating func read(_ row: JSONObject) throws(ProviderError) {
    let reader = RowReader(row)
    if let name = try reader.text("format") {
      guard let known = WireFormat(rawValue: name) else {
        throw ProviderError("\(name) is no format")
      }
      format = known
    }
    fields = format.wire.fields
    if let changes = try reader.object("fields") { fields = try fields.changed(by: changes) }
    aliases = try reader.texts("aliases") ?? []
    baseURL = try reader.text("url")
    placeholders = try reader.lists("placeholders") ?? [:]
    if let json = row["authentication"] { authentication = try Authentication(json: json) }
    headers = try reader.dictionary("headers") ?? [:]
    keyNames = try reader.texts("keys") ?? []
    credentialNames = try reader.lists("credentials") ?? [:]
    needsKey = try reader.flag("needsKey") ?? true
    keyPattern = try reader.object("keyPattern").map(KeyPattern.init)
    continuesText = try reader.flag("continuesText") ?? false
    asksForUsage = try reader.flag("asksForUsage") ?? true
    timeout = .seconds(try reader.integer("timeout") ?? 60)
    if let style = try reader.text("limitHeaders") {
      guard let known = RateLimits.Style(rawValue: style) else {
        throw ProviderError("\(style) is no style of headers")
      }
      limitHeaders = known
    }
    limits = try (row["limits"]?.array ?? []).map(RateLimits.Rule.init)
    features = Set((try reader.texts("features") ?? ["streaming"]).map(Feature.init(rawValue:)))
    models = try (row["models"]?.array ?? []).map(ModelFacts.init)
    modelAliases = try reader.dictionary("modelAliases") ?? [:]
    decommissioned = try reader.dictionary("decommissioned") ?? [:]
    regions = try reader.texts("regions") ?? []
    alternatives = try reader.texts("alternatives") ?? []
    source = try reader.text("source")
    try reader.refuseOthers(than: [
      "type", "title", "format", "fields", "aliases", "url", "placeholders", "authentication",
      "headers", "keys", "credentials", "needsKey", "keyPattern", "continuesText", "asksForUsage",
      "timeout", "limitHeaders", "limits", "features", "models", "modelAliases", "decommissioned",
      "regions", "alternatives", "source",
    ])
  }

  /// Credentials of a cloud, as the JSON object that a key may be.
  func credentials(_ value: (String) -> String?) -> APIKey? {
    guard !credentialNames.isEmpty else { return nil }
    var object: JSONObject = [:]
    for (member, names) in credentialNames.sorted(by: { $0.key < $1.key }) {
      let found = names.compactMap(value).first { !$0.isEmpty }
      let isOptional = member.hasSuffix("?")
      if let found {
        object[isOptional ? String(member.dropLast()) : member] = .string(found)
      } else if !isOptional {
        return nil
      }
    }
    return APIKey(JSON.object(object).serialized())
  }
}

/// The members of a row, each of one kind.
struct RowReader {
  private let row: JSONObject

  init(_ row: JSONObject) { self.row = row }

  private func value<T>(
    _ name: String, _ kind: String, _ read: (JSON) -> T?
  ) throws(ProviderError) -> T? {
    guard let json = row[name], !json.isNull else { return nil }
    guard let value = read(json) else { throw ProviderError("\(name) is no \(kind)") }
    return value
  }

  func text(_ name: String) throws(ProviderError) -> String? {
    try value(name, "text") { $0.string }
  }

  func flag(_ name: String) throws(ProviderError) -> Bool? {
    try value(name, "true or false") { $0.bool }
  }

  /// From 0.
  func integer(_ name: String) throws(ProviderError) -> Int? {
    try value(name, "number") { json in json.integer.flatMap { $0 >= 0 ? $0 : nil } }
  }

  func texts(_ name: String) throws(ProviderError) -> [String]? {
    try value(name, "list of texts") { Self.texts($0) }
  }

  func object(_ name: String) throws(ProviderError) -> JSONObject? {
    try value(name, "object") { $0.object }
  }

  func dictionary(_ name: String) throws(ProviderError) -> [String: String]? {
    try value(name, "object of texts") { Self.members($0) { $0.string } }
  }

  func lists(_ name: String) throws(ProviderError) -> [String: [String]]? {
    try value(name, "object of lists") { Self.members($0) { Self.texts($0) } }
  }

  private static func texts(_ json: JSON) -> [String]? {
    let texts = json.array?.compactMap(\.string)
    return texts?.count == json.array?.count ? texts : nil
  }

  private static func members<T>(_ json: JSON, _ read: (JSON) -> T?) -> [String: T]? {
    guard let object = json.object else { return nil }
    var members: [String: T] = [:]
    for (name, value) in object {
      guard let value = read(value) else { return nil }
      members[name] = value
    }
    return members
  }

  /// A misspelt name must not pass as a default.
  func refuseOthers(than names: Set<String>) throws(ProviderError) {
    for key in row.keys where !names.contains(key) {
      throw ProviderError("\(key) is unknown")
    }
  }
}
