import Dispatch
import Synchronization
import Testing

@testable import ApusFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct MappedFileTests {
  @Test func theBytesOfTheFileAreThereAndZerosBehindThem() throws {
    let folder = TemporaryFolder()
    // Whole pages: a read past the end would meet a page of its own.
    let bytes = [UInt8](repeating: 7, count: 2 * TruncationGuard.pageSize)
    let file = try MappedFile(folder.file("whole", bytes))
    #expect(file.bytes.elementsEqual(bytes))
    #expect(file.bytes.baseAddress?.load(fromByteOffset: bytes.count, as: UInt64.self) == 0)
    #expect(!file.wasTruncated)
    let empty = try MappedFile(folder.file("empty", []))
    #expect(empty.bytes.isEmpty)
    try empty.checkIntact()
  }

  #if os(Linux)
    /// Aligned for huge pages, and the kernel was asked for them.
    @Test(
      .enabled(
        if: access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0,
        "a kernel without huge pages"))
    func aLargeFileIsReadInHugePages() throws {
      let folder = TemporaryFolder()
      let path = folder.file("large", [UInt8](repeating: 7, count: 4 << 20))
      let file = try MappedFile(path)
      let base = try #require(file.bytes.baseAddress)
      #expect(Int(bitPattern: base) % (2 << 20) == 0)
      let maps = try #require(fopen("/proc/self/smaps", "r"))
      defer { fclose(maps) }
      var line = [CChar](repeating: 0, count: 4096)
      var isOwn = false
      var flags: [Substring] = []
      while fgets(&line, Int32(line.count), maps) != nil {
        let words = String(
          decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
        )
        .split { $0 == " " || $0 == "\n" }
        if words.last.map(String.init) == path { isOwn = true }
        guard isOwn, words.first == "VmFlags:" else { continue }
        flags = words
        break
      }
      #expect(flags.contains("hg"))
      withExtendedLifetime(file) {}
    }
  #endif

  @Test func whatIsNoFileIsNamed() {
    #expect(#expect(throws: FileError.self) { try MappedFile("/absent/x") }?.code == .notFound)
    #expect(#expect(throws: FileError.self) { try MappedFile("/tmp") }?.code == .unreadable)
    let folder = TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(#expect(throws: FileError.self) { try MappedFile(pipe) }?.code == .unreadable)
  }

  /// Case 35: the pages that went away read as zeros, on every thread, and the flag says so.
  @Test func aTruncatedFileReadsAsZerosAndSaysSo() throws {
    let folder = TemporaryFolder()
    let page = TruncationGuard.pageSize
    let path = folder.file("model", [UInt8](repeating: 1, count: 16 * page))
    let other = try MappedFile(folder.file("other", [UInt8](repeating: 2, count: 4 * page)))
    let file = try MappedFile(path)
    #expect(truncate(path, off_t(4 * page)) == 0)
    try file.checkIntact()
    let sums = Mutex([Int](repeating: -1, count: 8))
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      var sum = 0
      for index in 0..<16 * page { sum += Int(file.bytes[index]) }
      sums.withLock { $0[thread] = sum }
    }
    // Four pages are left at least; a thread may have read more before the first fault.
    #expect(sums.withLock { $0 }.allSatisfy { $0 == 4 * page })
    #expect(file.wasTruncated)
    let error = #expect(throws: FileError.self) { try file.checkIntact() }
    #expect(error?.code == .truncatedUnderMap)
    #expect(error?.kind == .truncatedUnderMap)
    #expect(error?.description.contains(path) == true)
    // The neighbour is not concerned, and a slot that is used again begins intact.
    #expect(!other.wasTruncated)
    #expect(other.bytes[4 * page - 1] == 2)
    let again = try MappedFile(folder.file("again", [UInt8](repeating: 3, count: page)))
    #expect(!again.wasTruncated)
  }

  @Test func aModelSaysThatItsFileWasTruncated() throws {
    let folder = TemporaryFolder()
    var writer = GGUFWriter()
    let count = 4 * TruncationGuard.pageSize
    writer.append(tensor: "w", shape: [count], [Float](repeating: 1, count: count))
    let path = "\(folder.path)/model.gguf"
    try writer.write(to: path)
    let gguf = try GGUF(mapping: path)
    try gguf.checkIntact()
    #expect(truncate(path, 4096) == 0)
    #expect(try #require(gguf.tensors["w"]).bytes.last == 0)
    #expect(throws: FileError.self) { try gguf.checkIntact() }
  }

  @Test func slotsAreGivenBack() throws {
    let folder = TemporaryFolder()
    let path = folder.file("x", [1, 2, 3])
    for _ in 0..<2 * TruncationGuard.capacity { _ = try MappedFile(path) }
  }
}

@Suite struct MemoryLimitTests {
  private static func layOut(_ files: [(String, String)]) -> TemporaryFolder {
    let folder = TemporaryFolder()
    for (name, text) in files {
      var path = folder.path
      for part in name.split(separator: "/").dropLast() {
        path += "/\(part)"
        mkdir(path, 0o755)
      }
      _ = folder.file(name, Array(text.utf8))
    }
    return folder
  }

  private static let meminfo = ("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")

  @Test func thisMachineHasSomeMemory() {
    #expect(MemoryLimit.available > 1 << 20)
    #expect(MemoryLimit.available < 1 << 50)
  }

  @Test func theMachineAloneCounts() {
    let root = Self.layOut([Self.meminfo, ("proc/self/cgroup", "0::/\n")])
    #expect(MemoryLimit.available(root: root.path) == 4000 * 1024)
    #expect(MemoryLimit.available(root: "/absent") == .max)
  }

  @Test func theLeastOfTheGroupsCountsVersion2() {
    let root = Self.layOut([
      Self.meminfo, ("proc/self/cgroup", "0::/a/b\n"),
      ("sys/fs/cgroup/a/memory.max", "1000000\n"), ("sys/fs/cgroup/a/memory.current", "400000\n"),
      ("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 100000\n"),
      ("sys/fs/cgroup/a/b/memory.max", "max\n"), ("sys/fs/cgroup/a/b/memory.current", "1\n"),
    ])
    #expect(MemoryLimit.available(root: root.path) == 700_000)
  }

  @Test func theLeastOfTheGroupsCountsVersion1() {
    let root = Self.layOut([
      Self.meminfo, ("proc/self/cgroup", "4:memory:/job\n1:cpu:/\n0::/\n"),
      ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "500000\n"),
      ("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "600000\n"),
      ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
      ("sys/fs/cgroup/memory/memory.usage_in_bytes", "600000\n"),
    ])
    #expect(MemoryLimit.available(root: root.path) == 0)
  }
}
