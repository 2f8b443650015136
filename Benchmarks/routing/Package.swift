// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "apus-routing-benchmark",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "apus", path: "../..", traits: ["Remote"])],
  targets: [
    .executableTarget(
      name: "routing", dependencies: [.product(name: "Apus", package: "apus")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ]
)
