#if Remote
  import Apus
  import FakeProvider
  import Foundation
  import Synchronization
  import Testing

  /// A local tier that cannot answer, for each of its reasons, with an upstream on loopback behind.
  @Suite(.enabled(if: TinyModel.exists, "../shared/models is absent"), .serialized)
  struct LocalFaultTests {
    enum Fault: CaseIterable, Sendable {
      case missing, damaged, tooBig, unknownArchitecture, promptTooLong, busy, deadlineTooShort
      case notANumber, truncatedUnderMap
    }

    // features A14, A16, E8
    @Test(arguments: Fault.allCases)
    func theNextTierAnswers(fault: Fault) async throws {
      let provider = try FakeProvider(.stream(["from ", "afar"]))
      let scene = try await Scene(fault)
      let log = Log()
      let routed = try scene.router(before: provider.url, log).route(scene.request)
      let text = try await Response(of: routed.events, model: "").text
      await scene.end()

      #expect(text == "from afar")
      #expect(provider.requests.count == 1)
      let lines = log.lines
      try #require(lines.count == 4)
      #expect(lines[0] == "→ Trying: Tier 1: local")
      #expect(lines[1].hasPrefix("✗ Failed: Tier 1 (") && lines[1].hasSuffix(")"))
      #expect(lines[1].contains(fault.reason))
      #expect(lines[2] == "→ Trying: Tier 2: upstream")
      #expect(lines[3].wholeMatch(of: /✓ Success: Tier 2: upstream \(\d+ms, total: \d+ms\)/) != nil)
      #expect(routed.trace.attempts.map(\.tier) == [1, 2])
      #expect(routed.trace.modelName == "upstream")
    }

    // features A19
    @Test(arguments: Fault.allCases)
    func withTheUpstreamDownTooBothReasonsAreTold(fault: Fault) async throws {
      let scene = try await Scene(fault)
      let url = "http://127.0.0.1:\(try FakeProvider.closedPort())/v1"
      let router = try scene.router(before: url, Log())
      let error = try await #require(throws: ApusError.self) {
        try await router.respond(scene.request)
      }
      await scene.end()

      #expect(error.code == .allTiersFailed)
      #expect(error.message.hasPrefix("All LLM tiers failed: Tier 1: local ("))
      #expect(error.message.contains(fault.reason))
      #expect(error.message.contains("Tier 2: upstream ("))
      #expect(error.message.contains("connect"))
      let cause = try #require(error.cause as? RouterError)
      guard case .allTiersFailed(let attempts) = cause else {
        Issue.record("\(cause)")
        return
      }
      // Only the last tier is tried again.
      #expect(attempts.map(\.tier) == [1, 2, 2, 2])
      #expect(error.message.hasSuffix("; tried 3 times)"))
    }
  }

  extension LocalFaultTests.Fault {
    /// Words of the reason that the log must give.
    var reason: String {
      switch self {
      case .missing: "no such file"
      case .damaged: "model.gguf"
      case .tooBig: "memory"
      case .unknownArchitecture: "drama"
      case .promptTooLong: "context"
      case .busy: "busy"
      case .deadlineTooShort: "deadline"
      case .notANumber: "not numbers"
      case .truncatedUnderMap: "model.gguf"
      }
    }
  }

  /// One fault, staged: a tier, a request, and what must be undone afterwards.
  private struct Scene {
    let tier: Tier
    let request: Request
    private let copy: TinyModel?
    private let occupation: Task<Void, any Error>?

    init(_ fault: LocalFaultTests.Fault) async throws {
      var options = LoadOptions(contextLength: 256)
      var prompt = "Once upon a time"
      var answer = GenerationOptions(temperature: 0, maxTokens: 20)
      var timeout = Duration.seconds(60)
      var path: String?
      var edit: (inout Data) -> Void = { _ in }
      switch fault {
      case .missing: path = "/nowhere/model.gguf"
      case .damaged: edit = { $0 = $0.prefix($0.count / 2) }
      case .tooBig: options.memoryLimit = 1 << 20
      case .unknownArchitecture:
        edit = { data in
          // Type (4 bytes), length (8), then the five letters of "llama".
          guard let key = data.range(of: Data("general.architecture".utf8)) else { return }
          data.replaceSubrange(key.upperBound + 12..<key.upperBound + 17, with: Data("drama".utf8))
        }
      case .promptTooLong: prompt = String(repeating: "Once upon a time ", count: 400)
      case .busy:
        options.contextLength = 200_000
        options.queueLimit = 0
      case .deadlineTooShort:
        options.contextLength = 50_000
        prompt = String(repeating: "Once upon a time ", count: 2000)
        answer.maxTokens = 1
      case .notANumber:
        edit = { data in
          let half = data.count / 2
          data.replaceSubrange(half..., with: repeatElement(0xFF, count: data.count - half))
        }
      case .truncatedUnderMap: break
      }
      let copy = path == nil ? try TinyModel(edit) : nil
      self.copy = copy
      let file = path ?? copy?.path ?? ""
      let model: any LanguageModel
      var occupation: Task<Void, any Error>?
      switch fault {
      case .busy:
        let local = try await LocalModel(file, options: options)
        occupation = try await Self.occupy(local)
        model = local
      case .deadlineTooShort:
        // The model knows its speed from an answer that it has given.
        let local = try await LocalModel(file, options: options)
        let usage = try await local.respond(Request(.text(prompt), options: answer)).usage
        timeout = try #require(usage.prefillTime) / 3
        model = local
      case .truncatedUnderMap:
        let local = try await LocalModel(file, options: options)
        try copy?.truncate()
        model = local
      default:
        model = LazyModel(name: "local") { [options] in
          try await LocalModel(file, options: options)
        }
      }
      self.occupation = occupation
      tier = Tier(model, name: "local", timeout: timeout)
      request = Request(.text(prompt), options: answer)
    }

    /// An answer that goes on until the test is over.
    private static func occupy(_ model: LocalModel) async throws -> Task<Void, any Error> {
      let (started, continuation) = AsyncStream<Void>.makeStream()
      let task = Task {
        // Attention over so long a prompt takes minutes.
        let prompt = String(repeating: "Once upon a time ", count: 20_000)
        for try await _ in model.stream(Request(.text(prompt))) { continuation.yield() }
      }
      for await _ in started { break }
      return task
    }

    func router(before url: String, _ log: Log) throws -> Router {
      let upstream = try RemoteModel(url: url, model: "upstream")
      return try Router(tiers: [tier, Tier(upstream)]) { log.write($0.message) }
    }

    func end() async {
      occupation?.cancel()
      _ = await occupation?.result
    }
  }

  /// A small model's file, which a test may harm.
  private final class TinyModel: Sendable {
    private static let original = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../shared/models/stories260K/stories260K-f32.gguf").standardized
      .path()
    static var exists: Bool { FileManager.default.fileExists(atPath: original) }

    private let folder: URL
    var path: String { folder.appending(path: "model.gguf").path() }

    init(_ edit: (inout Data) -> Void) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var data = try Data(contentsOf: URL(filePath: Self.original))
      edit(&data)
      try data.write(to: folder.appending(path: "model.gguf"))
    }

    func truncate() throws {
      let file = try FileHandle(forWritingTo: folder.appending(path: "model.gguf"))
      try file.truncate(atOffset: 100_000)
      try file.close()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  private final class Log: Sendable {
    private let stored = Mutex<[String]>([])
    var lines: [String] { stored.withLock { $0 } }
    func write(_ line: String) { stored.withLock { $0.append(line) } }
  }
#endif
