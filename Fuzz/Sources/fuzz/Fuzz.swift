#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Something that reads input from outside. A call must return: an error is fine, a crash, a trap or
/// a difference between two implementations (which traps here) is a finding.
struct Kind: Sendable {
  let name: String
  let read: @Sendable (UnsafeRawBufferPointer) -> Void

  static let all: [Kind] = [
    .blocks, .json, .gguf, .safetensors, .vocabulary, .text, .template, .sse, .tokenizerJSON,
    .amazonEvents, .wires,
  ]

  /// The one that the environment variable `APUS_FUZZ` names.
  static let chosen: Kind = {
    let wanted = getenv("APUS_FUZZ").map { String(cString: $0) } ?? ""
    guard let kind = all.first(where: { $0.name == wanted }) else {
      let names = all.map(\.name).joined(separator: " ")
      let message = "APUS_FUZZ names what to fuzz, one of: \(names)\n"
      _ = message.withCString { write(2, $0, strlen($0)) }
      exit(2)
    }
    return kind
  }()
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  Kind.chosen.read(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
