import CSIMD

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension CPU {
  /// How many threads a step uses unless told otherwise: the physical cores that the affinity mask
  /// allows, and no more than the quota of the control group; at least 1.
  public static var defaultThreadCount: Int {
    #if canImport(Darwin)
      return max(1, sysctl("hw.perflevel0.physicalcpu") ?? sysctl("hw.physicalcpu") ?? 1)
    #else
      let allowed = affinity()
      var cores = physicalCores(of: allowed)
      if let quota = groupQuota() { cores = min(cores, quota) }
      return max(1, cores)
    #endif
  }

  #if canImport(Darwin)
    private static func sysctl(_ name: String) -> Int? {
      var value: Int32 = 0
      var size = MemoryLayout<Int32>.size
      return sysctlbyname(name, &value, &size, nil, 0) == 0 ? Int(value) : nil
    }
  #else
    /// The numbers of the logical processors that this process may run on.
    static func affinity() -> [Int] {
      var mask = [UInt8](repeating: 0, count: 8192)
      let count = apus_affinity(&mask, mask.count)
      guard count > 0 else { return Array(0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
      var found: [Int] = []
      for (index, byte) in mask.prefix(count).enumerated() where byte != 0 {
        for bit in 0..<8 where byte & 1 << UInt8(bit) != 0 { found.append(index * 8 + bit) }
      }
      return found
    }

    /// Of the given logical processors, how many different cores; those whose topology is unknown
    /// count as cores of their own.
    static func physicalCores(of processors: [Int]) -> Int {
      var seen: Set<String> = []
      for processor in processors {
        let folder = "/sys/devices/system/cpu/cpu\(processor)/topology/"
        if let siblings = line(of: folder + "core_cpus_list")
          ?? line(of: folder + "thread_siblings_list")
        {
          seen.insert(siblings)
        } else {
          seen.insert("cpu\(processor)")
        }
      }
      return seen.count
    }

    /// Whole processors that the quota of this process's control group (version 2, then 1) is worth,
    /// rounded up; nil where there is none. A quota on a group above counts as well.
    static func groupQuota() -> Int? {
      var smallest: Double?
      func consider(_ quota: Double, _ period: Double) {
        guard quota > 0, period > 0 else { return }
        smallest = min(smallest ?? .infinity, quota / period)
      }
      for entry in lines(of: "/proc/self/cgroup") {
        let fields = entry.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { continue }
        let controllers = fields[1].split(separator: ",")
        guard controllers.isEmpty || controllers.contains("cpu") else { continue }
        var path = fields[2] == "/" ? "" : String(fields[2])
        while true {
          if controllers.isEmpty {
            if let words = line(of: "/sys/fs/cgroup\(path)/cpu.max")?.split(separator: " "),
              words.count == 2, let quota = Double(words[0]), let period = Double(words[1])
            {
              consider(quota, period)
            }
          } else {
            for root in ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"] {
              if let quota = line(of: "\(root)\(path)/cpu.cfs_quota_us").flatMap(Double.init),
                let period = line(of: "\(root)\(path)/cpu.cfs_period_us").flatMap(Double.init)
              {
                consider(quota, period)
              }
            }
          }
          guard let slash = path.lastIndex(of: "/") else { break }
          path = String(path[..<slash])
        }
      }
      return smallest.map { max(1, Int($0.rounded(.up))) }
    }

    private static func line(of path: String) -> String? {
      lines(of: path).first
    }

    /// The lines of a small file of the kernel (at most 16 kB); empty where it cannot be read.
    private static func lines(of path: String) -> [String] {
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return [] }
      defer { close(file) }
      var bytes = [UInt8](repeating: 0, count: 16384)
      let count = read(file, &bytes, bytes.count)
      guard count > 0 else { return [] }
      return String(decoding: bytes[..<count], as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
  #endif
}
