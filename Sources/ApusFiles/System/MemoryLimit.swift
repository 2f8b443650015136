#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory this process may still take.
public enum MemoryLimit {
  /// Bytes left: of the machine without swapping, and of every control group above this process.
  /// `Int.max` where neither says anything.
  public static var available: Int {
    #if canImport(Darwin)
      Int(sysconf(_SC_PHYS_PAGES)) * Int(sysconf(_SC_PAGESIZE))
    #else
      available(root: "")
    #endif
  }

  /// The same from files under another root, as tests lay them out.
  static func available(root: String) -> Int {
    var limit = Int.max
    if let machine = machineAvailable(SmallFile.text(root + "/proc/meminfo") ?? "") {
      limit = machine
    }
    for line in (SmallFile.text(root + "/proc/self/cgroup") ?? "").split(separator: "\n") {
      // hierarchy:controllers:path
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let path = String(parts[2])
      if parts[1].isEmpty {
        limit = min(limit, groupAvailable(root + "/sys/fs/cgroup", path, .version2))
      } else if parts[1].split(separator: ",").contains("memory") {
        limit = min(limit, groupAvailable(root + "/sys/fs/cgroup/memory", path, .version1))
      }
    }
    return limit
  }

  private static func machineAvailable(_ text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      guard let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
      else { return nil }
      let (bytes, overflow) = kilobytes.multipliedReportingOverflow(by: 1024)
      return overflow ? nil : bytes
    }
    return nil
  }

  private struct GroupFiles {
    let limit: String
    let usage: String
    /// Cached pages of files, which are given up when memory is short, are part of the usage.
    let reclaimable: String
    static let version1 = GroupFiles(
      limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
      reclaimable: "total_inactive_file")
    static let version2 = GroupFiles(
      limit: "memory.max", usage: "memory.current", reclaimable: "inactive_file")
  }

  /// The least that the group and those above it have left. In a container the mount's root is the
  /// group itself, and its path does not exist below: then only the root counts.
  private static func groupAvailable(_ mount: String, _ path: String, _ files: GroupFiles) -> Int {
    var least = Int.max
    var components = path.split(separator: "/")
    while true {
      let folder = ([mount[...]] + components).joined(separator: "/")
      if let limit = SmallFile.integer("\(folder)/\(files.limit)"),
        let usage = SmallFile.integer("\(folder)/\(files.usage)")
      {
        let cached = statistic(files.reclaimable, SmallFile.text("\(folder)/memory.stat") ?? "")
        least = min(least, max(0, limit - max(0, usage - cached)))
      }
      if components.isEmpty { return least }
      components.removeLast()
    }
  }

  private static func statistic(_ name: String, _ text: String) -> Int {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 2, parts[0] == name { return max(0, Int(parts[1]) ?? 0) }
    }
    return 0
  }
}

/// Files of the kernel that say 0 for their size.
private enum SmallFile {
  static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var count = 0
    while count < buffer.count {
      let length = buffer[count...].withUnsafeMutableBytes { rest in
        read(descriptor, rest.baseAddress, rest.count)
      }
      if length <= 0 { break }
      count += length
    }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// A number of bytes; `nil` for `max`.
  static func integer(_ path: String) -> Int? {
    text(path)?.split(separator: "\n").first.flatMap { Int($0) }
  }
}
