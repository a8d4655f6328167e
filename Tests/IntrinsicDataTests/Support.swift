import Foundation
import IntrinsicData
import Testing

/// SplitMix64: repeatable random numbers.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// A tensor of random bits (0 or 1 for `bool`): among the floats, NaN and infinities too.
  static func random(
    _ type: ElementType, _ shape: [Int], using generator: inout SeededGenerator
  ) -> Tensor {
    let count = shape.reduce(type.size, *)
    let mask: UInt8 = type == .bool ? 1 : 255
    return Tensor(
      elementType: type, shape: shape,
      bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) & mask })
  }

  /// One tensor for each type and each rank from 0 to 4, some of them empty.
  static func everyKind(seed: UInt64) -> [Tensor] {
    var generator = SeededGenerator(seed: seed)
    return ElementType.allCases.flatMap { type in
      (0...4).flatMap { rank in
        let shape = (0..<rank).map { _ in Int.random(in: 1...5, using: &generator) }
        var tensors = [Tensor.random(type, shape, using: &generator)]
        if rank > 0 {
          var empty = shape
          empty[Int.random(in: 0..<rank, using: &generator)] = 0
          tensors.append(.random(type, empty, using: &generator))
        }
        return tensors
      }
    }
  }
}

/// A file in the folder Fixtures, which make_fixtures.py there wrote.
func fixture(_ name: String) throws -> Data {
  try Data(contentsOf: Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)"))
}

/// Runs a body with a fresh directory and removes it afterwards.
func withTemporaryDirectory(_ body: (URL) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("intrinsic-\(UUID().uuidString)", isDirectory: true)
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  // The temporary directory of macOS lies behind a symbolic link.
  try body(url.resolvingSymlinksInPath())
}

/// The message of the ``DataError`` that a body throws.
func message(
  _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) -> String {
  let error = #expect(throws: DataError.self, sourceLocation: sourceLocation, performing: body)
  return error?.description ?? "nothing was thrown"
}

extension Data {
  /// The data with the bytes at an offset replaced by a little-endian number.
  func replacing<T: FixedWidthInteger>(at offset: Int, with value: T) -> Data {
    var result = self
    Swift.withUnsafeBytes(of: value.littleEndian) {
      result.replaceSubrange(offset..<(offset + $0.count), with: $0)
    }
    return result
  }

  func little<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
    withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
  }

  /// The offset of the first occurrence of some text.
  func offset(of text: String) -> Int { firstRange(of: Data(text.utf8))!.lowerBound }

  /// The data with the first occurrence of a text replaced.
  func replacing(_ text: String, with other: String) -> Data {
    var result = self
    result.replaceSubrange(firstRange(of: Data(text.utf8))!, with: Data(other.utf8))
    return result
  }
}
