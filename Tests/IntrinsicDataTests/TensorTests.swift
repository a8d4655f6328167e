import IntrinsicData
import Testing

struct TensorTests {
  @Test func `bytes are little-endian and row-major`() {
    let tensor = Tensor([1, -2, 0x0102_0304] as [Int32], shape: [3, 1])
    #expect(tensor.bytes == [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 4, 3, 2, 1])
    #expect(tensor.elementType == .int32)
    #expect(tensor.count == 3)
    #expect(Tensor([1.0]).bytes == [0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
    #expect(Tensor([true, false]).bytes == [1, 0])
  }

  @Test func `values come back in every type that holds them`() throws {
    let tensors = [
      Tensor([0, 1, 1, 0] as [Double]), Tensor([0, 1, 1, 0] as [Float]), Tensor([0, 1, 1, 0]),
      Tensor([0, 1, 1, 0] as [Int32]), Tensor([0, 1, 1, 0] as [UInt8]),
      Tensor([false, true, true, false]),
    ]
    #expect(tensors.map(\.elementType) == [.float64, .float32, .int64, .int32, .uint8, .bool])
    for tensor in tensors {
      #expect(try tensor.doubles == [0, 1, 1, 0])
      #expect(try tensor.floats == [0, 1, 1, 0])
      #expect(try tensor.ints == [0, 1, 1, 0])
    }
  }

  @Test func `a float64 is rounded to the nearest Float, but not to infinity`() throws {
    #expect(try Tensor([0.1, .infinity]).floats == [0.1, .infinity])
    #expect(try Tensor([Double.nan]).floats[0].isNaN)
    #expect(
      throws: DataError.inexact(element: [1, 0], value: "1e+300", type: "Float")
    ) { try Tensor([1, 2, 1e300, 4], shape: [2, 2]).floats }
  }

  @Test func `integers must be exact in floating point`() throws {
    #expect(try Tensor([1 << 53]).doubles == [0x1p53])
    #expect(throws: DataError.self) { try Tensor([1 << 53 + 1]).doubles }
    #expect(throws: DataError.self) { try Tensor([1 << 24 + 1] as [Int32]).floats }
    #expect(throws: DataError.self) { try Tensor([1 << 24 + 1]).floats }
    #expect(try Tensor([Int32.max]).doubles == [2_147_483_647])
  }

  @Test(arguments: [0.5, .nan, .infinity, 0x1p63])
  func `a fraction and what is too large are no integers`(value: Double) throws {
    #expect(throws: DataError.self) { try Tensor([value]).ints }
    #expect(throws: DataError.self) { try Tensor([Float(value)]).ints }
  }

  @Test func `values that are not finite are counted and the first is placed`() throws {
    var values = [Float](repeating: 1, count: 12)
    try Tensor(values, shape: [3, 4]).requireFinite(file: "x.npy")
    values[6] = -.infinity
    values[11] = .nan
    let text = message {
      try Tensor(values, shape: [3, 4]).requireFinite(file: "x.npz", name: "w")
    }
    #expect(
      text == "“x.npz”, “w”: element [1, 2] is -inf, the first of 2 values that are not finite. "
        + "Remove or replace such values.")
    #expect(throws: DataError.self) { try Tensor([Double.nan]).requireFinite(file: "x") }
    try Tensor([1, 2]).requireFinite(file: "x")
  }

  @Test func `names from files cannot steer a terminal`() {
    let place = DataError.Place(
      file: "a\u{1b}[2J\u{202e}b", member: String(repeating: "x", count: 999))
    #expect(place.description.hasPrefix("“a\\u{1b}[2J\\u{202e}b”, “xxx"))
    #expect(place.description.count < 250)
  }
}
