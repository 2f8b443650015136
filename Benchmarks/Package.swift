// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

#if arch(x86_64)
  /// Loops that measure what an instruction set can do at most, one module each.
  func peak(_ name: String, _ features: [String]) -> Target {
    .target(
      name: name, dependencies: ["CIntrinsics"],
      swiftSettings: strict + [
        .unsafeFlags(["-Ounchecked"] + features.flatMap { ["-Xcc", "-m\($0)"] })
      ])
  }
  let peaks = [
    peak("PeakAVX2", ["avx2", "fma"]),
    peak("PeakAVX512", ["avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512vnni"]),
  ]
#else
  let peaks: [Target] = []
#endif

let package = Package(
  name: "apus-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "apus", path: "..", traits: ["BLAS"])],
  targets: [
    .systemLibrary(name: "CIntrinsics"),
    .executableTarget(
      name: "kernels",
      dependencies: [
        .product(name: "ApusKernels", package: "apus"), .product(name: "Apus", package: "apus"),
      ]
        + peaks.map { .target(name: $0.name) },
      swiftSettings: strict),
    .executableTarget(
      name: "tokenizers",
      dependencies: [.product(name: "ApusReaders", package: "apus")],
      swiftSettings: strict),
  ] + peaks
)
