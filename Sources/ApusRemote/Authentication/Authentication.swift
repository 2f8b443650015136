import ApusJSON

/// How a provider wants to know who asks.
public struct Authentication: Sendable, Hashable {
  /// Where a key goes.
  public enum Place: Sendable, Hashable {
    case nowhere
    /// `Authorization: Bearer …`.
    case bearer
    /// A header that holds the key alone.
    case header(String)
    /// A parameter of the address.
    case query(String)
  }

  /// What a key may be instead of text: the credentials of a cloud, as a JSON object.
  public enum Cloud: Sendable, Hashable {
    /// Requests are signed for this service (Signature Version 4).
    case amazon(service: String)
    /// A service account's key buys tokens with this scope.
    case google(scope: String)
    /// An application's secret buys tokens with this scope.
    case entra(scope: String)
  }

  public var place: Place
  public var cloud: Cloud?

  public init(_ place: Place, cloud: Cloud? = nil) {
    self.place = place
    self.cloud = cloud
  }

  public static let none = Authentication(.nowhere)
  public static let bearer = Authentication(.bearer)

  /// As rows write it: `"none"`, `"bearer"`, or an object with `header` or `query`, and `amazon`,
  /// `google` or `entra`.
  init(json: JSON) throws(ProviderError) {
    switch json.string {
    case "none": self = .none
    case "bearer": self = .bearer
    case let other?: throw ProviderError("\(other) is no authentication")
    case nil:
      guard let object = json.object else { throw ProviderError("authentication is no object") }
      self.init(.bearer)
      for (name, value) in object {
        guard let text = value.string else { throw ProviderError("\(name) is no text") }
        switch name {
        case "header": place = .header(text)
        case "query": place = .query(text)
        case "amazon": cloud = .amazon(service: text)
        case "google": cloud = .google(scope: text)
        case "entra": cloud = .entra(scope: text)
        default: throw ProviderError("\(name) is no authentication")
        }
      }
    }
  }
}

extension Authentication: CustomStringConvertible {
  /// For people.
  public var description: String {
    let key =
      switch place {
      case .nowhere: "none"
      case .bearer: "Authorization: Bearer"
      case .header(let name): name
      case .query(let name): "?\(name)="
      }
    switch cloud {
    case nil: return key
    case .amazon?: return key + ", or Signature Version 4"
    case .google?: return key + ", or a service account (RS256)"
    case .entra?: return key + ", or Entra client credentials"
    }
  }
}
