import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct TrainRunTests {
  /// Three clouds of points, or the sum and the difference of the coordinates.
  private func data(isRegression: Bool = false) -> TrainingData {
    var stream = RandomStream(seed: 5)
    func dataset(_ count: Int) -> Dataset {
      var inputs = Matrix<Float>(rows: 2, columns: count)
      var classes: [Int] = []
      var values = Matrix<Float>(rows: 2, columns: count)
      for x in 0..<count {
        let own = x % 3
        classes.append(own)
        inputs[0, x] = Float(stream.normal()) + 4 * Float(own)
        inputs[1, x] = 100 + 10 * Float(stream.normal())
        values[0, x] = inputs[0, x] + inputs[1, x] / 10
        values[1, x] = inputs[0, x] - inputs[1, x] / 10
      }
      return Dataset(
        inputs: inputs,
        targets: isRegression
          ? .values(values, names: ["sum", "difference"])
          : .classes(classes, names: ["a", "b", "c"]),
        sources: ["points.csv (SHA-256 abc)"])
    }
    return TrainingData(dataset(240), test: dataset(60), name: "points")
  }

  private func options(_ network: String, epochs: Int = 8) throws -> TrainRun.Options {
    var options = TrainRun.Options(data: "points", network: try NetworkText(network), seed: 3)
    (options.epochs, options.batch, options.standardize) = (epochs, 20, true)
    options.method.stepSize = 0.02
    return options
  }

  @Test func `a run directory holds a network that does what the summary says`() throws {
    try withTemporaryDirectory { folder in
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      var lines = 0
      let data = data()
      let result = try TrainRun(options("fc16:bn fc3"), on: data).run(
        in: directory, epoch: { _, _ in lines += 1 })
      #expect(lines == 8 && result.ending == .complete)
      let summary = result.summary
      #expect(summary.steps == 8 * 11 && summary.epochs == 8)
      #expect(summary.training.samples == 216 && summary.validation?.samples == 24)
      #expect(summary.test!.accuracy! > 0.9)
      let url = directory.url(TrainRun.networkName)
      let metadata = try NetworkMetadata(contentsOf: url)
      #expect(metadata.classes == ["a", "b", "c"])
      #expect(metadata.standardization?.means.count == 2)
      let again = Scoring(
        try Model(contentsOf: url), on: Samples(data.test!, metadata.standardization),
        names: metadata.classes)
      #expect(abs(again.loss - summary.test!.loss) < 1e-6)
      #expect(again.confusion == summary.test!.confusion)
      #expect(again.confusion!.counts.joined().reduce(0, +) == 60)
      let own = again.confusion!.counts
      #expect(Double((0..<3).reduce(0) { $0 + own[$1][$1] }) / 60 == again.accuracy)
      #expect(data.checksums == ["points.csv": "abc"])
    }
  }

  @Test func `Levenberg–Marquardt takes all samples, and ends by itself`() throws {
    try withTemporaryDirectory { folder in
      var options = try options("fc8:tanh fc2")
      options.method = MethodOptions()
      options.method.name = .levenbergMarquardt
      options.method.findsPenalty = true
      (options.batch, options.epochs, options.isRegression) = (nil, nil, true)
      let data = data(isRegression: true)
      let run = try TrainRun(options, on: data)
      #expect(run.stepsPerEpoch == 1)
      let result = try run.run(in: RunDirectory(at: folder.appendingPathComponent("run")))
      #expect(result.ending == .noImprovement || result.ending == .complete)
      // A sum and a difference are linear; a tanh network follows them closely, as no 8 epochs of others do.
      #expect(result.summary.test!.loss < 1e-3)
      options.isRegression = false
      #expect(throws: OptionError.self) { try TrainRun(options, on: self.data()) }
    }
  }

  @Test func `small regressions are left to Levenberg–Marquardt, unless something is asked for`()
    throws
  {
    func run(
      _ network: String, isRegression: Bool = true,
      _ change: (inout TrainRun.Options) -> Void = { _ in }
    ) throws -> TrainRun {
      var options = TrainRun.Options(data: "points", network: try NetworkText(network), seed: 3)
      options.isRegression = isRegression
      change(&options)
      return try TrainRun(options, on: data(isRegression: isRegression))
    }
    let small = try run("fc8 fc2")
    #expect(small.method.isLevenbergMarquardt && small.stepsPerEpoch == 1)
    #expect(small.choice?.contains("42 parameters") == true)
    let others = try [
      run("fc8 fc3", isRegression: false), run("fc8:bn fc2"), run("fc8:dropout0.1 fc2"),
      run("fc100 fc100 fc2"), run("fc8 fc2") { $0.batch = 100 }, run("fc8 fc2") { $0.epochs = 5 },
      run("fc8 fc2") { $0.method.name = .adam }, run("fc8 fc2") { $0.method.momentum = 0.9 },
    ]
    for other in others {
      #expect(!other.method.isLevenbergMarquardt && other.choice == nil)
    }
  }

  @Test func `features are standardized over the samples that are trained on, no others`() throws {
    let run = try TrainRun(options("fc16 fc3"), on: data())
    #expect(run.train.count == 216 && run.validation?.count == 24)
    for feature in 0..<2 {
      let values = run.train.inputs.row(feature).map(Double.init)
      // Rounding of 216 numbers of order 1.
      #expect(abs(values.reduce(0, +) / 216) < 1e-5)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 216 - 1) < 1e-5)
      // Others are prepared the same way: the second feature is about 100 before.
      for samples in [run.validation!, run.parts.test!] {
        #expect(samples.inputs.row(feature).allSatisfy { abs($0) < 6 })
      }
    }
  }

  @Test func `values are learned with the square loss`() throws {
    try withTemporaryDirectory { folder in
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      let result = try TrainRun(options("fc16:tanh fc2"), on: data(isRegression: true)).run(
        in: directory)
      let first = result.epochs[0].trainLoss
      #expect(result.test!.loss < first / 2)
      #expect(result.test!.accuracy == nil && result.test!.confusion == nil)
      let metadata = try NetworkMetadata(contentsOf: directory.url(TrainRun.networkName))
      #expect(metadata.classes == nil)
      // The saved network, asked by itself, answers in the units of the data.
      let data = data(isRegression: true)
      let samples = Samples(data.test!, metadata.standardization)
      guard case .values(let values) = samples.targets else {
        Issue.record("targets are no values")
        return
      }
      let model = try Model(contentsOf: directory.url(TrainRun.networkName))
      let outputs = model.predictions(
        for: Matrix(
          rows: 2, columns: samples.count, elements: samples.inputs.elements.map(Double.init)))
      var (squares, loss, total) = (0.0, 0.0, [0.0, 0.0])
      for row in 0..<2 {
        let mean = values.row(row).reduce(0) { $0 + Double($1) } / Double(values.columns)
        for x in 0..<values.columns {
          let error = outputs[row, x] - Double(values[row, x])
          squares += error * error
          loss += error * error / pow(Double(metadata.targetScales![row]), 2)
          total[row] += pow(Double(values[row, x]) - mean, 2)
        }
      }
      let count = Double(values.columns)
      #expect(
        abs(result.test!.rootMeanSquareError! / (squares / (2 * count)).squareRoot() - 1) < 1e-4)
      #expect(abs(result.test!.loss / (loss / (2 * count)) - 1) < 1e-4)
      #expect(result.test!.determination! > 0.9 && result.test!.determination! < 1)
      let targets = result.test!.targets
      #expect(targets.count == 2)
      for row in 0..<2 {
        var own = 0.0
        for x in 0..<values.columns { own += pow(outputs[row, x] - Double(values[row, x]), 2) }
        #expect(abs(targets[row].rootMeanSquareError / (own / count).squareRoot() - 1) < 1e-4)
        #expect(abs(targets[row].determination! - (1 - own / total[row])) < 1e-4)
        #expect(targets[row].baselineError! > targets[row].rootMeanSquareError)
      }
      #expect(result.test!.baselineLoss! > 0.5 && result.test!.baselineLoss! < 2)
    }
  }

  @Test func `a network of another size is refused with both numbers`() throws {
    let error = #expect(throws: OptionError.self) { try TrainRun(options("fc16 fc4"), on: data()) }
    #expect(error?.description.contains("4 units, but the data have 3 classes") == true)
    #expect(error?.description.contains("end with “fc3”") == true)
  }

  @Test func `stopped and continued is the same as going through`() throws {
    try withTemporaryDirectory { folder in
      let run = try TrainRun(options("fc8:dropout0.2 fc3"), on: data())
      let whole = try RunDirectory(at: folder.appendingPathComponent("whole"))
      _ = try run.run(in: whole)
      let parts = try RunDirectory(at: folder.appendingPathComponent("parts"))
      for (last, stop) in [(0, 5), (5, 40)] {
        var (first, steps): (Int?, Int) = (nil, 0)
        let result = try run.run(
          in: parts, shouldStop: { steps >= stop },
          progress: { (first, steps) = (first ?? $0.steps, $0.steps) })
        #expect(first == last + 1)
        #expect(result.ending == nil && result.summary.steps == stop)
        #expect(result.summary.ending == "interrupted")
      }
      let last = try run.run(in: RunDirectory(existing: parts.location))
      #expect(last.ending == .complete)
      let files = try [whole, parts].map { try Data(contentsOf: $0.url(TrainRun.networkName)) }
      #expect(files[0] == files[1])
    }
  }

  @Test func `a loss that is not finite is told, and what there is is kept`() throws {
    try withTemporaryDirectory { folder in
      var options = try options("fc8 fc2")
      options.method.name = .gradientDescent
      options.method.stepSize = 1e6
      options.standardize = false
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      let result = try TrainRun(options, on: data(isRegression: true)).run(in: directory)
      #expect(result.failure?.contains("step size") == true && result.summary.ending == "failed")
      #expect(try result.write(to: directory).notes.joined().contains("training ended early"))
    }
  }

  @Test func `the confusion matrix counts what stands out`() {
    let matrix = ConfusionMatrix(
      names: ["x", "y"], classes: [0, 0, 0, 1, 1, 1], predicted: [0, 1, 1, 1, nil, 0])
    #expect(matrix.counts == [[1, 2], [1, 1]] && matrix.undecided == [0, 1])
    #expect(matrix.recall(0) == 1.0 / 3 && matrix.recall(1) == 1.0 / 3)
    #expect(matrix.precision(0) == 1.0 / 2 && matrix.precision(1) == 1.0 / 3)
    // Undecided samples are missed, and taken for nothing.
    #expect(matrix.f1(0) == 2.0 / 5 && matrix.f1(1) == 2.0 / 6)
    #expect(abs(matrix.meanF1 - (2.0 / 5 + 2.0 / 6) / 2) < 1e-15)
    #expect(
      matrix.records.csv()
        == "true_class,predicted_class,samples\nx,x,1\nx,y,2\ny,x,1\ny,y,1\ny,,1\n")
  }

  @Test func `methods are compared from one start with the step size of their trials`() throws {
    var comparison = MethodComparison.Options(try options("fc8 fc3"))
    comparison.methods = [.gradientDescent, .quasiDiagonalBackpropagated]
    comparison.stepSizes = [1e-9, 0.01]
    comparison.epochs = 2
    let study = try MethodComparison(comparison, on: data())
    let result = try #require(try study.run())
    // No step worth the name is taken with the least step size.
    #expect(result.curves.map(\.trial.stepSize) == [0.01, 0.01])
    #expect(result.curves.map(\.steps) == [22, 22])
    #expect(result.records.csv().split(separator: "\n").count == 5)
    comparison.seconds = 1e-9
    let short = try #require(try MethodComparison(comparison, on: data()).run())
    #expect(short.curves.map(\.steps) == [1, 1])
  }

  @Test func `methods whose steps have a length of their own are not tried with others`() throws {
    var comparison = MethodComparison.Options(try options("fc8:tanh fc3"))
    comparison.methods = [.levenbergMarquardt, .adam]
    comparison.stepSizes = [1e-9, 0.01]
    comparison.epochs = 2
    let result = try #require(try MethodComparison(comparison, on: data()).run())
    #expect(result.curves.map(\.trial.stepSize) == [1, 0.01])
    let trials = try #require(result.tables.first { $0.name == "trials" }?.table.csv())
    #expect(trials.contains("levenberg-marquardt,–,–"))
  }

  @Test func `the units of the data do not matter, for any method`() throws {
    for name in [MethodOptions.Name.quasiDiagonalBackpropagated, .adam, .gradientDescent] {
      var options = try options("fc8:tanh fc2", epochs: 3)
      options.method = MethodOptions()
      options.method.name = name
      var changed = data(isRegression: true)
      func change(_ data: Dataset) -> Dataset {
        var result = data
        // Powers of two: bit for bit.
        for index in result.inputs.elements.indices { result.inputs.elements[index] *= 1024 }
        if case .values(var values, let names) = result.targets {
          for index in values.elements.indices { values.elements[index] /= 64 }
          result.targets = .values(values, names: names)
        }
        return result
      }
      changed = TrainingData(
        change(changed.train), test: changed.test.map(change), name: changed.name)
      var losses: [[Double]] = []
      for data in [data(isRegression: true), changed] {
        try withTemporaryDirectory { folder in
          let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
          losses.append(
            try TrainRun(options, on: data).run(in: directory).epochs.map(\.trainLoss))
        }
      }
      #expect(losses[0] == losses[1], "\(name)")
      #expect(losses[0].last! < losses[0][0], "\(name)")
    }
  }

  @Test func `a network that is no better than a constant is told`() throws {
    try withTemporaryDirectory { folder in
      var options = try options("fc4 fc3", epochs: 1)
      options.method.name = .gradientDescent
      options.method.stepSize = 30
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      let result = try TrainRun(options, on: data()).run(in: directory)
      #expect(result.notes.joined().contains("no better than the best constant prediction"))
      let good = try self.options("fc16 fc3")
      let other = try RunDirectory(at: folder.appendingPathComponent("good"))
      #expect(!(try TrainRun(good, on: data()).run(in: other)).notes.joined().contains("constant"))
    }
  }

  @Test func `without a number of epochs training ends when validation does not improve`() throws {
    try withTemporaryDirectory { folder in
      var options = try options("fc16 fc3")
      options.epochs = nil
      options.method = MethodOptions()
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      let result = try TrainRun(options, on: data()).run(in: directory)
      #expect(result.ending == .noImprovement && result.epochs.count > 36)
      #expect(result.test!.accuracy! > 0.9)
    }
  }
}
