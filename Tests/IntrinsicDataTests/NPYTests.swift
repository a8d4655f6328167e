import Foundation
import IntrinsicData
import Testing

struct NPYTests {
  /// A file of format version 1.0 with a given header, and elements that are zero.
  static func file(_ header: String, bytes: Int = 0) -> Data {
    Data([0x93]) + Data("NUMPY\u{1}\u{0}".utf8)
      + Data([UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]) + Data(header.utf8)
      + Data(count: bytes)
  }

  @Test func `a file has these bytes`() {
    let data = NPY.encode(Tensor([1, 2, 3] as [Float]))
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
    #expect(data.count == 128 + 12)
    #expect(data.prefix(10) == Data([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]))
    #expect(data[10...].starts(with: header.utf8))
    #expect(data[(10 + header.utf8.count)..<127].allSatisfy { $0 == 0x20 })
    #expect(data[127] == 0x0a)
    #expect(data[128...] == Data([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40]))
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `every type and rank comes back`(seed: UInt64) throws {
    for tensor in Tensor.everyKind(seed: seed) {
      let data = NPY.encode(tensor)
      #expect(data.count % 64 == tensor.bytes.count % 64, "seed \(seed)")
      #expect(try NPY.decode(data, file: "x.npy") == tensor, "seed \(seed)")
    }
  }

  @Test func `data may be a slice`() throws {
    let tensor = Tensor([1.5, 2.5])
    let slice = (Data([1, 2, 3]) + NPY.encode(tensor)).dropFirst(3)
    #expect(try NPY.decode(slice, file: "x.npy") == tensor)
  }

  @Test func `a long header takes version 2`() throws {
    let tensor = Tensor([7], shape: [Int](repeating: 1, count: 30_000))
    let data = NPY.encode(tensor)
    #expect(data[6] == 2)
    #expect((data.count - 8) % 64 == 0)
    #expect(try NPY.decode(data, file: "x.npy") == tensor)
  }

  @Test func `headers may be spaced, ordered and quoted otherwise`() throws {
    for header in [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n",
      "{\"shape\":(2L,3L),\"descr\":\"<f4\",\"fortran_order\":True}",
      " { 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , 'descr' : '<f4' } ",
    ] {
      #expect(try NPY.decode(Self.file(header, bytes: 24), file: "x").shape == [2, 3])
    }
  }

  @Test(arguments: [
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 11,
      "needs 12 bytes, but 11 are left"
    ),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 13, "there are 13"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3), }", 12, "needs a comma"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", 12, "size ≥ 0"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (3,), }", 12, "True or False"),
    ("{'descr': '<f4', 'fortran_order': False, }", 12, "lacks"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}", 12, "unknown key"),
    ("{'shape': (3,), 'shape': (3,), 'descr': '<f4', 'fortran_order': False}", 12, "twice"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x", 12, "after its end"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,", 12, "size ≥ 0"),
    ("{'descr': '<f4", 12, "does not end"),
    ("{'descr': '<\\x664', 'fortran_order': False, 'shape': (3,), }", 12, "escape"),
    ("", 12, "“{” was expected"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", 12, "Python objects"),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (3,), }", 12, "“|f4”"),
    ("{'descr': '', 'fortran_order': False, 'shape': (3,), }", 12, "“”"),
    ("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3,), }", 24, "“<M8[ns]”"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", 12, "structured"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 0, "overflows"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0, "overflows"
    ),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}", 0, "overflows"),
    (
      "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4294967296, 4294967296)}", 0,
      "overflows"
    ),
    // Stored elements of one byte, which take four once they are read.
    (
      "{'descr': '|i1', 'fortran_order': False, 'shape': (0, 2305843009213693952)}", 0,
      "overflows"
    ),
    ("{'descr': '<U2', 'fortran_order': False, 'shape': (2,)}", 12, "needs 16 bytes"),
    ("{'descr': '<U2', 'fortran_order': False, 'shape': (1,)}", 12, "there are 12"),
    ("{'descr': '<U0', 'fortran_order': False, 'shape': (1152921504606846976,)}", 0, "“<U0”"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976,)}", 12,
      "but 12 are left"
    ),
    (String(repeating: "(", count: 60_000), 0, "“{” was expected"),
    ("{'shape': " + String(repeating: "(", count: 60_000), 0, "size ≥ 0"),
  ])
  func `a bad header is refused`(header: String, bytes: Int, reason: String) {
    let text = message { _ = try NPY.decode(Self.file(header, bytes: bytes), file: "x.npy") }
    #expect(text.contains("x.npy") && text.contains(reason), "\(text)")
  }

  @Test func `texts are numbered in the order in which they occur`() throws {
    let header = "{'descr': '<U3', 'fortran_order': False, 'shape': (3,), }"
    let words = ["dog", "é", "dog"]
    var bytes = Data()
    for word in words {
      var scalars = word.unicodeScalars.map(\.value)
      scalars += [UInt32](repeating: 0, count: 3 - scalars.count)
      for scalar in scalars { withUnsafeBytes(of: scalar) { bytes += Data($0) } }
    }
    let tensor = try NPY.decode(Self.file(header, bytes: 0) + bytes, file: "x")
    #expect(tensor.texts == ["dog", "é"] && tensor.shape == [3])
    #expect(try tensor.ints == [0, 1, 0])
    let plain = "{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }"
    let ascii = try NPY.decode(Self.file(plain, bytes: 0) + Data([97, 98, 99, 0]), file: "x")
    #expect(ascii.texts == ["ab", "c"])
    let unsigned = Self.file("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }")
    #expect(try NPY.decode(unsigned + Data([5, 0, 0, 0, 0, 0, 0, 0]), file: "x").ints == [5])
    let ones = Data(repeating: 255, count: 8)
    #expect(
      message { _ = try NPY.decode(unsigned + ones, file: "x") }
        .contains("element 0 is 2⁶³ or more"))
    let one = Self.file("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }")
    #expect(message { _ = try NPY.decode(one + ones, file: "x") }.contains("no valid text"))
  }

  @Test func `the message names file, byte, fault and remedy`() {
    let data = Self.file("{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }", bytes: 12)
    #expect(
      message { _ = try NPY.decode(data, file: "in/x.npy") }
        == "“in/x.npy”, byte 61: a size ≥ 0 was expected. "
        + "The file is damaged; fetch or write it again.")
  }

  @Test func `other magic and versions are refused`() {
    let data = NPY.encode(Tensor([1.0]))
    #expect(throws: DataError.self) { try NPY.decode(Data("PK\u{3}\u{4}0000".utf8), file: "x") }
    for (major, minor) in [(0, 0), (4, 0), (1, 1)] as [(UInt8, UInt8)] {
      let other = data.replacing(at: 6, with: major).replacing(at: 7, with: minor)
      #expect(message { _ = try NPY.decode(other, file: "x") }.contains("\(major).\(minor)"))
    }
  }

  @Test func `a header said to have gigabytes takes no memory`() {
    let data = Data([0x93]) + Data("NUMPY\u{2}\u{0}".utf8) + Data([0xff, 0xff, 0xff, 0xff])
    #expect(message { _ = try NPY.decode(data, file: "x") }.contains("4294967295"))
  }

  @Test func `a bool that is neither 0 nor 1 is refused and placed`() {
    let header = "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }"
    let data = Self.file(header, bytes: 3).replacing(
      at: 10 + header.utf8.count + 1, with: 2 as UInt8)
    #expect(message { _ = try NPY.decode(data, file: "x") }.contains("byte 68: a bool is 2"))
  }

  @Test func `every half-precision number is widened exactly`() throws {
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (65536,), }"
    var data = Self.file(header)
    for bits in 0..<65536 { data += [UInt8(bits & 255), UInt8(bits >> 8)] }
    let values = try NPY.decode(data, file: "x").floats
    for (bits, value) in values.enumerated() {
      let exponent = bits >> 10 & 31
      let fraction = Double(bits & 1023)
      let magnitude =
        switch exponent {
        case 31: fraction == 0 ? Double.infinity : .nan
        case 0: fraction * 0x1p-24
        default: (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
        }
      let expected = bits >= 32768 ? -magnitude : magnitude
      #expect(Double(value) == expected || value.isNaN && expected.isNaN, "bits \(bits)")
      if bits == 32768 { #expect(value.sign == .minus) }
    }
  }
}
