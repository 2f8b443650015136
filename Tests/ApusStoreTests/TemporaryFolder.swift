#if Remote
  import ApusCore
  import ApusRouter
  import Foundation

  /// A folder that goes away with the test.
  final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
      path = FileManager.default.temporaryDirectory.appending(path: "apus-store-\(UUID())").path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Everything that the folder's files hold.
    func bytes() throws -> Data {
      try FileManager.default.contentsOfDirectory(atPath: path)
        .reduce(into: Data()) { try $0.append(Data(contentsOf: URL(filePath: path + "/" + $1))) }
    }
  }

  extension LedgerEntry {
    /// An entry of day 20000.
    static func sample(
      _ request: String, attempt: Int = 0, caller: String = "", cost: Int = 1,
      failure: String? = nil
    ) -> LedgerEntry {
      LedgerEntry(
        request: request, attempt: attempt, time: 86_400 * 20_000 + 17.5, caller: caller,
        tier: "Groq", provider: "groq", model: "m", failure: failure, usage: Usage(),
        cost: PicoDollars(cost), isEstimated: false)
    }
  }
#endif
