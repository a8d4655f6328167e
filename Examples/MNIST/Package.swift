// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "MNISTExample",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Intrinsic", path: "../..")],
  targets: [
    .executableTarget(
      name: "MNISTExample",
      dependencies: [
        .product(name: "Intrinsic", package: "Intrinsic"),
        .product(name: "IntrinsicData", package: "Intrinsic"),
      ])
  ]
)
