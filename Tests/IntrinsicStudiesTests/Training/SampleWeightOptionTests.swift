import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// What `--class-weights` and `--weight-column` make of a table.
struct SampleWeightOptionTests {
  private static let table = """
    size,times,kind
    1,1,no
    2,0,no
    4,3,yes
    8,2,no

    """

  private func run(
    _ text: String = table, _ set: (inout TrainRun.Options) -> Void
  ) throws -> TrainRun {
    try withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("train.csv")
      try Data(text.utf8).write(to: file)
      var options = TrainRun.Options(data: file.path, network: try NetworkText("fc2"), seed: 1)
      options.label = "kind"
      options.validation = 0
      set(&options)
      return try TrainRun(
        options, on: TrainingData.read(options.data, options.datasetOptions()))
    }
  }

  @Test func `a column of weights is no feature, and its mean is one`() throws {
    let run = try run { $0.weightColumn = "times" }
    #expect(run.network.inputCount == 1)
    #expect(run.train.weights == ([1, 0, 3, 2] as [Float]).map { $0 * (1 / 1.5) })
    // Scores count all alike.
    #expect(run.parts.train.weights == nil)
    #expect(try self.run { _ in }.train.weights == nil)
  }

  @Test func `a weight is as many copies of the sample`() throws {
    let copies = "size,times,kind\n1,1,no\n4,1,yes\n4,1,yes\n4,1,yes\n8,1,no\n8,1,no\n"
    func gradient(_ run: TrainRun) -> [Float] {
      let workspace = Workspace<Float>(run.network, maximumBatchSize: run.train.count)
      workspace.load(run.train)
      var gradient = Gradient<Float>(run.network)
      workspace.lossAndGradient(run.start, into: &gradient)
      return gradient.elements
    }
    // Inputs as they are: means and variances of features are of all samples alike.
    let weighted = gradient(try run { ($0.weightColumn, $0.standardize) = ("times", false) })
    let copied = gradient(try run(copies) { ($0.ignored, $0.standardize) = (["times"], false) })
    for (a, b) in zip(weighted, copied) { #expect(abs(a - b) <= 1e-6 * abs(b), "\(a), \(b)") }
  }

  @Test func `balanced classes count alike, named ones as they are told`() throws {
    let balanced = try #require(try run { $0.classWeights = .balanced }.train.weights)
    for (weight, expected) in zip(balanced, [2.0 / 3, 2.0 / 3, 2, 2.0 / 3] as [Float]) {
      #expect(abs(weight - expected) < 1e-6)
    }
    let named = try #require(
      try run { $0.classWeights = ClassWeights("yes=5") }.train.weights)
    #expect(named == [0.5, 0.5, 2.5, 0.5])
    let both = try #require(
      try run { ($0.weightColumn, $0.classWeights) = ("times", ClassWeights("yes=5")) }.train
        .weights)
    for (weight, expected) in zip(both, [1, 0, 15, 2].map { $0 / 4.5 } as [Float]) {
      #expect(abs(weight - expected) < 1e-6)
    }
  }

  @Test func `texts of weights are read and written`() {
    for text in ["balanced", "no=0.5,yes=2.0"] { #expect(ClassWeights(text)?.description == text) }
    for text in ["", "yes", "yes=", "yes=-1", "yes=nan", "yes=1,yes=2", "yes=0"] {
      #expect(ClassWeights(text) == nil, "\(text)")
    }
  }

  @Test func `what cannot be weights is refused by its place`() throws {
    let names = try #require(
      #expect(throws: OptionError.self) { try run { $0.classWeights = ClassWeights("jes=5") } })
    #expect("\(names)" == "--class-weights jes: the classes are no, yes")
    let missing = try #require(
      #expect(throws: DataError.self) { try run { $0.weightColumn = "time" } })
    #expect("\(missing)".contains("there is no column “time”"))
    let negative = try #require(
      #expect(throws: DataError.self) {
        try run(Self.table.replacing("4,3", with: "4,-3")) { $0.weightColumn = "times" }
      })
    #expect("\(negative)".contains("4") && "\(negative)".contains("times"), "\(negative)")
    #expect(throws: OptionError.self) {
      try run("size,times,kind\n1,0,no\n2,0,yes\n") { $0.weightColumn = "times" }
    }
    #expect(throws: OptionError.self) {
      try run { ($0.label, $0.isRegression, $0.classWeights) = ("size", true, .balanced) }
    }
  }
}
