public import ApusCore
import ApusJSON
public import ApusRemote

/// A configuration file: a JSON object with the router's members, a list `tiers`, and rows of
/// providers of one's own in `providers`. See docs/configuration.md.
public struct ConfigurationFile: Sendable, Hashable {
  /// As errors name it.
  public let path: String
  /// By the names of environment variables.
  let values: [String: String]
  /// Where in the file each of them is: `tiers[0].model`.
  let places: [String: String]
  /// They go before the built-in ones of the same type.
  public let providers: [Provider]

  /// Reads the text of a file. What it does not know it refuses: a slip must not pass as a default.
  /// - Throws: `ApusError.configuration`, which names every place that is wrong.
  public init(_ bytes: [UInt8], path: String) throws(ApusError) {
    let json: JSON
    do {
      json = try JSON(parsing: bytes)
    } catch {
      throw ApusError(.configuration, "\(path): \(error)", cause: error)
    }
    var reader = ConfigurationFileReader()
    reader.read(json)
    guard reader.problems.isEmpty else {
      throw ApusError(.configuration, "\(path): " + reader.problems.joined(separator: "; "))
    }
    self.path = path
    values = reader.values
    places = reader.places
    providers = reader.providers
  }

  /// Reads the file at `path`.
  /// - Throws: `ApusError.fileNotFound`; `ApusError.configuration`, also beyond 1 MiB.
  public init(path: String) throws(ApusError) {
    guard let bytes = SmallFile.read(path) else {
      throw ApusError(.fileNotFound, "\(path): the configuration file cannot be read")
    }
    guard bytes.count <= SmallFile.limit else {
      throw ApusError(.configuration, "\(path): is larger than \(SmallFile.limit) bytes")
    }
    try self.init(bytes, path: path)
  }
}

/// Turns a file's members into the variables that say the same.
private struct ConfigurationFileReader {
  private(set) var values: [String: String] = [:]
  private(set) var places: [String: String] = [:]
  private(set) var providers: [Provider] = []
  private(set) var problems: [String] = []

  mutating func read(_ json: JSON) {
    guard let object = json.object else {
      problems.append("is no JSON object")
      return
    }
    for (key, value) in object where !value.isNull {
      switch key {
      case "tiers": read(tiers: value)
      case "providers": read(providers: value)
      default:
        let known = ConfigurationField.router.map(\.member) + ["tiers", "providers"]
        read(value, key, place: key, in: ConfigurationField.router, known: known, prefix: "")
      }
    }
  }

  private mutating func read(tiers json: JSON) {
    guard let tiers = json.array, tiers.count <= RouterConfiguration.tierLimit else {
      problems.append("tiers: is no list of at most \(RouterConfiguration.tierLimit)")
      return
    }
    for (index, tier) in tiers.enumerated() {
      let place = "tiers[\(index)]"
      guard let members = tier.object, members["type"]?.string != nil else {
        problems.append("\(place): is no object with a type")
        continue
      }
      let prefix = "TIER\(index + 1)_"
      // Whoever writes a tier down wants it.
      values[prefix + ConfigurationField.enabled.name] = "true"
      for (key, value) in members where !value.isNull {
        read(
          value, key, place: "\(place).\(key)", in: ConfigurationField.tier,
          known: ConfigurationField.tier.map(\.member), prefix: prefix)
      }
    }
  }

  private mutating func read(providers json: JSON) {
    guard let rows = json.array else {
      problems.append("providers: is no list")
      return
    }
    for (index, row) in rows.enumerated() {
      do throws(ProviderError) {
        providers.append(try Provider(json: row))
      } catch {
        problems.append("providers[\(index)]: \(error)")
      }
    }
  }

  private mutating func read(
    _ value: JSON, _ key: String, place: String, in fields: [ConfigurationField],
    known: [String], prefix: String
  ) {
    guard let field = fields.first(where: { $0.member == key }) else {
      let near = known.first { EditDistance.isNear(key, $0) }
      problems.append("\(place): is unknown" + (near.map { "; do you mean \($0)?" } ?? ""))
      return
    }
    guard let text = field.kind.text(value) else {
      problems.append("\(place): is no \(field.kind.words)")
      return
    }
    values[prefix + field.name] = text
    places[prefix + field.name] = place
  }
}

extension ConfigurationField.Kind {
  /// What a variable would hold; `nil` where the value is of another kind.
  fileprivate func text(_ json: JSON) -> String? {
    switch self {
    case .text: return json.string
    case .texts:
      if let text = json.string { return text }
      let texts = json.array?.compactMap(\.string)
      return texts?.count == json.array?.count ? texts?.joined(separator: ",") : nil
    case .pairs:
      let pairs = json.object?.compactMap { pair in pair.value.string.map { "\(pair.key)=\($0)" } }
      return pairs?.count == json.object?.count ? pairs?.joined(separator: ",") : nil
    case .flag: return json.bool.map { $0 ? "true" : "false" }
    case .milliseconds, .count: return json.integer.map(String.init)
    case .number: return json.double.map { String(describing: $0) }
    // Text keeps every digit.
    case .dollars: return json.string ?? json.double.map { String(describing: $0) }
    }
  }

  var words: String {
    switch self {
    case .text: "text"
    case .texts: "text or list of texts"
    case .pairs: "object of texts"
    case .flag: "true or false"
    case .milliseconds: "time in milliseconds"
    case .count: "whole number above 0"
    case .number(let range): "number from \(range.lowerBound) to \(range.upperBound)"
    case .dollars: "amount of dollars"
    }
  }
}
