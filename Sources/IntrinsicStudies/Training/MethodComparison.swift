import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Several methods on the same network and data, from the same start, with the same batches, each with
/// the best step size of one grid: an epoch is tried with each, then the choice
/// trains for the same number of epochs, or the same time.
package struct MethodComparison: Study {
  package struct Options: StudyOptions {
    /// What is trained on what; its method and epochs do not matter.
    package var training: TrainRun.Options
    package var methods: [MethodOptions.Name] = [
      .gradientDescent, .adam, .quasiDiagonalBackpropagated,
    ]
    /// The grid of step sizes.
    package var stepSizes = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1]
    /// Epochs of each method, at most.
    package var epochs = 5
    /// Seconds of each method, evaluations left out; nil for all epochs.
    package var seconds: Double?

    package var seed: UInt64 { training.seed }
    package var threads: Int { training.threads }

    package init(_ training: TrainRun.Options) { self.training = training }
  }

  package let options: Options
  private let run: TrainRun
  private let data: TrainingData

  /// Checks all that can be checked before data are read.
  /// - Throws: if an option makes no sense.
  package static func check(_ options: Options) throws {
    try OptionError.check(
      !options.methods.isEmpty && Set(options.methods).count == options.methods.count, "methods",
      options.methods.map(\.rawValue).joined(separator: " "), "name methods, each once")
    try OptionError.check(stepSizes: options.stepSizes)
    if let seconds = options.seconds { try OptionError.checkPositive(["seconds": seconds]) }
    try OptionError.check(
      options.training.validation > 0, "validation", options.training.validation,
      "methods are compared on a validation set; keep a share above 0")
    for name in options.methods { try TrainRun.check(options.run(of: name, stepSize: 1)) }
  }

  /// - Throws: if an option makes no sense, or the data do not fit.
  package init(_ options: Options, on data: TrainingData) throws {
    try Self.check(options)
    self.options = options
    self.data = data
    run = try TrainRun(options.run(of: options.methods[0], stepSize: 1), on: data)
  }

  /// Trials and trainings.
  package var pieceCount: Int { options.methods.count * (options.stepSizes.count + 1) }

  /// Trains by all methods, or by as many as there is time for until `shouldStop`.
  ///
  /// - Returns: what was measured, or nil if not even one method was done.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> MethodComparisonResult? {
    var curves: [MethodComparisonResult.LearningCurve] = []
    for name in options.methods {
      let trial = trial(name, shouldStop: shouldStop, progress: progress)
      if shouldStop() { break }
      let curve = try curve(name, trial, shouldStop: shouldStop)
      if shouldStop() { break }
      curves.append(curve)
      progress()
    }
    guard !curves.isEmpty else { return nil }
    return MethodComparisonResult(
      options: options, dataName: data.name, samples: run.train.count, curves: curves)
  }

  private func trial(
    _ name: MethodOptions.Name, shouldStop: @escaping @Sendable () -> Bool, progress: () -> Void
  ) -> StepSizeTrial {
    let task = MiniBatchTraining.Task(
      network: run.network, start: run.start, train: run.train, test: run.validation!,
      batch: options.training.batch ?? 100, epochs: 1,
      stream: RandomStream(seed: options.training.seed).child("trial"))
    var method = MethodOptions()
    method.name = name
    if method.isLevenbergMarquardt {
      return StepSizeTrial(fixed: 1, beside: options.stepSizes, progress: progress)
    }
    return StepSizeTrial(options.stepSizes, shouldStop: shouldStop, progress: progress) {
      MiniBatchTraining(
        method.method, stepSize: .constant($0), task, shouldStop: shouldStop)
    }
  }

  private func curve(
    _ name: MethodOptions.Name, _ trial: StepSizeTrial, shouldStop: () -> Bool
  ) throws -> MethodComparisonResult.LearningCurve {
    let chosen = try TrainRun(options.run(of: name, stepSize: trial.stepSize), on: data)
    let training = try chosen.curve(
      seconds: options.seconds ?? .infinity, shouldStop: shouldStop)
    func score(_ samples: Samples<Float>) -> Scoring {
      chosen.score(training.model, samples)
    }
    return MethodComparisonResult.LearningCurve(
      method: name, trial: trial, records: training.records, steps: training.steps,
      seconds: training.seconds, failure: training.failure,
      validation: score(chosen.parts.validation!),
      test: chosen.parts.test.map(score))
  }
}

extension MethodComparison.Options {
  /// The training by one method.
  fileprivate func run(of name: MethodOptions.Name, stepSize: Double) -> TrainRun.Options {
    var run = training
    run.method = MethodOptions()
    run.method.name = name
    run.method.stepSize = stepSize
    run.epochs = epochs
    return run
  }
}
