#if Remote
  import ApusCore
  import Foundation
  import Synchronization
  import Testing

  @testable import ApusRouter

  @Suite struct ModelDigestTests {
    private let folder: URL

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "apus-digest-\(UUID())")
      for name in ["a", "b"] {
        try FileManager.default.createDirectory(
          at: folder.appending(path: name), withIntermediateDirectories: true)
      }
    }

    private final class Store: DigestStore {
      private let digests = Mutex<[String: String]>([:])
      var count: Int { digests.withLock { $0.count } }
      func digest(for state: String) -> String? { digests.withLock { $0[state] } }
      func keep(_ digest: String, for state: String) { digests.withLock { $0[state] = digest } }
    }

    private func identity(_ place: String, _ settings: String = "s") throws -> ModelIdentity {
      let path = folder.appending(path: place).path
      return ModelIdentity(
        files: [try #require(ModelIdentity.File(path: path))], settings: settings)
    }

    private func write(_ bytes: [UInt8], _ place: String) throws {
      try Data(bytes).write(to: folder.appending(path: place))
    }

    /// Asks until the file has been read.
    private func digest(_ digests: ModelDigests, _ identity: ModelIdentity) async throws -> String {
      while true {
        let name = digests.name(of: identity)
        if name.hasPrefix("sha256:") { return name }
        #expect(name.hasPrefix(identity.files[0].name))
        try await Task.sleep(for: .milliseconds(1))
      }
    }

    // features F2
    @Test func theContentDecidesNotThePlace() async throws {
      defer { try? FileManager.default.removeItem(at: folder) }
      // Larger than what is read at once, with a difference in the middle.
      var bytes = [UInt8](repeating: 5, count: 3 << 20)
      try write(bytes, "a/model.gguf")
      try write(bytes, "b/model.gguf")
      let digests = ModelDigests(store: nil)
      let first = try await digest(digests, identity("a/model.gguf"))
      #expect(try await digest(digests, identity("b/model.gguf")) == first)
      #expect(try await digest(digests, identity("b/model.gguf", "other")) != first)
      bytes[2 << 20] = 6
      try write(bytes, "b/model.gguf")
      #expect(try await digest(digests, identity("b/model.gguf")) != first)
    }

    @Test func itIsReadOnceAndRemembered() async throws {
      defer { try? FileManager.default.removeItem(at: folder) }
      try write([1, 2, 3], "a/model.gguf")
      let store = Store()
      let identity = try identity("a/model.gguf")
      let first = try await digest(ModelDigests(store: store), identity)
      while store.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
      // Known at once, though the file is gone.
      try FileManager.default.removeItem(at: folder.appending(path: "a/model.gguf"))
      #expect(ModelDigests(store: store).name(of: identity) == first)
    }

    /// What is at the path now is not what was loaded.
    @Test func aFileThatHasChangedHasNoDigest() async throws {
      defer { try? FileManager.default.removeItem(at: folder) }
      try write([1, 2, 3], "a/model.gguf")
      let identity = try identity("a/model.gguf")
      try write([1, 2, 4], "a/model.gguf")
      let digests = ModelDigests(store: nil)
      for _ in 0..<50 {
        #expect(digests.name(of: identity) == "\(identity.state) s")
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(!identity.files[0].isUnchanged)
    }
  }
#endif
