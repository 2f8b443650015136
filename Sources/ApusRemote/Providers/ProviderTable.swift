import ApusJSON

extension Provider {
  /// Every provider that this library knows, in the order of `providers.json`.
  public static let all: [Provider] = {
    do {
      return try table(PackageResources.providers_json)
    } catch {
      // A part of the program, not of its input.
      preconditionFailure("providers.json: \(error)")
    }
  }()

  /// The provider of a tier's type, or of another name of it.
  /// - Parameter own: Rows that go before those of this library.
  public static func named(_ type: String, among own: [Provider] = []) -> Provider? {
    let rows = own + all
    return rows.first { $0.type == type } ?? rows.first { $0.aliases.contains(type) }
  }

  /// A server of one's own that speaks OpenAI's API.
  public static let custom =
    named("custom")
    ?? Provider(
      type: "custom", title: "custom server", needsKey: false, timeout: .seconds(90))

  /// Reads rows.
  /// - Throws: `JSONError`, `ProviderError`.
  public static func table(_ bytes: [UInt8]) throws -> [Provider] {
    let json = try JSON(parsing: bytes)
    guard let rows = json["providers"]?.array else {
      throw ProviderError("there is no list of providers")
    }
    return try rows.map { row throws(ProviderError) in try Provider(json: row) }
  }

  /// The rows that this library is built with.
  static var embeddedRows: [UInt8] { PackageResources.providers_json }
}
