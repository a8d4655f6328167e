import Foundation
import Testing

@testable import IntrinsicData

/// What every reader owes hostile data: an error, never a crash.
struct HostileDataTests {
  enum Reader: CaseIterable {
    case npy, npz, safetensors, gzip, idx, compressedIDX

    /// Small sound files.
    var files: [Data] {
      let named = [
        NamedTensor("w", Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])),
        NamedTensor("mask", Tensor([true, false])), NamedTensor("n", Tensor([-1], shape: [])),
      ]
      let idx = IDXTests.file([2, 3], [1, 2, 3, 4, 5, 6])
      switch self {
      case .npy:
        return named.map { NPY.encode($0.tensor) }
          + ["f4-fortran-big", "b1", "f4-version2"].map { try! fixture("\($0).npy") }
      case .npz:
        return [
          NPZ.encode(named), NPZ.encode(named, compressed: true),
          NPZ.encode(named, compressed: true, into: ZipWriter(alwaysWide: true)),
        ] + ["stored", "deflated", "streamed"].map { try! fixture("\($0).npz") }
      case .safetensors:
        return [
          Safetensors.encode(tensors: named, metadata: ["a": "\"\u{1}é😀"]),
          try! fixture("types.safetensors"),
        ]
      case .gzip: return ["text", "members", "options"].map { try! fixture("\($0).gz") }
      case .idx: return [idx]
      case .compressedIDX: return [Gzip.compress(idx)]
      }
    }

    func decode(_ data: Data) throws(DataError) {
      let limit = 1 << 20
      switch self {
      case .npy: _ = try NPY.decode(data, file: "x")
      case .npz: _ = try NPZ.decode(data, file: "x", limit: limit)
      case .safetensors: _ = try Safetensors.decode(data, file: "x")
      case .gzip: _ = try Gzip.decompress(data, file: "x", limit: limit)
      case .idx, .compressedIDX: _ = try IDX.decode(data, file: "x", limit: limit)
      }
    }
  }

  @Test(arguments: Reader.allCases)
  func `a file cut anywhere is refused`(reader: Reader) throws {
    for (number, file) in reader.files.enumerated() {
      try reader.decode(file)
      for length in 0..<file.count {
        // Two whole members of gzip are a whole file too.
        if reader == .gzip, number == 1, (try? reader.decode(file.prefix(length))) != nil {
          #expect(file[length...].starts(with: [0x1f, 0x8b]))
          continue
        }
        #expect(throws: DataError.self, "file \(number) cut at \(length)") {
          try reader.decode(file.prefix(length))
        }
      }
    }
  }

  @Test(arguments: Reader.allCases)
  func `a file with bytes added at its end is refused`(reader: Reader) {
    for (number, file) in reader.files.enumerated() {
      for more in [Data([1]), Data("PK".utf8), file] where !(reader == .gzip && more == file) {
        if reader == .npz, more == file { continue }  // Prefixed archives are tested with NPZ.
        if reader == .compressedIDX, more == file { continue }
        #expect(throws: DataError.self, "file \(number) and \(more.count) bytes") {
          try reader.decode(file + more)
        }
      }
    }
  }

  @Test(arguments: Reader.allCases)
  func `random damage is read or refused, and never crashes`(reader: Reader) {
    let files = reader.files
    var refused = 0
    let trials = 10_000
    for seed in 0..<UInt64(trials) {
      var generator = SeededGenerator(seed: seed)
      let file = files.randomElement(using: &generator)!
      let damaged = Self.damage(file, using: &generator)
      do throws(DataError) {
        try reader.decode(damaged)
      } catch {
        refused += 1
        // A message must never be empty, or hold the file's control characters.
        let isPrintable = error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 }
        #expect(isPrintable && error.description.contains("“x”"), "seed \(seed)")
      }
    }
    #expect(refused > trials / 4, "of \(trials), \(refused) were refused")
  }

  /// A file with one to four faults: flipped bits, extreme numbers, parts lost, doubled or moved.
  static func damage(_ file: Data, using generator: inout SeededGenerator) -> Data {
    var bytes = [UInt8](file)
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let position = Int.random(in: 0..<bytes.count, using: &generator)
      let other = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
      case 2:
        let size = [1, 2, 4, 8].randomElement(using: &generator)!
        let value = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator)! as UInt8
        for index in position..<min(position + size, bytes.count) { bytes[index] = value }
      case 3: bytes.removeSubrange(min(position, other)..<max(position, other))
      case 4:
        bytes.insert(contentsOf: bytes[min(position, other)..<max(position, other)], at: other)
      default: bytes.swapAt(position, other)
      }
    }
    return Data(bytes)
  }
}
