import Foundation
import IntrinsicData
import Testing

struct RegressionTableTests {
  private func read(
    _ table: String, _ splits: String?, in root: URL
  ) throws -> RegressionTable {
    try Data(table.utf8).write(to: root.appendingPathComponent("t.csv"))
    let url = root.appendingPathComponent("t.splits")
    try? FileManager.default.removeItem(at: url)
    if let splits { try Data(splits.utf8).write(to: url) }
    return try RegressionTable(named: "t", option: root.path, environment: [:])
  }

  @Test func `the last column is the target, and splits are test rows`() throws {
    try withTemporaryDirectory { root in
      let table = try read("a,b,y\n1,2,3\n4,5,6\n7,8,9.5\n", "0\n2\n", in: root)
      #expect(table.rows == [[1, 2], [4, 5], [7, 8]])
      #expect(table.targets == [3, 6, 9.5])
      #expect(table.splits == [[0], [2]])
    }
  }

  @Test(arguments: [
    ("a,y\n1,2\n3\n4,5\n", "0", "t.csv”, line 3: 1 numbers, but 2 in the first row"),
    ("a,y\n1,2\n3,x\n4,5\n", "0", "line 3: not all fields are finite numbers"),
    ("a,y\n1,2\n3,inf\n4,5\n", "0", "line 3: not all fields are finite numbers"),
    ("a,y\n", "0", "it is empty"),
    ("a,y\n1,2\n3,4\n4,5\n", "0\n3", "line 2: these are no numbers of some of the 3 rows"),
    ("a,y\n1,2\n3,4\n4,5\n", "1 1", "line 1: these are no numbers of some of the 3 rows"),
    ("a,y\n1,2\n3,4\n4,5\n", "0 1", "line 1: these are no numbers of some of the 3 rows"),
    ("a,y\n1,2\n3,4\n4,5\n", nil, "“t.splits” is missing"),
  ])
  func `what does not fit is refused with file and line`(
    _ table: String, _ splits: String?, _ expected: String
  ) throws {
    try withTemporaryDirectory { root in
      let text = message { _ = try read(table, splits, in: root) }
      #expect(text.contains(expected), "\(text)")
    }
  }
}
