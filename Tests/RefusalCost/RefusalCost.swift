import Foundation

/// What it costs to refuse a bad input, measured where `scripts/bad-input-check` asks for it: then
/// the environment variable `APUS_REFUSAL_COSTS` names a file, which gets a line for each input.
/// Everywhere else the work is done and nothing more.
public enum RefusalCost {
  public static var isMeasured: Bool { file != nil }

  private static let file = ProcessInfo.processInfo.environment["APUS_REFUSAL_COSTS"]

  /// Does the work. A line of the file: milliseconds, KiB by which the memory of the process grew
  /// at the worst, the input.
  public static func measure<Result, Failure>(
    _ input: @autoclosure () -> String, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let file else { return try work() }
    let before = Memory.now(resettingPeak: true)
    let start = ContinuousClock.now
    defer {
      let time = (ContinuousClock.now - start) / .milliseconds(1)
      let growth = max(0, Memory.now(resettingPeak: false).peak - before.resident)
      var name = input().replacing("\n", with: "\\n")
      if name.count > 160 { name = name.prefix(60) + " … " + name.suffix(100) }
      append(String(format: "%.2f\t%d\t%@\n", time, growth, name), to: file)
    }
    return try work()
  }

  private static func append(_ line: String, to path: String) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
    guard descriptor >= 0 else { return }
    let bytes = Array(line.utf8)
    _ = write(descriptor, bytes, bytes.count)
    close(descriptor)
  }
}

/// The memory that this process has, in KiB, as Linux counts it.
private struct Memory {
  var resident = 0
  /// The most since the last reset.
  var peak = 0

  #if canImport(Glibc)
    /// `malloc_trim`, which the module of the C library leaves out.
    private static let releaseFreed = dlsym(nil, "malloc_trim").map {
      unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
    }
  #endif

  static func now(resettingPeak: Bool) -> Memory {
    #if canImport(Glibc)
      if resettingPeak {
        // What was freed goes back first, so that it does not hide what is taken next.
        _ = releaseFreed?(0)
        if let file = fopen("/proc/self/clear_refs", "w") {
          fputs("5", file)
          fclose(file)
        }
      }
    #endif
    var memory = Memory()
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") {
      let number = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      if line.hasPrefix("VmRSS:") { memory.resident = number }
      if line.hasPrefix("VmHWM:") { memory.peak = number }
    }
    return memory
  }
}
