// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// Kernel code is compiled optimised in debug builds too: a debug build must be usable for tests.
let optimised: [SwiftSetting] = [.unsafeFlags(["-Ounchecked"])]

/// One module per instruction set: clang's importer flags set Swift's code generator too.
func kernels(_ name: String, features: [String]) -> Target {
  .target(
    name: name,
    dependencies: ["ApusBlocks", "CSIMD"],
    swiftSettings: strict + optimised + [.unsafeFlags(features.flatMap { ["-Xcc", "-m\($0)"] })])
}

#if arch(x86_64)
  let avx2 = ["avx2", "fma", "f16c"]
  let avx512 = avx2 + ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni"]
  let kernelModules = [
    kernels("ApusKernelsAVX2", features: avx2),
    kernels("ApusKernelsAVX512", features: avx512),
  ]
#elseif arch(arm64)
  let kernelModules = [kernels("ApusKernelsNEON", features: [])]
#else
  let kernelModules: [Target] = []
#endif

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "apus",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Apus", targets: ["Apus"]),
    // The kernels alone, for Benchmarks/.
    .library(name: "ApusKernels", targets: ["ApusKernels", "ApusBlocks"]),
    // Everything that reads input, for Fuzz/.
    .library(
      name: "ApusReaders",
      targets: [
        "ApusJSON", "ApusBlocks", "ApusKernels", "ApusFiles", "ApusText", "ApusRemote",
      ]),
    .executable(name: "apus", targets: ["ApusTool"]),
  ],
  traits: [
    .trait(name: "BLAS", description: "Matrix products through OpenBLAS as a selectable path."),
    .trait(name: "Remote", description: "Remote tiers, through libcurl."),
    .trait(name: "Tools", description: "The apus command and its HTTP server."),
    .default(enabledTraits: ["BLAS", "Remote", "Tools"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
  ],
  targets: [
    // System libraries: a header and a module map each.
    .systemLibrary(name: "CSIMD", path: "Sources/System/CSIMD"),
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/System/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CCurl", path: "Sources/System/CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]),

    // What local and remote models share.
    module("ApusJSON"),
    module("ApusCore", ["ApusJSON"]),

    // Files, kernels, text, models: from a mapped file to a reply.
    .target(name: "ApusBlocks", swiftSettings: strict + optimised),
    module("ApusFiles", ["ApusBlocks", "ApusJSON"]),
    .target(
      name: "ApusKernels",
      dependencies: [
        "ApusBlocks", "CSIMD",
        .target(name: "COpenBLAS", condition: .when(traits: ["BLAS"])),
      ] + kernelModules.map { .target(name: $0.name) },
      swiftSettings: strict + optimised),
    module("ApusText", ["ApusFiles", "ApusJSON"]),
    module("ApusModels", ["ApusKernels", "ApusBlocks", "ApusFiles", "ApusJSON"]),
    module(
      "ApusEngine",
      ["ApusModels", "ApusKernels", "ApusBlocks", "ApusFiles", "ApusText", "ApusCore", "ApusJSON"]),

    // The router and its remote tiers.
    .target(
      name: "ApusRemote",
      dependencies: [
        "ApusCore", "ApusJSON", .target(name: "CCurl", condition: .when(traits: ["Remote"])),
        .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["Remote"])),
        .product(
          name: "CryptoExtras", package: "swift-crypto", condition: .when(traits: ["Remote"])),
      ],
      resources: [.embedInCode("Providers/providers.json")],
      swiftSettings: strict),
    module("ApusRouter", ["ApusRemote", "ApusCore", "ApusJSON"]),
    module(
      "ApusStore",
      [
        "ApusRouter", "ApusRemote", "ApusCore",
        .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["Remote"])),
      ]),

    // What consumers import, and what is built on it.
    module(
      "Apus",
      [
        "ApusBlocks", "ApusCore", "ApusJSON", "ApusFiles", "ApusKernels", "ApusText", "ApusEngine",
        "ApusRemote",
        "ApusRouter",
        "ApusStore",
      ]),
    module(
      "ApusServer",
      [
        "Apus", "ApusCore", "ApusJSON", "ApusRouter",
        .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Tools"])),
        .product(
          name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["Tools"])),
        .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Tools"])),
        .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Tools"])),
      ]),
    .executableTarget(
      name: "ApusTool",
      dependencies: [
        "Apus", "ApusServer",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser",
          condition: .when(traits: ["Tools"])),
        .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Tools"])),
      ],
      resources: [.copy("Resources")],
      swiftSettings: strict),

    tests("ApusJSONTests", ["ApusJSON"]),
    tests("ApusCoreTests", ["ApusCore"]),
    tests("ApusBlocksTests", ["ApusBlocks"]),
    tests("ApusFilesTests", ["ApusFiles", "ApusBlocks", "ApusJSON", "RefusalCost"]),
    tests("ApusKernelsTests", ["ApusKernels", "ApusBlocks"]),
    tests("ApusTextTests", ["ApusText", "ApusFiles", "ApusJSON", "RefusalCost"]),
    tests(
      "ApusModelsTests", ["ApusModels", "ApusKernels", "ApusBlocks", "ApusFiles", "RefusalCost"]),
    tests("ApusEngineTests", ["ApusEngine", "ApusModels", "ApusCore", "ApusFiles", "ApusText"]),
    tests("ApusTests", ["Apus", "FakeProvider"]),
    .target(name: "FakeProvider", path: "Tests/FakeProvider", swiftSettings: strict),
    .target(name: "RefusalCost", path: "Tests/RefusalCost", swiftSettings: strict),
    tests("ApusRemoteTests", ["ApusRemote", "ApusCore", "ApusJSON", "FakeProvider"]),
    tests("ApusRouterTests", ["ApusRouter", "ApusRemote", "ApusCore", "ApusJSON", "FakeProvider"]),
    tests(
      "ApusStoreTests",
      [
        "ApusStore", "ApusRouter", "ApusRemote", "ApusCore", "ApusJSON", "LedgerWriter",
        .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["Remote"])),
      ]),
    .executableTarget(
      name: "LedgerWriter", dependencies: ["ApusStore", "ApusRouter", "ApusCore"],
      path: "Tests/LedgerWriter", swiftSettings: strict),
    .testTarget(
      name: "ApusServerTests",
      dependencies: [
        "ApusServer", "Apus", "ApusCore", "ApusJSON", "ApusRouter",
        .product(
          name: "HummingbirdTesting", package: "hummingbird", condition: .when(traits: ["Tools"])),
        .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Tools"])),
      ],
      exclude: ["openai_client.py"], swiftSettings: strict),
    tests("ApusToolTests", ["ApusTool", "Apus", "ApusJSON"]),
    tests(
      "GoldenTests",
      [
        "ApusEngine", "ApusModels", "ApusKernels", "ApusBlocks", "ApusFiles", "ApusCore",
        "ApusText",
        "ApusJSON",
      ]),
  ] + kernelModules
)
