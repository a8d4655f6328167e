import Foundation
import IntrinsicData
import Testing

struct GzipTests {
  /// “a” in a stored block.
  static let letter = Data([
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 1, 0, 0xfe, 0xff, 0x61, 0x43, 0xbe, 0xb7, 0xe8, 1, 0,
    0,
    0,
  ])

  private func refusal(_ data: Data, limit: Int = 1 << 20) -> String {
    message { _ = try Gzip.decompress(data, file: "x.gz", limit: limit) }
  }

  @Test func `a file written by hand is read`() throws {
    #expect(try Gzip.decompress(Self.letter, file: "x") == Data("a".utf8))
    #expect(try Gzip.decompress((Data([1]) + Self.letter).dropFirst(), file: "x") == Data("a".utf8))
  }

  @Test(arguments: [0, 1, 1000, 262_144, 262_145], [1, 6, 9])
  func `content of any size comes back`(count: Int, level: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    for range in [0...255, 65...66] as [ClosedRange<UInt8>] {
      let data = Data((0..<count).map { _ in UInt8.random(in: range, using: &generator) })
      let compressed = Gzip.compress(data, level: level)
      #expect(Gzip.isCompressed(compressed) && !Gzip.isCompressed(data.prefix(1)))
      #expect(try Gzip.decompress(compressed, file: "x") == data)
    }
  }

  @Test func `members follow each other and zeros end them`() throws {
    let two = Self.letter + Self.letter
    #expect(try Gzip.decompress(two, file: "x") == Data("aa".utf8))
    #expect(try Gzip.decompress(two + Data(count: 512), file: "x") == Data("aa".utf8))
    #expect(
      refusal(two + Data(count: 10) + Data([1, 0])).contains("byte 48: there are other data"))
  }

  @Test func `every flipped bit that matters is noticed`() {
    let data = Gzip.compress(Data("intrinsic metrics, intrinsic methods".utf8))
    // All but the hint that the content is text, and time, level and system.
    for bit in 0..<(8 * data.count) where bit != 24 && !(32..<80).contains(bit) {
      let flipped = data.replacing(at: bit / 8, with: data[bit / 8] ^ 1 << UInt8(bit % 8))
      #expect(throws: DataError.self, "bit \(bit)") { try Gzip.decompress(flipped, file: "x") }
    }
  }

  @Test func `faults are placed`() {
    let data = Self.letter
    #expect(refusal(Data("GIF89a, and so on".utf8)).contains("byte 0: the data are not gzip"))
    #expect(refusal(data.replacing(at: 2, with: 7 as UInt8)).contains("byte 2: the compression"))
    #expect(refusal(data.replacing(at: 3, with: 0x20 as UInt8)).contains("byte 3: reserved"))
    #expect(refusal(data.replacing(at: 10, with: 7 as UInt8)).contains("is not valid"))
    #expect(
      refusal(data.replacing(at: 15, with: 0x62 as UInt8)).contains(
        "byte 16: the content has the checksum 0x71beeff9, not 0xe8b7be43"))
    #expect(
      refusal(data.replacing(at: 20, with: 2 as UInt8)).contains("byte 20: the content has 1"))
    #expect(refusal(data.prefix(14)).contains("cut short"))
    #expect(refusal(data.prefix(20)).contains("byte 20: the size needs 4 bytes, but 0 are left"))
    for flag in [4, 8, 16] as [UInt8] {
      #expect(refusal(Data([0x1f, 0x8b, 8, flag, 0, 0, 0, 0, 0, 3, 1, 1, 1])).contains("needs"))
    }
    #expect(refusal(Data([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3, 1, 1, 1])).contains("header has"))
  }

  @Test func `a bomb stops at the limit`() throws {
    let bomb = Gzip.compress(Data(count: 1 << 24))
    #expect(bomb.count < 1 << 15)
    #expect(refusal(bomb, limit: 1 << 20).contains("would exceed 1048576 bytes"))
    #expect(refusal(Self.letter + Self.letter, limit: 1).contains("byte 24"))
    #expect(try Gzip.decompress(Self.letter, file: "x", limit: 1).count == 1)
  }
}
