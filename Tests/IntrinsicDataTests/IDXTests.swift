import Foundation
import IntrinsicData
import Testing

struct IDXTests {
  /// An IDX file of unsigned bytes.
  static func file(_ shape: [UInt32], _ bytes: [UInt8]) -> Data {
    var data = Data([0, 0, 8, UInt8(shape.count)])
    for size in shape { withUnsafeBytes(of: size.bigEndian) { data.append(contentsOf: $0) } }
    return data + Data(bytes)
  }

  private func refusal(_ data: Data) -> String {
    message { _ = try IDX.decode(data, file: "x") }
  }

  @Test func `every rank is read, plain and compressed`() throws {
    for shape in [[], [3], [2, 3], [2, 1, 3], [0], [2, 0]] as [[Int]] {
      let bytes = (0..<shape.reduce(1, *)).map(UInt8.init)
      let data = Self.file(shape.map(UInt32.init), bytes)
      #expect(try IDX.decode(data, file: "x") == Tensor(bytes, shape: shape))
      #expect(try IDX.decode(Gzip.compress(data), file: "x") == Tensor(bytes, shape: shape))
    }
  }

  @Test func `faults are placed`() {
    let data = Self.file([2, 3], [0, 1, 2, 3, 4, 5])
    #expect(
      refusal(data.dropLast()).contains("byte 12: the content of shape [2, 3] needs 6 bytes, but 5")
    )
    #expect(refusal(data + Data([0])).contains("byte 18: 1 bytes follow"))
    #expect(refusal(data.prefix(9)).contains("byte 8: the size of axis 1 needs 4 bytes"))
    #expect(refusal(Data("<html>".utf8)).contains("error page"))
    #expect(refusal(data.replacing(at: 2, with: 0xd as UInt8)).contains("0xd, not 0x8"))
    #expect(refusal(Self.file([.max, .max, .max], [])).contains("overflows"))
    #expect(refusal(Self.file([.max, 1 << 31], [])).contains("needs 9223372034707292160 bytes"))
    #expect(refusal(Self.file([UInt32](repeating: .max, count: 255), [])).contains("overflows"))
    #expect(refusal(Gzip.compress(data).dropLast(9)).contains("cut short"))
    #expect(
      refusal(Gzip.compress(data + Data([0]))).contains("byte 18 when decompressed: 1 bytes follow")
    )
  }
}
