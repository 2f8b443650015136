// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "apus-fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "apus", path: "..", traits: [])],
  targets: [
    .executableTarget(
      name: "fuzz",
      dependencies: [.product(name: "ApusReaders", package: "apus")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        // libFuzzer brings the main function.
        .unsafeFlags(["-parse-as-library"]),
      ])
  ]
)
