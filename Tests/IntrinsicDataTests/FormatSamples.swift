import Foundation
import IntrinsicData
import Testing

/// Writes files for Scripts/check-formats, which reads them with NumPy.
struct FormatSamples {
  private static let folder = ProcessInfo.processInfo.environment["INTRINSIC_FORMAT_SAMPLES"]

  /// Element i is i/2 − 1 in floating point, i − 3 in signed and i in unsigned integers.
  private static func tensor(_ type: ElementType, _ shape: [Int]) -> Tensor {
    let indices = Array(0..<shape.reduce(1, *))
    return switch type {
    case .float32: Tensor(indices.map { Float($0) / 2 - 1 }, shape: shape)
    case .float64: Tensor(indices.map { Double($0) / 2 - 1 }, shape: shape)
    case .int32: Tensor(indices.map { Int32($0) - 3 }, shape: shape)
    case .int64: Tensor(indices.map { $0 - 3 }, shape: shape)
    case .uint8: Tensor(indices.map { UInt8($0 % 256) }, shape: shape)
    case .bool: Tensor(indices.map { $0 % 2 == 1 }, shape: shape)
    }
  }

  @Test(.enabled(if: folder != nil, "Scripts/check-formats sets INTRINSIC_FORMAT_SAMPLES"))
  func `samples for other readers are written`() throws {
    let folder = URL(fileURLWithPath: try #require(Self.folder), isDirectory: true)
    var tensors: [NamedTensor] = []
    for type in ElementType.allCases {
      for shape in [[], [5], [2, 3], [0, 3], [2, 1, 3, 4], [70, 100]] {
        let axes = shape.map(String.init).joined(separator: "x")
        let entry = NamedTensor("\(type.rawValue)_\(axes)", Self.tensor(type, shape))
        tensors.append(entry)
        try NPY.write(entry.tensor, to: folder.appendingPathComponent("\(entry.name).npy"))
      }
    }
    tensors.append(.init("layers/é", Self.tensor(.float32, [3])))
    try NPZ.write(tensors, to: folder.appendingPathComponent("stored.npz"))
    try NPZ.write(tensors, compressed: true, to: folder.appendingPathComponent("deflated.npz"))
    try Safetensors.write(
      tensors: tensors, metadata: ["text": "é \"quoted\" \\ \n\u{1} 😀"],
      to: folder.appendingPathComponent("all.safetensors"))
    try AtomicFile.write(
      Gzip.compress(Data(String(repeating: "intrinsic ", count: 1000).utf8)),
      to: folder.appendingPathComponent("text.gz"))
  }
}
