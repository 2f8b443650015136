public import ApusCore
import ApusEngine
public import ApusRouter

/// Counts the tokens of prompts with the tokenizers of the models on this machine, chat template and
/// all, also for tiers elsewhere that serve the same model.
///
/// ```swift
/// var options = RouterOptions()
/// options.countTokens = LocalTokenCounter(
///   tiers, aliases: ["llama-3.1-8b-instant": "Llama-3.1-8B-Instruct"]).count
/// ```
public struct LocalTokenCounter: Sendable {
  private let models: [any LanguageModel]
  private let aliases: [String: String]

  /// - Parameters:
  ///   - tiers: Those whose models are loaded, or will be, on this machine are used.
  ///   - aliases: What other tiers call a model, and its name here. Names that differ only in their
  ///     publisher, punctuation, case or quantisation need none:
  ///     `Qwen/Qwen2.5-0.5B-Instruct` is `qwen2.5-0.5b-instruct-q4_k_m`.
  public init(_ tiers: [Tier], aliases: [String: String] = [:]) {
    models = tiers.filter(\.isLocal).map(\.model)
    self.aliases = aliases
  }

  /// - Returns: `nil` where no loaded model is called so, or where its template refuses the request;
  ///   then the tokens are estimated.
  @Sendable public func count(_ model: String, _ request: Request) -> Int? {
    let name = Self.plain(aliases[model] ?? model)
    for candidate in models {
      let names = [Self.plain(candidate.name), Self.plain(local(candidate)?.name ?? "")]
      if names.contains(name), let local = local(candidate) {
        return try? local.tokenCount(of: request)
      }
    }
    return nil
  }

  private func local(_ model: any LanguageModel) -> LocalModel? {
    switch model {
    case let model as LocalModel: model
    case let model as Model: model.local
    case let model as LazyModel: model.loaded.flatMap(local)
    default: nil
    }
  }

  /// Without publisher, variant (`:free`), quantisation and punctuation.
  private static func plain(_ name: String) -> String {
    var name = name.lowercased()[...]
    name = name.split(separator: "/").last ?? name
    name = name.split(separator: ":").first ?? name
    if name.hasSuffix(".gguf") { name = name.dropLast(5) }
    name = name.prefixMatch(of: /(.+?)[-._](?:i?q[0-9].*|b?f(?:16|32))$/)?.1 ?? name
    return String(name.unicodeScalars.filter { $0.properties.isAlphabetic || $0.isDigit })
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
