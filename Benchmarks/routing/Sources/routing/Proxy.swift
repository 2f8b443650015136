import Foundation

/// `apus serve --route` in front of one upstream, as a process of its own.
final class Proxy {
  private let process = Process()
  let url: String

  struct Failure: Error {
    var message: String
  }

  /// Beside the repository's other products: `swift build -c release --product apus` makes it.
  private static var command: String {
    ProcessInfo.processInfo.environment["APUS"] ?? ".build/release/apus"
  }

  init(to upstream: String) throws {
    let log = Pipe()
    process.executableURL = URL(filePath: Self.command)
    process.arguments = ["serve", "--route", "--port", "0"]
    process.environment = ["CUSTOM_LLM_BASE_URL": upstream, "CUSTOM_LLM_MODEL": "m"]
    process.standardError = log
    try process.run()
    var text = ""
    while !text.contains("\n") {
      let bytes = log.fileHandleForReading.availableData
      guard !bytes.isEmpty else { throw Failure(message: "\(Self.command) did not listen") }
      text += String(decoding: bytes, as: UTF8.self)
    }
    guard let address = text.firstRange(of: "http://") else { throw Failure(message: text) }
    url = text[address.lowerBound...].prefix { !$0.isWhitespace } + "/v1"
    // Its log must not fill the pipe.
    log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  func stop() { process.terminate() }
}
