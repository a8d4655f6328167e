import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

/// Tables without targets, read part by part.
@Suite struct UnlabelledDataTests {
  private func withFile(_ data: Data, _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
  }

  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    try withFile(Data(text.utf8), body)
  }

  /// Every row of a table, read in parts of a size, with the number of parts.
  private func rows(_ path: String, partSize: Int) throws -> (
    rows: [[String]], lines: [Int], names: [String], parts: Int
  ) {
    let stream = try TextStream(path)
    var bytes: [UInt8] = []
    _ = try stream.read(partSize, into: &bytes)
    var parts = TableParts(stream, begun: bytes, size: partSize)
    var (rows, lines, names, count): ([[String]], [Int], [String], Int) = ([], [], [], 0)
    while let part = try parts.next() {
      rows += part.rows
      lines += part.lines
      names = part.names
      count += 1
    }
    return (rows, lines, names, count)
  }

  private static let quoted =
    "id,text,value\n"
    + (0..<2_000).map { index in
      switch index % 5 {
      case 0: "\(index),\"two\nlines, and \"\"quotes\"\"\",\(Double(index) / 3)\r\n"
      case 1: "\n\(index),Ōsaka,\(index)\n"
      default: "\(index),plain \(index),\(-index)\n"
      }
    }.joined()
  private static let semicolons =
    "a;b\n" + (0..<900).map { "\($0),5;x\($0)\n" }.joined() + "1,25;last"
  private static let blanks = (0..<900).map { "  \($0)  \"a b\"\t7\n" }.joined()
  private static let returns = "a,b\r" + (0..<900).map { "\($0),t\($0)\r" }.joined()

  @Test(arguments: [quoted, semicolons, blanks, returns], [1 << 24, 3_000, 700])
  func `the parts of a table are its rows, with their lines`(text: String, size: Int) throws {
    try withFile(text) { path in
      let bytes = try Dataset.text(of: SourceFile(URL(fileURLWithPath: path)))
      let whole = try bytes.withUnsafeBufferPointer { try RawTable($0, file: path) }
      let parts = try rows(path, partSize: size)
      #expect(parts.rows == whole.rows)
      #expect(parts.lines == whole.lines)
      #expect(parts.names == whole.names)
      #expect(parts.parts == 1 || size < 1 << 24)
      #expect(parts.parts > 1 || size > 3_000)
    }
  }

  @Test func `compressed tables are read as others`() throws {
    let data = Gzip.compress(Data(Self.quoted.utf8))
    try withFile(data) { path in
      let count = try rows(path, partSize: 5_000).rows.count
      #expect(count == 2_000)
    }
    try withFile(data.dropLast(400)) { path in
      #expect(throws: DataError.self) { try rows(path, partSize: 5_000) }
    }
  }

  @Test func `faults name their lines in later parts, too`() throws {
    func line(_ text: String) throws -> Int? {
      var found: Int?
      try withFile(text) { path in
        do { _ = try rows(path, partSize: 2_000) } catch DataError.malformed(let place, _, _) {
          found = place.line
        }
      }
      return found
    }
    let good = "a,b\n" + (0..<1_000).map { "\($0),2\n" }.joined()
    let wide = try line(good + "1,2,3\n" + good.dropFirst(4))
    #expect(wide == 1_002)
    let open = try line(good + "1,\"never closed\n" + good.dropFirst(4))
    #expect(open == 1_002)
  }

  @Test func `columns are found by name, or taken in order where no names are known`() throws {
    let encoding = TableEncoding(numbers: ["b", "a"], targets: ["y"])
    struct Read: Equatable {
      var (values, names): ([Float], [String])
    }
    func inputs(
      _ path: String, _ encoding: TableEncoding?, columns: [String]? = nil, id: String? = nil
    ) throws -> Read {
      var data = try UnlabelledData(
        path, encoding: encoding, inputCount: 2, columns: columns, identifier: id, partSize: 100)
      var read = Read(values: [], names: [])
      while let part = try data.next() {
        read.values += part.inputs.transposed.elements
        read.names += part.identifiers ?? []
      }
      return read
    }
    try withFile("a,name,b\n1,x,2\n3,y,4\n") { path in
      let named = try inputs(path, encoding, id: "name")
      #expect(named == Read(values: [2, 1, 4, 3], names: ["x", "y"]))
      let chosen = try inputs(path, nil, columns: ["a", "b"])
      #expect(chosen == Read(values: [1, 2, 3, 4], names: []))
      let counted = try inputs(path, nil, id: "name")
      #expect(counted == Read(values: [1, 2, 3, 4], names: ["x", "y"]))
      #expect(throws: DataError.self) { try inputs(path, nil) }
      #expect(throws: DataError.self) { try inputs(path, nil, columns: ["a", "c"]) }
      #expect(throws: DataError.self) { try inputs(path, encoding, id: "other") }
    }
  }

  @Test func `arrays need no targets`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    func elements(_ name: String, _ arrays: [NamedTensor], inputs: Int = 2) throws -> [Float] {
      let url = folder.appendingPathComponent(name)
      if name.hasSuffix("npy") {
        try NPY.write(arrays[0].tensor, to: url)
      } else {
        try NPZ.write(arrays, to: url)
      }
      var data = try UnlabelledData(url.path, encoding: nil, inputCount: inputs)
      let part = try #require(try data.next())
      #expect(try data.next() == nil)
      return part.inputs.transposed.elements
    }
    let numbers: [Float] = [1, 2, 3, 4, 5, 6]
    #expect(try elements("a.npz", [.init("anything", tensor)]) == numbers)
    #expect(
      try elements("b.npz", [.init("x", tensor), .init("ids", Tensor([1, 2, 3]))]) == numbers)
    #expect(
      try elements(
        "c.npz", [.init("x_train", Tensor([7.0, 8], shape: [1, 2])), .init("x_test", tensor)])
        == numbers)
    #expect(try elements("d.npy", [.init("", tensor)]) == numbers)
    let arrays = folder.appendingPathComponent("arrays")
    try FileManager.default.createDirectory(at: arrays, withIntermediateDirectories: true)
    try NPY.write(tensor, to: arrays.appendingPathComponent("x.npy"))
    var data = try UnlabelledData(arrays.path, encoding: nil, inputCount: 2)
    let part = try data.next()
    #expect(part?.inputs.transposed.elements == numbers)
    #expect(throws: DataError.self) { try elements("e.npz", [.init("x", tensor)], inputs: 3) }
    #expect(throws: DataError.self) {
      try elements("f.npz", [.init("p", tensor), .init("q", tensor)])
    }
  }
}
