import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct RegressionStudyTests {
  /// A smooth function of two features with a little noise, under the name of a published table.
  private func table() -> RegressionTable {
    var stream = RandomStream(seed: 2)
    let rows = (0..<120).map { _ in [1_000 + 10 * stream.normal(), stream.normal()] }
    let targets = rows.map {
      50 + 5 * sin(($0[0] - 1_000) / 10) * $0[1] + 0.05 * stream.normal()
    }
    return RegressionTable(
      name: "yacht", rows: rows, targets: targets,
      splits: [Array(0..<12), Array(12..<24), Array(24..<36)])
  }

  private func options() -> RegressionStudy.Options {
    var options = RegressionStudy.Options(seed: 3, threads: 2)
    (options.tables, options.splits, options.iterations) = (["yacht"], 2, 60)
    options.methods = [.levenbergMarquardt, .adam]
    return options
  }

  @Test func `errors are in the units of the table, and far below its spread`() throws {
    let result = try #require(try RegressionStudy(options(), on: [table()]).run())
    let rows = result.summary
    #expect(rows.map(\.method) == ["levenberg-marquardt", "adam"])
    #expect(rows.allSatisfy { $0.splits == 2 && $0.table == "yacht" })
    // The spread is about 3.6, and the noise 0.05.
    #expect(rows[0].error < 1 && rows[0].error > 0.04)
    #expect(rows[1].error < 3 && rows[1].error > 0.04)
    #expect(result.claims.list.count == 1)
    let records = try CSVRecords(result.records.csv())
    #expect(records.rows.count == 4)
    #expect(result.figures.count == 1)
  }

  @Test func `the same seed gives the same errors`() throws {
    var options = options()
    options.methods = [.levenbergMarquardt]
    let errors = try [1, 2].map { threads in
      options.threads = threads
      return try #require(try RegressionStudy(options, on: [table()]).run()).summary.map(\.error)
    }
    #expect(errors[0] == errors[1])
  }

  @Test func `a test row changes no training`() throws {
    let table = table()
    var rows = table.rows
    for row in table.splits[0] { rows[row] = [5, 5] }
    let other = RegressionTable(
      name: table.name, rows: rows, targets: table.targets, splits: table.splits)
    let (a, b) = (RegressionProblem(table, split: 0), RegressionProblem(other, split: 0))
    #expect(a.train.inputs == b.train.inputs)
  }

  @Test func `unknown tables and a comparison without its clock are refused`() {
    var options = options()
    options.tables = ["boston"]
    #expect(throws: OptionError.self) { try RegressionStudy(options, on: []) }
    options = self.options()
    options.methods = [.adam]
    #expect(throws: OptionError.self) { try RegressionStudy(options, on: []) }
  }
}
