// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "Intrinsic",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Intrinsic", targets: ["Intrinsic", "IntrinsicMath"]),
    .library(name: "IntrinsicAnalysis", targets: ["IntrinsicAnalysis"]),
    .library(name: "IntrinsicTheory", targets: ["IntrinsicTheory"]),
    .library(name: "IntrinsicData", targets: ["IntrinsicData"]),
    .executable(name: "intrinsic", targets: ["IntrinsicCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CIntrinsicKernels"),
    .target(
      name: "IntrinsicMath",
      dependencies: [
        "CIntrinsicKernels",
        .target(name: "COpenBLAS", condition: .when(platforms: [.linux])),
      ]),
    .target(
      name: "IntrinsicProtobuf",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto", "tensorboard.proto"]),
    .target(
      name: "Intrinsic", dependencies: ["IntrinsicData", "IntrinsicMath", "IntrinsicProtobuf"]),
    .target(
      name: "IntrinsicAnalysis", dependencies: ["Intrinsic", "IntrinsicData", "IntrinsicMath"]),
    .target(name: "IntrinsicTheory", dependencies: ["IntrinsicMath"]),
    .target(
      name: "IntrinsicData",
      dependencies: [
        "IntrinsicMath", "CZlib",
        .target(name: "COpenSSL", condition: .when(platforms: [.linux])),
      ]),
    .target(
      name: "IntrinsicStudies",
      dependencies: [
        "IntrinsicAnalysis", "IntrinsicTheory", "IntrinsicData", "Intrinsic", "IntrinsicMath",
        "IntrinsicProtobuf",
      ]),
    .executableTarget(
      name: "IntrinsicCLI",
      dependencies: [
        "IntrinsicStudies", "IntrinsicAnalysis", "IntrinsicTheory", "IntrinsicData", "Intrinsic",
        "IntrinsicMath",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "IntrinsicMathTests", dependencies: ["IntrinsicMath", "CIntrinsicKernels"]),
    .testTarget(
      name: "IntrinsicTests",
      dependencies: ["Intrinsic", "IntrinsicData", "IntrinsicMath", "IntrinsicProtobuf"],
      resources: [.copy("Vectors"), .copy("Fixtures")]),
    .testTarget(
      name: "IntrinsicAnalysisTests",
      dependencies: ["IntrinsicAnalysis", "Intrinsic", "IntrinsicData", "IntrinsicMath"],
      resources: [.copy("Vectors")]),
    .testTarget(
      name: "IntrinsicTheoryTests", dependencies: ["IntrinsicTheory", "IntrinsicMath"],
      resources: [.copy("Vectors")]),
    .testTarget(
      name: "IntrinsicDataTests", dependencies: ["IntrinsicData", "IntrinsicMath"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "IntrinsicStudiesTests",
      dependencies: [
        "IntrinsicStudies", "IntrinsicAnalysis", "IntrinsicTheory", "IntrinsicData", "Intrinsic",
        "IntrinsicMath", "IntrinsicProtobuf",
      ]),
    // The code of the articles, without access to what is internal.
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "IntrinsicStudies", "IntrinsicAnalysis", "Intrinsic", "IntrinsicData", "IntrinsicMath",
      ]),
    // The tests run the program; the dependency has it built before them.
    .testTarget(name: "IntrinsicCLITests", dependencies: ["IntrinsicCLI"]),
  ]
)
