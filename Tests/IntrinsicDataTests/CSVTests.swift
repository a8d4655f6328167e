import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

struct CSVTests {
  /// What a CSV file of the given text is read as.
  static func read(
    _ text: String, _ options: DatasetOptions = .init(label: "kind"), compressed: Bool = false
  ) throws -> Dataset {
    var result: Dataset?
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("data.csv")
      let data = Data(text.utf8)
      try (compressed ? Gzip.compress(data) : data).write(to: url)
      result = try Dataset.read(url.path, options: options).train
    }
    return result!
  }

  private static func refusal(
    _ text: String, _ options: DatasetOptions = .init(label: "kind")
  ) -> String {
    let text = message { _ = try read(text, options) }
    #expect(text.contains("data.csv”"))
    return text
  }

  private static let flowers = """
    length,kind,width
    5.1,setosa,3.5
    7.0,versicolor,3.2
    6.3,setosa,-3.3e-1
    """

  @Test(arguments: [false, true])
  func `columns become features in their order, and texts classes in theirs`(
    compressed: Bool
  ) throws {
    let data = try Self.read(Self.flowers, compressed: compressed)
    #expect(data.inputs == Matrix([[5.1, 7, 6.3], [3.5, 3.2, -0.33]]))
    #expect(data.featureNames == ["length", "width"])
    #expect(data.classes == [0, 1, 0])
    #expect(data.classNames == ["setosa", "versicolor"])
    #expect(data.imageShape == nil)
    #expect(data.sources.count == 1)
    #expect(data.sources[0].hasPrefix("data.csv (SHA-256 "))
    if !compressed {
      #expect(data.sources[0].contains(Checksum.sha256(Data(Self.flowers.utf8))))
    }
  }

  @Test func `quotes, line ends, blanks, marks and empty lines are understood`() throws {
    let text =
      "\u{feff}\"a, b\" ; kind\t;\"say \"\"x\"\"\"\r\n\r\n"
      + " 1 ;\"x;\"\"y\"\"\nz\";\"2.5\"\r\n+3;plain ; 4 \r\n\r\n5;\"plain\";.5"
    let data = try Self.read(text)
    #expect(data.featureNames == ["a, b", "say \"x\""])
    #expect(data.inputs == Matrix([[1, 3, 5], [2.5, 4, 0.5]]))
    #expect(data.classNames == ["plain", "x;\"y\"\nz"])
    #expect(data.classes == [1, 0, 0])
    let tabs = try Self.read("a\tkind\n1\tp\n2\tq\n")
    #expect(tabs.inputs == Matrix([[1, 2]]) && tabs.classes == [0, 1])
  }

  @Test func `whole numbers are ordered by value, and are one class however written`() throws {
    let data = try Self.read("kind,a\n10,1\n9,2\n10.0,3\n-1,4\n09,5\n")
    #expect(data.classNames == ["-1", "9", "10"])
    #expect(data.classes == [2, 1, 2, 0, 1])
  }

  @Test func `known classes keep their numbers, and one of them may be alone`() throws {
    let known = DatasetOptions(label: "kind", classNames: ["versicolor", "other", "setosa"])
    #expect(try Self.read(Self.flowers, known).classes == [2, 0, 2])
    #expect(try Self.read("a,kind\n1,other\n", known).classes == [1])
    let text = Self.refusal("a,kind\n1,other\n2,rose\n3,rose\n", known)
    #expect(text.contains("line 3, column “kind”: the class “rose” is not among those trained"))
    #expect(text.contains("“versicolor”, “other”, “setosa”"))
  }

  @Test func `regression has one target or several`() throws {
    let text = "y,a,z\n1.5,2,3\n4,5,6\n"
    let one = try Self.read(text, .init(isRegression: true))
    #expect(one.values == Matrix([[1.5, 4]]))
    #expect(one.inputs == Matrix([[2, 5], [3, 6]]))
    let two = try Self.read(text, .init(label: "z,y", isRegression: true))
    #expect(two.values == Matrix([[1.5, 4], [3, 6]]))
    #expect(two.inputs == Matrix([[2, 5]]))
    guard case .values(_, let names) = two.targets else {
      Issue.record("targets are no values")
      return
    }
    #expect(names == ["y", "z"])
    let text2 = Self.refusal(text, .init(label: "z,q", isRegression: true))
    #expect(text2.contains("there is no column “q”. The columns are “y”, “a”, “z”"))
  }

  @Test func `columns are ignored on demand, and flat images have their shape`() throws {
    let text = "id,p,q,label\nx1,1,2,0\nx2,3,4,1\n"
    let shape = ImageShape(height: 1, width: 2, channels: 1)
    let data = try Self.read(text, .init(ignoredColumns: ["id"], imageShape: shape))
    #expect(data.inputs == Matrix([[1, 3], [2, 4]]))
    #expect(data.imageShape == shape)
    #expect(
      Self.refusal(text, .init(ignoredColumns: ["no"])).contains("there is no column “no”"))
    let large = ImageShape(height: 2, width: 2, channels: 1)
    #expect(
      Self.refusal(text, .init(ignoredColumns: ["id"], imageShape: large))
        .contains("there are 2 features, but images of 2 × 2 × 1 have 4"))
  }

  @Test func `a row of another length is refused with its line`() {
    let short = Self.refusal("a,b,kind\n1,2,x\n\n\"1\",y\n")
    #expect(short.contains("line 4: the row has 2 fields, but there are 3 columns"))
    let long = Self.refusal("a,b,kind\n1,2,x,3,4\n")
    #expect(long.contains("line 2: the row has 5 fields, but there are 3 columns"))
    let broken = Self.refusal("a,kind,b\n1,\"x\ny\",2\n1,z\n")
    #expect(broken.contains("line 4: the row has 2 fields"))
  }

  @Test func `a cell without a number is refused with line and column`() {
    #expect(
      Self.refusal("a,b,kind\n1,2,x\n3,,y\n").contains("line 3, column “b”: the cell is empty"))
    #expect(
      Self.refusal("a,b,kind\n1,2,\n").contains("line 2, column “kind”: the label is missing"))
    let cases = ["abc", "1,5,6", "1.2.3", "0x10", "1e", ".", "1_000", "1 2", "١", "nano"]
    for text in cases {
      let refusal = Self.refusal("a;b;kind\n1;2;x\n1;\(text);y\n1;3;x\n")
      #expect(
        refusal.contains("line 3, column “b”: “\(text)” is not a number, as 2 other cells are"))
    }
    #expect(
      Self.refusal("y,b\n1,2\nhigh,2\n", .init(isRegression: true))
        .contains("line 3, column “y”: “high” is not a number"))
  }

  @Test(arguments: ["nan", "NaN", "NA", "?", "null"])
  func `a missing value is refused with line, column and remedy`(text: String) {
    let refusal = Self.refusal("kind,a,b\nx,1,2\ny,3,\(text)\n")
    #expect(refusal.contains("line 3, column “b”: “\(text)” is a missing value"))
    #expect(refusal.contains("--missing mean"))
  }

  @Test(arguments: ["-inf", "Infinity"])
  func `a number that is not finite is refused with line and column`(text: String) {
    let refusal = Self.refusal("kind,a,b\nx,1,2\ny,3,\(text)\n")
    #expect(refusal.contains("line 3, column “b”: \(text) is not finite"))
  }

  @Test func `a number beyond single precision is refused`() {
    #expect(
      Self.refusal("a,kind\n1e39,x\n1,y\n").contains("1e39 is beyond the range of single precision")
    )
  }

  @Test func `column names must be there, differ and hold the label`() {
    #expect(Self.refusal("").contains("the file is empty"))
    #expect(Self.refusal("a,kind\n").contains("no row follows"))
    #expect(Self.refusal("1,2.5\n3,4\n").contains("the first line holds numbers"))
    #expect(
      Self.refusal("a,kind,b,a\n1,2,3,4\n")
        .contains("columns 1 and 4, counted from 1, are both named “a”"))
    #expect(
      Self.refusal("a,b\n1,2\n")
        .contains("there is no column “kind”. The columns are “a”, “b”."))
    #expect(
      Self.refusal("a,b\n1,2\n", .init()).contains("Name the label; the columns are “a”, “b”."))
    #expect(
      Self.refusal("y,label\n1,2\n", .init()).contains("“y”, “label” may all hold the labels"))
    #expect(Self.refusal("kind\nx\ny\n").contains("no column is left for features"))
  }

  @Test func `labels must make classes`() {
    #expect(
      Self.refusal("a,kind\n1,x\n2,x\n").contains("all 2 samples are of one class, “x”"))
    let many = "a,kind\n" + (0..<30).map { "1,\($0)\n" }.joined()
    #expect(Self.refusal(many).contains("there are 30 different labels for 30 samples"))
    let tooMany = "a,kind\n" + (0...65_536).map { "1,\($0)\n" }.joined()
    #expect(Self.refusal(tooMany).contains("line 65538, column “kind”: there are more than 65536"))
  }

  @Test func `quotes must be closed and alone`() {
    #expect(Self.refusal("a,kind\n1,x\n2,\"y\n3,z\n").contains("line 3: a quoted field has no end"))
    #expect(Self.refusal("a,kind\n1,\"x\"y\n").contains("line 2: text follows a quoted field"))
  }

  @Test func `random damage is read or refused, and never crashes`() {
    let file = Data(
      "a,\"b, \"\"c\"\"\",kind\r\n1,\"2.5\",x\r\n-3e2,.5,\"y\nz\"\n0,7,x\n".utf8)
    var refused = 0
    let trials = 10_000
    for seed in 0..<UInt64(trials) {
      var generator = SeededGenerator(seed: seed)
      let damaged = [UInt8](HostileDataTests.damage(file, using: &generator))
      let read = { (bytes: UnsafeBufferPointer<UInt8>) throws(DataError) in
        try CSVTable(bytes, file: "x", options: .init(label: "kind"))
      }
      do throws(DataError) {
        let table = try damaged.withUnsafeBufferPointer(read)
        #expect(table.features.count == table.rowCount * (table.columns.count - 1))
        #expect(table.labels.codes.count == table.rowCount, "seed \(seed)")
      } catch {
        refused += 1
        let isPrintable = error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 }
        #expect(isPrintable && error.description.contains("“x”"), "seed \(seed)")
      }
    }
    #expect(refused > trials / 4 && refused < trials, "of \(trials), \(refused) were refused")
  }

  @Test func `numbers are those of the standard library`() {
    var generator = SeededGenerator(seed: 3)
    var texts = ["0", "-0", "1e22", "1e23", "9007199254740993", "123456789012345678901", "1e-400"]
    texts += ["4.9e-324", "1.7976931348623157e308", "1e400", "+.5", "5.", "00012.50", "1E+05"]
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      if value.isFinite { texts.append("\(value)") }
      let digits = Int.random(in: -99_999_999...99_999_999, using: &generator)
      texts.append("\(digits).\(Int.random(in: 0...999, using: &generator))")
      texts.append("\(digits)e\(Int.random(in: -25...25, using: &generator))")
    }
    for text in texts {
      let parsed = Array(text.utf8).withUnsafeBufferPointer { DecimalNumber.parse($0) }
      #expect(parsed?.bitPattern == Double(text)!.bitPattern, "\(text)")
    }
  }
}

extension Dataset {
  var classes: [Int] {
    guard case .classes(let classes, _) = targets else { return [] }
    return classes
  }

  var classNames: [String] {
    guard case .classes(_, let names) = targets else { return [] }
    return names
  }

  var values: Matrix<Float>? {
    guard case .values(let values, _) = targets else { return nil }
    return values
  }
}
