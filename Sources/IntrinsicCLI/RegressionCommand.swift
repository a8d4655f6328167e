import ArgumentParser
import IntrinsicData
import IntrinsicStudies

extension RegressionStudy.Method: ExpressibleByArgument {}

struct RegressionCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "regression",
    abstract: "Levenberg–Marquardt with evidence on published regression tables.",
    discussion: """
      The tables are NAME.csv.gz, the target in the last column, with the test rows of each split in \
      NAME.splits.gz. Adam, gradient descent and the default of train get as many seconds.
      """)

  private static let defaults = RegressionStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "Names of tables.")
  var tables = Self.defaults.tables

  @Option(parsing: .upToNextOption, help: "Methods that are compared.")
  var methods = Self.defaults.methods

  @Option(parsing: .unconditional, help: "Splits of each table at most.")
  var splits = Self.defaults.splits

  @Option(parsing: .unconditional, help: "Steps of Levenberg–Marquardt at most.")
  var iterations = Self.defaults.iterations

  @Option(
    parsing: .unconditional, help: "Samples that each of its matrices is estimated from at most.")
  var matrixSamples = Self.defaults.matrixSamples

  @Option(
    help: "The folder of the tables; that of $INTRINSIC_DATA if not given.",
    completion: .directory)
  var data: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  private func chosen(_ seed: UInt64) -> RegressionStudy.Options {
    var chosen = RegressionStudy.Options(seed: seed, threads: threads.threads)
    (chosen.tables, chosen.splits, chosen.iterations) = (tables, splits, iterations)
    (chosen.methods, chosen.matrixSamples) = (methods, matrixSamples)
    return chosen
  }

  func check() throws { _ = try RegressionStudy(chosen(0), on: []) }

  func study(_ seed: UInt64) throws -> RegressionStudy {
    let read = try SampleOptions.reading {
      try tables.map { try RegressionTable(named: $0, option: data) }
    }
    return try RegressionStudy(chosen(seed), on: read)
  }
}
