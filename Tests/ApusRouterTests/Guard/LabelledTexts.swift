@testable import ApusRouter

/// Chance that is the same in every run.
struct Lot {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  mutating func pick<T>(_ array: [T]) -> T { array[number(0...array.count - 1)] }

  mutating func text(_ count: Int, of letters: String) -> String {
    let letters = Array(letters)
    return String((0..<count).map { _ in pick(letters) })
  }

  mutating func hex(_ count: Int) -> String { text(count, of: "0123456789abcdef") }
  mutating func digits(_ count: Int) -> String { text(count, of: "0123456789") }
  mutating func alphanumerics(_ count: Int) -> String { text(count, of: Self.alphanumeric) }
  mutating func base64URL(_ count: Int) -> String {
    // Nobody's key begins or ends with a dash.
    alphanumerics(1) + text(count - 2, of: Self.alphanumeric + "-_") + alphanumerics(1)
  }
  mutating func base64(_ count: Int) -> String { text(count, of: Self.alphanumeric + "+/") }
  mutating func uuid() -> String {
    [hex(8), hex(4), "4" + hex(3), "a" + hex(3), hex(12)].joined(separator: "-")
  }

  static let letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  static let alphanumeric = letter + "0123456789"
}

/// A text, and the secret in it.
struct LabelledText: Sendable {
  var text: String
  /// Empty of those without any.
  var secret = ""
  var kind: Guard.Kind?
}

extension LabelledText {
  /// Keys of every format, in the places where they are found.
  static func secrets(each count: Int, seed: UInt64 = 7) -> [LabelledText] {
    var lot = Lot(seed)
    var texts: [LabelledText] = []
    for _ in 0..<count {
      for (kind, key) in keys(&lot) {
        let place = lot.pick(places)
        texts.append(
          LabelledText(text: place.replacing("{}", with: key), secret: key, kind: kind))
      }
      for (kind, name, key) in namedKeys(&lot) {
        let place = lot.pick(assignments)
        texts.append(
          LabelledText(
            text: place.replacing("NAME", with: name).replacing("{}", with: key), secret: key,
            kind: kind))
      }
      let identifier = lot.uuid()
      texts.append(
        LabelledText(
          text: lot.pick(azurePlaces).replacing("{}", with: identifier), secret: identifier,
          kind: .azureClientID))
    }
    return texts
  }

  private static let places = [
    "{}", "My key is {}, why is it refused?", "export API_KEY={}\nexport OTHER=1",
    #"{"model": "m", "api_key": "{}"}"#, #"curl -H "Authorization: Bearer {}" https://a.org"#,
    #"first line\n{}\nlast line"#, "(see {})", "密钥{}。", "The old one was {}.",
    "https://a.org/v1?key={}&alt=sse", "client = Client('{}')", "`{}`", "a%20key%3D{}",
    "- {}\n- another", "token:{};", "<key>{}</key>",
  ]

  private static let assignments = [
    "NAME={}", "export NAME=\"{}\"", "NAME: {}\n", #"{"NAME": "{}"}"#, "NAME = '{}'  # mine",
    #"os.environ["NAME"] = "{}""#,
    "set NAME={}\r\nnext", "  NAME:   \"{}\"",
  ]

  private static let azurePlaces = [
    "az login for azure with client {}", "AZURE_CLIENT_ID={}", "azure tenant: {}.",
    "https://login.microsoftonline.com/{}/oauth2", #"{"azure": {"clientId": "{}"}}"#,
  ]

  private static func keys(_ lot: inout Lot) -> [(Guard.Kind, String)] {
    [
      ("openai-key", "sk-proj-" + lot.base64URL(124)),
      ("openai-key", "sk-" + lot.alphanumerics(48)),
      ("openai-key", "sk-" + lot.hex(32)), ("anthropic-key", "sk-ant-api03-" + lot.base64URL(93)),
      ("gemini-key", "AIza" + lot.base64URL(35)), ("gemini-key", "AQ." + lot.base64URL(50)),
      ("groq-key", "gsk_" + lot.alphanumerics(52)),
      ("serverless-key", "hf_" + lot.text(34, of: Lot.letter)),
      ("replicate-key", "r8_" + lot.alphanumerics(37)),
      ("fireworks-key", "fw_" + lot.alphanumerics(24)),
      ("perplexity-key", "pplx-" + lot.alphanumerics(48)),
      ("openrouter-key", "sk-or-v1-" + lot.hex(64)), ("xai-key", "xai-" + lot.alphanumerics(80)),
      ("cerebras-key", "csk-" + lot.text(48, of: "abcdefghijklmnopqrstuvwxyz0123456789")),
      ("nvidia-key", "nvapi-" + lot.base64URL(64)),
      ("aws-access-key", "AKIA" + lot.text(16, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
      ("aws-access-key", "ASIA" + lot.text(16, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
      ("bedrock-key", "ABSK" + lot.base64(128)), ("google-token", "ya29." + lot.base64URL(140)),
      ("private-key", pem(&lot)), ("jwt", jsonWebToken(&lot)),
      ("github-token", lot.pick(["ghp_", "gho_", "ghs_"]) + lot.alphanumerics(36)),
      ("github-token", "github_pat_\(lot.alphanumerics(22))_\(lot.alphanumerics(59))"),
      ("slack-token", "xoxb-\(lot.digits(12))-\(lot.digits(13))-\(lot.alphanumerics(24))"),
      ("gitlab-token", "glpat-" + lot.base64URL(20)),
      ("stripe-key", "sk_live_" + lot.alphanumerics(24)),
      ("npm-token", "npm_" + lot.alphanumerics(36)),
    ]
  }

  private static func namedKeys(_ lot: inout Lot) -> [(Guard.Kind, String, String)] {
    [
      ("mistral-key", "MISTRAL_API_KEY", lot.alphanumerics(32)),
      ("together-key", "TOGETHER_API_KEY", lot.hex(64)),
      ("cohere-key", "COHERE_API_KEY", lot.alphanumerics(40)),
      ("azure-key", "AZURE_OPENAI_API_KEY", lot.hex(32)),
      ("deepinfra-key", "DEEPINFRA_API_KEY", lot.alphanumerics(32)),
      ("novita-key", "NOVITA_API_KEY", "sk_" + lot.base64URL(43)),
      ("sambanova-key", "SAMBANOVA_API_KEY", lot.uuid()),
      ("ai21-key", "AI21_API_KEY", lot.alphanumerics(32)),
      ("zai-key", "ZHIPU_API_KEY", "\(lot.hex(32)).\(lot.alphanumerics(16))"),
      ("nebius-key", "NEBIUS_API_KEY", lot.base64URL(200)),
      ("hyperbolic-key", "HYPERBOLIC_API_KEY", lot.alphanumerics(64)),
      ("bedrock-key", "AWS_SECRET_ACCESS_KEY", lot.alphanumerics(2) + lot.base64(38)),
      ("secret", "client_secret", lot.alphanumerics(40)),
      ("secret", "dbPassword", lot.alphanumerics(24)),
      ("secret", "x-api-key", lot.hex(40)), ("secret", "session-token", lot.base64URL(64)),
    ]
  }

  static func pem(_ lot: inout Lot, lines: Int = 6) -> String {
    let label = lot.pick(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"])
    let body = (0..<lines).map { _ in lot.base64(64) } + [lot.base64(22) + "=="]
    let newline = lot.pick(["\n", "\\n", "\r\n"])
    return (["-----BEGIN \(label)-----"] + body + ["-----END \(label)-----"])
      .joined(separator: newline)
  }

  private static func jsonWebToken(_ lot: inout Lot) -> String {
    "eyJ\(lot.base64URL(33)).eyJ\(lot.base64URL(lot.number(40...200))).\(lot.base64URL(43))"
  }

  /// What looks like a secret and is none.
  static func harmless(each count: Int, seed: UInt64 = 11) -> [LabelledText] {
    var lot = Lot(seed)
    return (0..<count).flatMap { _ in negatives(&lot) }.map { LabelledText(text: $0) }
  }

  private static func negatives(_ lot: inout Lot) -> [String] {
    let words = [
      "spinner", "container", "folding", "cube", "header", "widget", "loader", "handler", "manager",
    ]
    let name = (0..<4).map { _ in lot.pick(words) }
    let camel = name[0] + name[1...].map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    return [
      "commit \(lot.hex(40))\nAuthor: somebody", "fixed in \(lot.hex(7)), see \(lot.hex(12))",
      "request \(lot.uuid()) failed", #"{"id": "\#(lot.uuid())", "object": "list"}"#,
      "data:image/png;base64,iVBORw0KGgo\(lot.base64(400))==",
      "<img src=\"data:image/jpeg;base64,/9j/\(lot.base64(300))\">",
      "sha256:\(lot.hex(64))", "\"integrity\": \"sha512-\(lot.base64(86))==\"",
      "ETag: \"\(lot.hex(32))\"",
      "that costs $\(lot.digits(3)).\(lot.digits(2)), or \(lot.digits(5)) €",
      "version \(lot.number(0...30)).\(lot.number(0...30)).\(lot.number(0...30))-beta.\(lot.digits(1))",
      "ISBN 978-\(lot.digits(1))-\(lot.digits(4))-\(lot.digits(4))-\(lot.digits(1))",
      "order no. \(lot.digits(4))-\(lot.digits(8)), invoice RE\(lot.digits(10))",
      "class=\"sk-\(name.joined(separator: "-"))\"",
      "class=\"sk-\(name[0])-\(lot.digits(2)) sk-cube\(lot.digits(1))\"",
      "OPENAI_API_KEY=sk-\(String(repeating: "x", count: 40))", "api_key = \"YOUR_API_KEY_HERE\"",
      "export GROQ_API_KEY=<your key>", "key = \(camel)(\(name[1]), \(lot.digits(3)))",
      "token = tokenizer.\(camel)[\(lot.digits(2))]",
      "let apiKey = ProcessInfo.environment[\"OPENAI_API_KEY\"]",
      "api_key=os.environ.get('MISTRAL_API_KEY')", "password: \(name.joined(separator: "-"))",
      "cache_key: \(lot.hex(32))", "primaryKey = \"\(lot.alphanumerics(24))\"",
      "next_page_token=\(lot.base64URL(40))",
      "https://example.org/\(name.joined(separator: "-"))/\(lot.digits(8))",
      "/usr/lib/\(camel)/\(name[2])_\(lot.digits(4)).so.\(lot.digits(1))",
      "MAC \((0..<6).map { _ in lot.hex(2) }.joined(separator: ":"))",
      "2001:db8:\(lot.hex(4)):\(lot.hex(4))::\(lot.hex(4))",
      "trace_id=\(lot.hex(32)) span_id=\(lot.hex(16))",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\(lot.base64(43)) me@host",
      "-----BEGIN PUBLIC KEY-----\n\(lot.base64(64))\n-----END PUBLIC KEY-----",
      "-----BEGIN CERTIFICATE-----\n\(lot.base64(64))\n-----END CERTIFICATE-----",
      "A file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.",
      "#\(lot.hex(6)) and #\(lot.hex(3))",
      "at \(lot.digits(10)) or 2026-11-22T01:02:03.\(lot.digits(6))Z",
      "hf_\(name.joined(separator: "_"))", "gsk_\(name[0])",
      "npm_config_\(name.joined(separator: "_"))",
      "the key is under the mat; the token is \(name[0])",
      "max_tokens=\(lot.digits(4)), token_count: \(lot.digits(6))",
      "eyJ\(lot.base64URL(60))", "task-\(name.joined(separator: "-"))-\(lot.digits(4))",
      "let id = UUID(uuidString: \"\(lot.uuid().uppercased())\")",
      "AKIA is how they begin; AKIA1234 is none",
      "https://img.shields.io/badge/\(camel)-\(lot.digits(2))%25-green?key=\(name[3])",
    ]
  }
}
