import Foundation
import IntrinsicData
import Testing

/// Files that NumPy, zipfile and gzip wrote; Fixtures/make_fixtures.py tells their values.
struct FixtureTests {
  /// The value of element i.
  private static func value(_ i: Int, _ kind: Substring) -> Double {
    switch kind.first {
    case "f": Double(i) / 2 - 1
    case "i": Double(i) - 3
    case "b": Double(i % 2)
    default: Double(i)
    }
  }

  private static let types: [String: ElementType] = [
    "f2": .float32, "f4": .float32, "f8": .float64, "i1": .int32, "i2": .int32, "i4": .int32,
    "i8": .int64, "u1": .uint8, "u2": .int32, "u4": .int64, "b1": .bool,
  ]

  @Test(arguments: [
    ("f2", [2, 3]), ("f4", [2, 3]), ("f8", [2, 3]), ("i1", [2, 3]), ("i2", [2, 3]), ("i4", [2, 3]),
    ("i8", [2, 3]), ("u1", [2, 3]), ("u2", [2, 3]), ("u4", [2, 3]), ("b1", [2, 3]),
    ("f4-big", [2, 3]), ("f8-big", [2, 3]), ("i2-big", [2, 3]), ("i4-big", [2, 3]),
    ("i8-big", [2, 3]), ("u4-big", [2, 3]), ("f4-fortran", [2, 3, 4]), ("f8-fortran", [2, 3, 4]),
    ("u1-fortran", [2, 3, 4]), ("f4-fortran-big", [4, 1, 3, 2]), ("f8-scalar", []),
    ("f4-vector", [5]), ("f8-empty", [0, 3]), ("f4-version2", [2, 3]), ("f4-version3", [2, 3]),
  ])
  func `arrays from NumPy have their values`(name: String, shape: [Int]) throws {
    let tensor = try NPY.decode(fixture("\(name).npy"), file: name)
    #expect(tensor.shape == shape)
    #expect(tensor.elementType == Self.types[String(name.prefix(2))])
    #expect(
      try tensor.doubles == (0..<shape.reduce(1, *)).map { Self.value($0, name.prefix(2)) })
  }

  @Test(arguments: [
    "f4", "f8", "i4", "i8", "u1", "b1", "f8-scalar", "f4-vector", "f8-empty",
  ])
  func `what NumPy wrote is written again byte for byte`(name: String) throws {
    let data = try fixture("\(name).npy")
    #expect(try NPY.encode(NPY.decode(data, file: name)) == data)
  }

  @Test(arguments: [
    ("object", "Python objects"), ("structured", "structured"), ("complex", "<c8"),
  ])
  func `arrays that are no tensors are refused`(name: String, reason: String) throws {
    let data = try fixture("\(name).npy")
    #expect(message { _ = try NPY.decode(data, file: name) }.contains(reason))
  }

  @Test(arguments: ["stored", "deflated", "streamed"])
  func `archives from NumPy and zipfile have their values`(name: String) throws {
    var tensors = try NPZ.decode(fixture("\(name).npz"), file: name)
    if name == "deflated" {
      #expect(
        tensors.removeFirst()
          == .init("zeros", Tensor([Double](repeating: 0, count: 2000), shape: [40, 50])))
    }
    #expect(
      tensors == [
        .init("w", Tensor([-1, -0.5, 0, 0.5, 1, 1.5] as [Float], shape: [2, 3])),
        .init("layers/0/bias", Tensor([-1, -0.5, 0, 0.5])),
        .init("é", Tensor([-3, -2], shape: [2, 1])),
      ])
  }

  @Test func `an archive of nothing has no tensors`() throws {
    #expect(try NPZ.decode(fixture("none.npz"), file: "none.npz").isEmpty)
  }

  @Test func `safetensors of every type have their values`() throws {
    let contents = try Safetensors.decode(fixture("types.safetensors"), file: "types")
    #expect(contents.metadata == ["text": "é \"quoted\" \\ \n 😀", "empty": ""])
    let kinds: [(String, Substring, ElementType)] = [
      ("F64", "f", .float64), ("I64", "i", .int64), ("F32", "f", .float32), ("I32", "i", .int32),
      ("U32", "u", .int64), ("F16", "f", .float32), ("I16", "i", .int32), ("U16", "u", .int32),
      ("I8", "i", .int32), ("U8", "u", .uint8), ("BOOL", "b", .bool), ("BF16", "f", .float32),
    ]
    #expect(
      contents.tensors.map(\.name) == kinds.map { "t.\($0.0)" } + ["scalar", "empty"])
    for (name, kind, type) in kinds {
      let tensor = try #require(contents.tensors["t.\(name)"])
      #expect(tensor.shape == [2, 3] && tensor.elementType == type)
      #expect(try tensor.doubles == (0..<6).map { Self.value($0, kind) }, "\(name)")
    }
    #expect(contents.tensors["scalar"] == Tensor([7 as UInt8], shape: []))
    #expect(contents.tensors["empty"] == Tensor([Double](), shape: [0, 3]))
  }

  @Test(arguments: ["text", "members", "options"])
  func `gzip files from elsewhere are read`(name: String) throws {
    let text = String(repeating: "intrinsic ", count: 100)
    #expect(try Gzip.decompress(fixture("\(name).gz"), file: name) == Data(text.utf8))
  }
}
