import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

/// Tables as people have them: texts, missing values, dates, no names, other delimiters.
@Suite struct TableEncodingTests {
  private func read(
    _ bytes: some Sequence<UInt8>, _ options: DatasetOptions = .init(label: "y")
  ) throws -> Dataset {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    return try Dataset.read(url.path, options: options).train
  }

  private func read(_ text: String, _ options: DatasetOptions = .init(label: "y")) throws -> Dataset
  {
    try read(text.utf8, options)
  }

  private func refusal(_ text: String, _ options: DatasetOptions = .init(label: "y")) -> String {
    do {
      _ = try read(text, options)
      return "read"
    } catch { return "\(error)" }
  }

  @Test func `texts have a feature each, by name`() throws {
    let data = try read("sex,age,y\nf,1,a\nm,2,b\nf,3.5,a\n")
    #expect(data.featureNames == ["sex=f", "sex=m", "age"])
    #expect(data.inputs == Matrix([[1, 0, 1], [0, 1, 0], [1, 2, 3.5]]))
    #expect(data.notes == ["texts with a feature each: “sex” (2)"])
  }

  @Test func `missing values are the mean, with or without an indicator`() throws {
    let text = "a,b,y\n1,u,0\n?,v,1\n4,,0\n1,u,1\n"
    #expect(refusal(text).contains("line 3, column “a”: “?” is a missing value"))
    let mean = try read(text, .init(label: "y", missing: .mean))
    #expect(mean.featureNames == ["a", "b=u", "b=v"])
    #expect(mean.inputs == Matrix([[1, 2, 4, 1], [1, 0, 0, 1], [0, 1, 0, 0]]))
    let indicator = try read(text, .init(label: "y", missing: .indicator))
    #expect(indicator.featureNames == ["a", "a is missing", "b=u", "b=v", "b is missing"])
    #expect(indicator.inputs.row(1) == [0, 1, 0, 0])
    #expect(indicator.inputs.row(4) == [0, 0, 1, 0])
    let label = refusal("a,b,y\n1,u,0\n2,v,NA\n", .init(label: "y", missing: .mean))
    #expect(label.contains("line 3, column “y”: the label is missing"))
  }

  @Test func `other tables are matched by name, in any order`() throws {
    let data = try read("a,b,y\n1,10,0\n2,30,1\n", .init(label: "y"))
    let again = try read(
      "y,extra,b,a\n1,q,20,3\n", .init(encoding: data.encoding, classNames: ["0", "1"]))
    #expect(again.inputs == Matrix([[3], [20]]))
    let missing = refusal("y,b\n1,20\n", .init(encoding: data.encoding, classNames: ["0", "1"]))
    #expect(missing.contains("there is no column “a”, which the training samples have"))
    let coded = try JSONDecoder().decode(
      TableEncoding.self, from: JSONEncoder().encode(data.encoding))
    #expect(coded == data.encoding)
  }

  @Test func `unknown texts are counted, and are none of the known ones`() throws {
    let data = try read("c,y\nu,0\nv,1\nu,1\n")
    let again = try read(
      "c,y\nw,0\nv,1\nw,1\n", .init(encoding: data.encoding, classNames: ["0", "1"]))
    #expect(again.inputs == Matrix([[0, 0, 0], [0, 1, 0]]))
    #expect(again.notes.count == 1)
    #expect(again.notes[0].hasPrefix("2 of 3 rows have a text in column “c”"))
  }

  @Test func `row numbers and many different texts are left out and said so`() throws {
    let rows = (0..<60).map { "\($0 + 1),name \($0),\(Double($0 * $0) / 7),\($0 % 2)" }
    let data = try read("id,who,x,y\n" + rows.joined(separator: "\n"))
    #expect(data.featureNames == ["x"])
    #expect(data.notes.contains("column “id” is left out: it numbers the rows"))
    #expect(
      data.notes.contains("column “who” is left out: it has 60 different texts in 60 rows"))
    // As `DataFrame.to_csv` writes an index, in a table of numbers.
    let pandas = try read(",x,y\n0,2.5,0\n1,7,1\n2,1,0\n")
    #expect(pandas.featureNames == ["x"])
    let time = try read("t,x,y\n0,2.5,0\n1,7,1\n2,1,0\n")
    #expect(time.featureNames == ["t", "x"])
  }

  @Test func `tables without names have columns by number`() throws {
    let text = "1.5,2,0\n3,4,1\n5,6.5,1\n"
    #expect(
      refusal(text, .init()).contains("--label -1 is the last"))
    for label in ["2", "-1"] {
      let data = try read(text, .init(label: label))
      #expect(data.inputs == Matrix([[1.5, 3, 5], [2, 4, 6.5]]))
    }
    let data = try read(text, .init(label: "-1"))
    let (unlabelled, _, _) = try unlabelled("7,8\n9,10\n", data.encoding!)
    #expect(unlabelled.inputs == Matrix([[7, 9], [8, 10]]))
  }

  private func unlabelled(
    _ text: String, _ encoding: TableEncoding, identifier: String? = nil
  ) throws -> (UnlabelledData.Part, [String]?, notes: [String]) {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(text.utf8).write(to: url)
    var data = try UnlabelledData(
      url.path, encoding: encoding, inputCount: encoding.featureNames.count, identifier: identifier)
    let part = try #require(try data.next())
    #expect(try data.next() == nil)
    return (part, part.identifiers, data.notes)
  }

  @Test func `identifiers are passed through, and labels need not be there`() throws {
    let data = try read(
      "key,x,y\nk1,2.5,0\nk2,7,1\nk1,1,0\n", .init(label: "y", ignoredColumns: ["key"]))
    let (new, keys, _) = try unlabelled(
      "x,key\n4,\"k, 9\"\n5,k8\n", data.encoding!, identifier: "key")
    #expect(new.inputs == Matrix([[4, 5]]))
    #expect(keys == ["k, 9", "k8"])
  }

  @Test func `blanks, tabs and blanks, semicolons with decimal commas`() throws {
    let long = "mpg weight name\n18.0  3504.\t\"a b\"\n15 3693 1\t\"c\"\n"
    #expect(refusal(long, .init(label: "mpg")).contains("line 3: the row has 4 fields"))
    let blank = try read(
      "mpg weight name\n18.5  3504.\t\"a b\"\n15 3693\t\"c\"\n17 3693\t\"c\"\n",
      .init(label: "mpg"))
    #expect(blank.featureNames == ["weight", "name=a b", "name=c"])
    guard case .values(let values, _) = blank.targets else {
      Issue.record("classes")
      return
    }
    #expect(values == Matrix([[18.5, 15, 17]]))
    #expect(blank.notes.last?.contains("values to predict, not classes") == true)
    let comma = try read("a;y\n1,5;u\n-2,25;v\n3;u\n")
    #expect(comma.inputs == Matrix([[1.5, -2.25, 3]]))
  }

  @Test func `dates count days`() throws {
    let data = try read("d,y\n1970-01-02,0\n1972-03-01,1\n1970-01-01 12:00,1\n")
    #expect(data.inputs == Matrix([[1, 790, 0.5]]))
    #expect(DateText.days("2024-02-30x") == nil && DateText.days("2024-13-01") == nil)
    #expect(DateText.days("2000-03-01") == 11_017)
  }

  @Test func `numbers far from zero keep their differences`() throws {
    let data = try read("t,y\n1700000000.25,0\n1700000001.5,1\n1700000003,0\n")
    let values = data.inputs.row(0)
    #expect(abs(values[1] - values[0] - 1.25) < 1e-6 && abs(values[2] - values[0] - 2.75) < 1e-6)
  }

  @Test func `lines of blanks are passed over, and a lone CR ends a line`() throws {
    #expect(try read("a,y\n1.5,0\n   \n2,1\n").count == 2)
    #expect(try read("a,y\r1.5,0\r2,1\r").count == 2)
  }

  @Test func `other encodings of text are refused by name`() throws {
    let latin = Array("a,y\n1,caf".utf8) + [0xe9] + Array("\n2,x\n".utf8)
    #expect(throws: DataError.self) { try read(latin) }
    do { _ = try read(latin) } catch {
      #expect("\(error)".contains("line 2: the text is not UTF-8"))
    }
    do { _ = try read([0xff, 0xfe, 0x61, 0x00]) } catch {
      #expect("\(error)".contains("UTF-16"))
    }
  }
}
