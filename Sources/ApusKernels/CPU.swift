import CSIMD

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the processor under this process can do.
public struct CPU: Sendable {
  public let name: String
  /// AVX2, FMA, F16C, with the operating system saving the registers.
  public let hasAVX2: Bool
  /// AVX-512 F, BW, DQ, VL and VNNI.
  public let hasAVX512VNNI: Bool
  /// AMX tiles with bfloat16 products (and AVX-512 with bfloat16 conversions), permitted to this
  /// process.
  public let hasAMX: Bool
  public let hasNEON: Bool

  public static let current = CPU()

  #if arch(x86_64)
    private init() {
      name = CPU.brand()
      let leaf1 = apus_cpuid(1, 0)
      let leaf7 = apus_cpuid(7, 0)
      let leaf71 = apus_cpuid(7, 1)
      // FMA 12, OSXSAVE 27, AVX 28, F16C 29
      let basic: UInt32 = 1 << 12 | 1 << 27 | 1 << 28 | 1 << 29
      guard leaf1.c & basic == basic else {
        (hasAVX2, hasAVX512VNNI, hasAMX, hasNEON) = (false, false, false, false)
        return
      }
      let saved = apus_xcr0()
      // BMI1 3, AVX2 5, BMI2 8
      let second: UInt32 = 1 << 3 | 1 << 5 | 1 << 8
      let avx2 = saved & 0x6 == 0x6 && leaf7.b & second == second
      // F 16, DQ 17, BW 30, VL 31; VNNI is bit 11 of ecx
      let third: UInt32 = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31
      let avx512 =
        avx2 && saved & 0xE6 == 0xE6 && leaf7.b & third == third && leaf7.c & 1 << 11 != 0
      // AMX-BF16 22, AMX-TILE 24; AVX512-BF16 is bit 5 of leaf 7.1's eax
      let tiles: UInt32 = 1 << 22 | 1 << 24
      let amx =
        avx512 && saved & 0x60000 == 0x60000 && leaf7.d & tiles == tiles
        && leaf71.a & 1 << 5 != 0 && apus_permit_tiles() != 0
      (hasAVX2, hasAVX512VNNI, hasAMX, hasNEON) = (avx2, avx512, amx, false)
    }

    private static func brand() -> String {
      guard apus_cpuid(0x8000_0000, 0).a >= 0x8000_0004 else { return "x86-64" }
      var bytes: [UInt8] = []
      for leaf in UInt32(0x8000_0002)...0x8000_0004 {
        let part = apus_cpuid(leaf, 0)
        for word in [part.a, part.b, part.c, part.d] {
          for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
          }
        }
      }
      let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      return text.split(separator: " ").joined(separator: " ")
    }
  #else
    private init() {
      #if arch(arm64)
        (name, hasNEON) = ("arm64", true)
      #else
        (name, hasNEON) = ("unknown", false)
      #endif
      (hasAVX2, hasAVX512VNNI, hasAMX) = (false, false, false)
    }
  #endif

  /// The instruction sets that matter here, for a line of a report.
  public var features: [String] {
    var found: [String] = []
    if hasAVX2 { found.append("avx2") }
    if hasAVX512VNNI { found.append("avx512vnni") }
    if hasAMX { found.append("amx") }
    if hasNEON { found.append("neon") }
    return found
  }
}
