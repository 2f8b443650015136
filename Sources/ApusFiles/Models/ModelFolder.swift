#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder whose files are opened by name, and never left: neither a name nor a link leads out.
struct ModelFolder {
  let path: String
  /// With all links followed.
  private let realPath: String
  /// A download cache keeps its files in `blobs` beside `snapshots`, and links to them: the folder
  /// of the whole repository is what links may not leave there.
  private let realRoot: String

  init(_ path: String) throws(FileError) {
    self.path = path
    guard !path.utf8.contains(0), let real = ModelFolder.resolve(path) else {
      throw FileError(
        .notFound, path: path, field: "", offset: nil, "no such folder; check the path")
    }
    realPath = real
    let parts = real.split(separator: "/")
    if parts.count > 3, parts[parts.count - 2] == "snapshots" {
      realRoot = "/" + parts.dropLast(2).joined(separator: "/")
    } else {
      realRoot = real
    }
  }

  /// - Throws: `notFound`; `pathEscape` where `name` or a link leads out of the folder.
  func file(_ name: String) throws(FileError) -> FileBytes {
    try checkName(name)
    let child = "\(path)/\(name)"
    guard let real = ModelFolder.resolve(child) else {
      throw FileError(
        .notFound, path: child, field: "", offset: nil, "no such file; the model is not complete")
    }
    guard real.hasPrefix(realRoot + "/") else {
      throw FileError(
        .pathEscape, path: child, field: "", offset: nil,
        "is a link that leads out of the model's folder; copy the file into it")
    }
    let mapped = try MappedFile(real)
    return FileBytes(path: child, buffer: mapped.bytes, owner: mapped)
  }

  /// `nil` where there is no such file.
  func fileIfPresent(_ name: String) throws(FileError) -> FileBytes? {
    var status = stat()
    guard lstat("\(path)/\(name)", &status) == 0 else { return nil }
    return try file(name)
  }

  private func checkName(_ name: String) throws(FileError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    guard isPlain, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "\\")) else {
      throw FileError(
        .pathEscape, path: path, field: "file name '\(FileError.printable(name))'", offset: nil,
        "leads out of the model's folder; the model is damaged or hostile")
    }
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
