import ApusBlocks
import Testing

@testable import ApusKernels

@Suite struct CPUTests {
  @Test func tablesFollowTheProcessor() {
    let names = KernelTable.available.map(\.name)
    #expect(names.first == "portable")
    #expect(names.contains("avx2") == CPU.current.hasAVX2)
    #expect(names.contains("avx512") == CPU.current.hasAVX512VNNI)
    #expect(names.contains(KernelTable.best.name))
    #expect(!CPU.current.name.isEmpty)
  }

  #if os(Linux)
    /// What the kernel says of this process, by another way than the one that is tested.
    @Test func threadsAreAtMostTheProcessorsAllowed() throws {
      let allowed = CPU.affinity()
      #expect(!allowed.isEmpty)
      let cores = CPU.physicalCores(of: allowed)
      #expect(cores >= 1 && cores <= allowed.count)
      #expect(CPU.defaultThreadCount >= 1 && CPU.defaultThreadCount <= cores)
      #expect(CPU.physicalCores(of: [100_001, 100_002]) == 2)
    }
  #endif
}
