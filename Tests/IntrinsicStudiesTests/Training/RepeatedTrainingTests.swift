import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct RepeatedTrainingTests {
  private static func data(_ count: Int) -> TrainingData {
    var stream = RandomStream(seed: 5)
    let inputs = Matrix(
      rows: 2, columns: count, elements: (0..<2 * count).map { _ in Float(stream.normal()) })
    let classes = (0..<count).map { $0 % 5 == 0 ? 1 : 0 }
    return TrainingData(
      Dataset(inputs: inputs, targets: .classes(classes, names: ["no", "yes"])), test: nil,
      name: "drawn")
  }

  private static func options() throws -> TrainRun.Options {
    var options = TrainRun.Options(data: "drawn", network: try NetworkText("fc3 fc2"), seed: 7)
    (options.epochs, options.batch) = (2, 10)
    options.validation = 0
    return options
  }

  @Test func `folds are the samples, each once, with the same share of each class`() {
    let data = Self.data(53).train
    let folds = data.folds(4, using: RandomStream(seed: 1))
    #expect(folds.flatMap { $0 }.sorted() == Array(0..<53))
    #expect(Set(folds.map(\.count)) == [13, 14])
    for fold in folds {
      let rare = fold.count { $0 % 5 == 0 }
      #expect((2...3).contains(rare), "\(fold)")
      #expect(fold == fold.sorted())
    }
    #expect(folds != data.folds(4, using: RandomStream(seed: 2)))
  }

  @Test func `each fold is the test set of a training on all others`() throws {
    let data = Self.data(23)
    let repeated = try RepeatedTraining(.folds(4), Self.options(), on: data)
    var tested = 0
    for index in 0..<4 {
      let run = try repeated.run(index)
      let test = try #require(run.parts.test)
      #expect(run.train.count + test.count == 23)
      tested += test.count
    }
    #expect(tested == 23)
    #expect(repeated.name(1) == "fold-2")
  }

  @Test func `seeds are those that follow, and the summary is of all`() throws {
    let repeated = try RepeatedTraining(.seeds(3), Self.options(), on: Self.data(40))
    #expect((0..<3).map(repeated.name) == ["seed-7", "seed-8", "seed-9"])
    let runs = try (0..<3).map { try repeated.run($0) }
    #expect(runs.map(\.options.seed) == [7, 8, 9])
    #expect(runs[0].start.elements != runs[1].start.elements)
    let results = try runs.enumerated().map { index, run in
      try withTemporaryDirectory { folder in
        try run.run(in: RunDirectory(at: folder.appendingPathComponent("\(index)")))
      }
    }
    let result = repeated.result(results)
    let losses = results.map(\.training.loss)
    #expect(result.summary.means["loss (nats)"] == losses.mean)
    #expect(result.summary.standardDeviations["loss (nats)"] == losses.standardDeviation)
    #expect(result.notes.isEmpty)
    #expect(repeated.result(Array(results.prefix(1))).notes.count == 1)
    #expect(result.tables[0].table.rendered().contains("mean ± standard deviation"))
  }

  @Test func `what makes no sense is refused`() throws {
    var options = try Self.options()
    for kind in [RepeatedTraining.Kind.seeds(1), .folds(1), .folds(2_000)] {
      #expect(throws: OptionError.self) { try RepeatedTraining.check(kind, options) }
    }
    #expect(throws: OptionError.self) {
      try RepeatedTraining(.folds(24), options, on: Self.data(23))
    }
    options.test = "other.csv"
    #expect(throws: OptionError.self) { try RepeatedTraining.check(.folds(3), options) }
    try RepeatedTraining.check(.seeds(3), options)
  }
}
