import ApusJSON
import ApusText
import Foundation
import Testing

/// Encodings that Fixtures/tokenizers/make-goldens has written; more of them, of other tokenizers,
/// from the folder that `APUS_TOKENIZER_GOLDENS` names.
@Suite("Golden tokenizers") struct GoldenTokenizerTests {
  static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/tokenizers")

  static let files: [URL] = {
    var folders = [fixtures]
    if let more = ProcessInfo.processInfo.environment["APUS_TOKENIZER_GOLDENS"] {
      folders.append(URL(fileURLWithPath: more))
    }
    return folders.flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.filter { $0.hasSuffix(".json") }.sorted().map(folder.appendingPathComponent)
    }
  }()

  @Test("random texts, as the package tokenizers has them", arguments: files)
  func random(file: URL) throws {
    let limits = JSONLimits(byteCount: 1 << 30, valueCount: 1 << 26)
    let golden = try JSON(parsing: Array(Data(contentsOf: file)), limits: limits)
    let json: [UInt8]
    if let path = golden["path"]?.string {
      json = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    } else {
      json = Array(try #require(golden["tokenizer"]).serialized().utf8)
    }
    let tokenizer = try Tokenizer(tokenizerJSON: json)
    let cases = try #require(golden["cases"]?.array)
    #expect(cases.count >= 100)
    var differences: [String] = []
    for golden in cases {
      let text = try #require(golden["text"]?.string)
      func ids(_ name: String) throws -> [Int32] {
        try #require(golden[name]?.array).compactMap { $0.integer.map { Int32($0) } }
      }
      let plain = try ids("plain")
      let ours = tokenizer.encode(text, addSpecial: false)
      var problem = ""
      if ours != plain { problem += " \(ours) instead of \(plain)" }
      if tokenizer.encode(text) != (try ids("ids")) { problem += " special tokens" }
      if let decoded = golden["decoded"]?.string, tokenizer.decode(plain) != decoded {
        problem += " decoded"
      }
      if !problem.isEmpty { differences.append(text.debugDescription + problem) }
    }
    #expect(
      differences.isEmpty,
      "\(differences.count) of \(cases.count): \(differences.prefix(8).joined(separator: "\n"))")
  }

  @Test("there are fixtures") func present() { #expect(Self.files.count >= 2) }
}
