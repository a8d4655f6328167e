import Foundation
import Testing

@testable import IntrinsicData

struct NPZTests {
  static let tensors = [
    NamedTensor("w", Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])),
    NamedTensor("layers/0/bias", Tensor([0.5])),
  ]

  @Test(arguments: [false, true], 0..<10 as Range<UInt64>)
  func `every type and rank comes back`(compressed: Bool, seed: UInt64) throws {
    let tensors = Tensor.everyKind(seed: seed).enumerated().map { NamedTensor("t\($0)", $1) }
    let data = NPZ.encode(tensors, compressed: compressed)
    #expect(try NPZ.decode(data, file: "x.npz") == tensors, "seed \(seed)")
  }

  @Test func `compression makes even data small`() {
    let tensor = NamedTensor("z", Tensor([Double](repeating: 0, count: 10_000)))
    #expect(NPZ.encode([tensor]).count > 80_000)
    #expect(NPZ.encode([tensor], compressed: true).count < 1000)
  }

  @Test(arguments: [false, true])
  func `zip64 archives come back`(compressed: Bool) throws {
    let data = NPZ.encode(
      Self.tensors, compressed: compressed, into: ZipWriter(alwaysWide: true))
    #expect(data.little(UInt32.self, at: 18) == .max)
    #expect(try NPZ.decode(data, file: "x.npz") == Self.tensors)
  }

  @Test func `more members than 16 bits count come back`() throws {
    let tensor = Tensor([1 as UInt8], shape: [])
    let tensors = (0..<65_536).map { NamedTensor("\($0)", tensor) }
    let data = NPZ.encode(tensors)
    #expect(try NPZ.decode(data, file: "x.npz") == tensors)
  }

  // Offsets of fields: in a local header, checksum 14, compressed size 18, size 22, name 30; in an
  // entry of the directory, flags 8, method 10, checksum 16, sizes 20 and 24, offset 42, name 46;
  // in the end record, count 8 and 10, directory's size 12 and offset 16.
  private static let stored = NPZ.encode(tensors)
  private static let deflated = NPZ.encode(tensors, compressed: true)
  private static func directory(_ data: Data) -> Int {
    Int(data.little(UInt32.self, at: data.count - 6))
  }

  private func refusal(_ data: Data, limit: Int = 1 << 20) -> String {
    message { _ = try NPZ.decode(data, file: "x.npz", limit: limit) }
  }

  @Test func `encryption and other methods are refused`() {
    let data = Self.stored
    let entry = Self.directory(data)
    #expect(refusal(data.replacing(at: entry + 8, with: 1 as UInt16)).contains("encrypted"))
    #expect(refusal(data.replacing(at: 6, with: 1 as UInt16)).contains("encrypted"))
    #expect(refusal(data.replacing(at: entry + 10, with: 12 as UInt16)).contains("method is 12"))
  }

  @Test func `members that overlap are refused`() {
    let data = Self.stored
    let second = Self.directory(data) + 46 + 5
    // Both entries of the directory lead to the first member.
    #expect(refusal(data.replacing(at: second + 42, with: 0 as UInt32)).contains("disagree"))
    // The first member's data hold the second member.
    let inner = NPZ.encode([.init("b", Tensor([2.0]))])
    let innerEntry = Self.directory(inner)
    let innerMember = inner[..<innerEntry]
    let npy = NPY.encode(Tensor([UInt8](innerMember)))
    let offset = 30 + 5 + 128
    var writer = ZipWriter()
    writer.add("a.npy", [UInt8](npy), deflated: false)
    let outer = writer.finished()
    let outerDirectory = Self.directory(outer)
    #expect(outer[offset...].starts(with: innerMember))
    let entries =
      outer[outerDirectory..<(outer.count - 22)]
      + inner[innerEntry..<(inner.count - 22)].replacingOffset(UInt32(offset))
    var forged = outer[..<outerDirectory] + entries + outer[(outer.count - 22)...]
    forged = forged.replacing(at: forged.count - 14, with: 2 as UInt16)
      .replacing(at: forged.count - 12, with: 2 as UInt16)
      .replacing(at: forged.count - 10, with: UInt32(entries.count))
    #expect(refusal(forged).contains("overlaps"))
  }

  @Test func `sizes that lie are refused`() {
    for (data, isDeflated) in [(Self.stored, false), (Self.deflated, true)] {
      let entry = Self.directory(data)
      let size = data.little(UInt32.self, at: 22)
      let compressed = data.little(UInt32.self, at: 18)
      for lie in [size - 1, size + 1, 0, 0xffff_fffe] {
        // Both places tell the same lie.
        var forged = data.replacing(at: 22, with: lie).replacing(at: entry + 24, with: lie)
        #expect(throws: DataError.self) { try NPZ.decode(forged, file: "x") }
        if !isDeflated {
          forged = forged.replacing(at: 18, with: lie).replacing(at: entry + 20, with: lie)
          #expect(throws: DataError.self) { try NPZ.decode(forged, file: "x") }
        }
        #expect(
          refusal(data.replacing(at: entry + 24, with: lie)).contains(
            isDeflated && lie < 1 << 20 ? "disagree" : "declared"))
      }
      let longer = data.replacing(at: 18, with: compressed + 1)
        .replacing(at: entry + 20, with: compressed + 1)
      #expect(throws: DataError.self) { try NPZ.decode(longer, file: "x") }
    }
  }

  @Test func `content that differs from its checksum is refused`() {
    let data = Self.stored
    #expect(refusal(data.replacing(at: 30 + 5 + 128, with: 9 as UInt8)).contains("checksum"))
    let deflated = Self.deflated
    let forged = deflated.replacing(at: 14, with: 0 as UInt32)
      .replacing(at: Self.directory(deflated) + 16, with: 0 as UInt32)
    #expect(refusal(forged).contains("not 0x0"))
  }

  @Test func `a directory that lies is refused`() {
    let data = Self.stored
    let end = data.count - 22
    for count in [0, 1, 3, 0xffff] as [UInt16] {
      let forged = data.replacing(at: end + 8, with: count).replacing(at: end + 10, with: count)
      #expect(throws: DataError.self, "\(count)") { try NPZ.decode(forged, file: "x") }
    }
    for field in [12, 16] {
      for value in [0, 1, 0x7fff_ffff, 0xffff_ffff] as [UInt32] {
        let forged = data.replacing(at: end + field, with: value)
        #expect(throws: DataError.self) { try NPZ.decode(forged, file: "x") }
      }
    }
    #expect(refusal(data.replacing(at: end + 4, with: 1 as UInt16)).contains("several parts"))
    #expect(refusal(Data([0]) + data).contains("central directory"))
    #expect(refusal(data + Data([0])).contains("not a zip archive"))
    for value in [1, 0x7fff_ffff, 0xffff_ffff] as [UInt32] {
      let forged = data.replacing(at: Self.directory(data) + 42, with: value)
      #expect(throws: DataError.self) { try NPZ.decode(forged, file: "x") }
    }
  }

  @Test func `zip64 records that lie are refused`() {
    let data = NPZ.encode(Self.tensors, compressed: false, into: ZipWriter(alwaysWide: true))
    let end = data.count - 22
    let record = end - 20 - 56
    for offset in [4, 24, 32, 40, 48] {
      for value in [0, 1, 1 << 63, .max] as [UInt64] {
        let forged = data.replacing(at: record + offset, with: value)
        #expect(throws: DataError.self, "\(offset) \(value)") { try NPZ.decode(forged, file: "x") }
      }
    }
    for value in [0, 1 << 63, .max] as [UInt64] {
      #expect(refusal(data.replacing(at: end - 12, with: value)).contains("no zip64 record"))
    }
    // The numbers in the extra field of the directory's first entry: sizes and offset.
    let entry = Int(data.little(UInt64.self, at: record + 48))
    for number in 0..<3 {
      for value in [1, 1 << 62, 1 << 63, .max] as [UInt64] {
        let forged = data.replacing(at: entry + 46 + 5 + 4 + 8 * number, with: value)
        #expect(throws: DataError.self) { try NPZ.decode(forged, file: "x") }
      }
    }
    #expect(refusal(data.replacing(at: entry + 46 + 5, with: 9 as UInt16)).contains("missing"))
  }

  @Test(arguments: ["../../../a.npy", "/a.npy", "a/../b.npy", "a\\b.npy", "a//b.npy", "a\nb.npy"])
  func `names that lead elsewhere are refused`(name: String) {
    var writer = ZipWriter()
    writer.add(name, [UInt8](NPY.encode(Tensor([1.0]))), deflated: false)
    #expect(refusal(writer.finished()).contains("not a plain name"))
  }

  @Test func `names must differ, be arrays and be text`() {
    let npy = [UInt8](NPY.encode(Tensor([1.0])))
    var writer = ZipWriter()
    writer.add("a.npy", npy, deflated: false)
    writer.add("a.npy", npy, deflated: false)
    #expect(refusal(writer.finished()).contains("twice"))
    for name in ["readme.txt", ".npy"] {
      writer = ZipWriter()
      writer.add(name, npy, deflated: false)
      #expect(refusal(writer.finished()).contains("not an array"))
    }
    let data = Self.stored.replacing(at: Self.directory(Self.stored) + 46, with: 0xff as UInt8)
    #expect(refusal(data).contains("not ASCII"))
  }

  @Test func `a bomb is refused before it takes memory`() {
    // 64 MiB of zeros in some 64 kB.
    let tensor = Tensor(
      elementType: .uint8, shape: [1 << 26], bytes: .init(repeating: 0, count: 1 << 26))
    let data = NPZ.encode([.init("z", tensor)], compressed: true)
    #expect(data.count < 1 << 17)
    #expect(refusal(data, limit: 1 << 20).contains("exceed 1048576 bytes"))
    // A few bytes declared to be four gigabytes.
    let small = Self.deflated
    let entry = Self.directory(small)
    let forged = small.replacing(at: 22, with: 0xffff_fff0 as UInt32)
      .replacing(at: entry + 24, with: 0xffff_fff0 as UInt32)
    #expect(refusal(forged, limit: .max).contains("more than they can"))
    // Several members share the limit.
    let half = Tensor([UInt8](repeating: 0, count: 600_000))
    let two = NPZ.encode([.init("a", half), .init("b", half)], compressed: true)
    #expect(refusal(two).contains("“b”"))
  }
}

extension Data {
  /// An entry of a zip directory with another offset of its member.
  fileprivate func replacingOffset(_ offset: UInt32) -> Data {
    Data(self).replacing(at: 42, with: offset)
  }
}
