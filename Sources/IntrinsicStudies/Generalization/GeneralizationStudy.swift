import Foundation
import IntrinsicMath
import IntrinsicTheory

/// Study `generalization`: Luo et al. 2019, Figure 1. Generalization errors of a linear teacher's
/// students against the load α = P/N: closed forms, the same by solving random problems, and batch
/// normalization trained by stochastic gradient descent.
package struct GeneralizationStudy: Study {
  package struct Options: StudyOptions {
    /// N of the trainings with batch normalization.
    package var inputs = 4096
    /// N of the problems that are solved directly.
    package var solvedInputs = 512
    /// Values of α.
    package var loads = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 3]
    /// σ²
    package var noise = 0.25
    /// M against the load.
    package var batch = 32
    /// Values of M at α = 1.
    package var batches = [8, 16, 32, 64, 128, 256]
    package var epochs = 500
    /// η for the first half of the epochs; it then falls to 0.
    package var rate = 0.5
    /// Random problems of each kind that are solved directly.
    package var runs = 24
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    try OptionError.check(16...16_384, ["inputs": options.inputs])
    try OptionError.check(16...4_096, ["solved-inputs": options.solvedInputs])
    try OptionError.checkEach(0.01...16, "loads", options.loads)
    try OptionError.checkNotNegative(["noise": options.noise])
    let examples = Int(options.loads.min()! * Double(options.inputs))
    try OptionError.check(
      options.batch >= 2 && options.batch <= examples, "batch", options.batch,
      "2 samples or more are needed, and at most the \(examples) examples of the least load")
    try OptionError.check(
      options.batches.allSatisfy { $0 >= 2 && $0 <= options.inputs }, "batches",
      options.batches.map(String.init).joined(separator: " "),
      "2 samples or more are needed, and at most the \(options.inputs) examples")
    try OptionError.check(2...100_000, ["epochs": options.epochs])
    try OptionError.check(
      options.rate > 0 && options.rate < 2, "rate", options.rate,
      "a number above 0 and below 2, where training is unstable, is needed")
    try OptionError.check(2...1000, ["runs": options.runs])
    try OptionError.check(threads: options.threads)
    self.options = options
  }

  /// A training with batch normalization.
  struct Training: Hashable, Sendable {
    let load: Double
    let batch: Int
  }

  private var trainings: [Training] {
    var list = options.loads.map { Training(load: $0, batch: options.batch) }
    for batch in options.batches {
      let training = Training(load: 1, batch: batch)
      if !list.contains(training) { list.append(training) }
    }
    // Those that take longest first, so that threads end together.
    return list.sorted { $0.load > $1.load }
  }

  /// Trainings and loads, for a progress bar.
  package var pieceCount: Int { trainings.count + options.loads.count }

  /// Ridges of the figure against the ridge at α = 1.
  var ridges: [Double] { (-8...4).map { pow(2, Double($0)) } }

  /// Runs everything; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> GeneralizationResult? {
    let solved = try WorkQueue.map(options.loads, threads: options.threads) { load in
      defer { progress() }
      return try solve(load, shouldStop: shouldStop)
    }
    let curves = try WorkQueue.map(trainings, threads: options.threads) { training in
      defer { progress() }
      return try train(training, shouldStop: shouldStop)
    }
    if shouldStop() { return nil }
    return GeneralizationResult(
      options: options, ridges: ridges, solved: solved.flatMap { $0 }, curves: curves)
  }

  /// Solves random problems of one load with several ridges.
  private func solve(
    _ load: Double, shouldStop: @Sendable () -> Bool
  ) throws -> [GeneralizationResult.Solved] {
    let count = max(1, Int((load * Double(options.solvedInputs)).rounded()))
    // What the pseudo-inverse has at P = N is not finite in the mean.
    let pseudoInverse: [Double] = count == options.solvedInputs ? [] : [0]
    let features = pseudoInverse + [load / (2 * Double(options.batch)), options.noise]
    let wanted = Set(features + (load == 1 ? ridges : [])).sorted()
    var errors = [[Double]](repeating: [], count: wanted.count)
    for run in 0..<options.runs {
      if shouldStop() { break }
      let stream = RandomStream(seed: options.seed).child("solved \(load)", run)
      let regression = RidgeRegression(
        LinearExamples<Double>(
          inputs: options.solvedInputs, count: count, noise: options.noise, stream: stream))
      for (index, ridge) in wanted.enumerated() {
        errors[index].append(try regression.error(ridge: ridge))
      }
    }
    return zip(wanted, errors).filter { $0.1.count > 1 }.map {
      .init(load: load, ridge: $0, errors: $1)
    }
  }

  /// Four epochs an octave: 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20 and so on.
  static func isMeasured(_ epoch: Int) -> Bool {
    epoch.trailingZeroBitCount >= max(0, Int.bitWidth - epoch.leadingZeroBitCount - 3)
  }

  /// Trains with batch normalization, and solves the same examples with and without decay.
  private func train(
    _ training: Training, shouldStop: @Sendable () -> Bool
  ) throws -> GeneralizationResult.LearningCurve {
    let stream = RandomStream(seed: options.seed).child("load \(training.load)")
    let count = Int((training.load * Double(options.inputs)).rounded())
    let examples = LinearExamples<Float>(
      inputs: options.inputs, count: count, noise: options.noise, stream: stream)
    var student = BatchNormalizedStudent(
      examples, batch: training.batch, stream: stream.child("order", training.batch))
    var measures: [BatchNormalizedStudent.Measure] = []
    for epoch in 1...options.epochs {
      if shouldStop() { break }
      let passed = Double(epoch - 1) / Double(options.epochs)
      student.epoch(rate: options.rate * min(1, 2 * (1 - passed)))
      if epoch == options.epochs || Self.isMeasured(epoch) {
        measures.append(student.measure(epoch: epoch))
      }
    }
    guard training.batch == options.batch && !shouldStop() else {
      return .init(training: training, measures: measures, decayed: nil, shrunk: nil)
    }
    let regression = RidgeRegression(examples)
    let scale = try BatchDeviation.mean(batch: training.batch)
    return .init(
      training: training, measures: measures,
      decayed: try regression.error(ridge: training.load / (2 * Double(training.batch))),
      shrunk: count == options.inputs ? nil : try regression.error(ridge: 0, scale: scale))
  }
}
