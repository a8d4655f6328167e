import Foundation
import Intrinsic
import IntrinsicMath

/// Study `path`: the whole family of Neyshabur et al. 2016 on digits. DDP-SGD leads from Path-SGD
/// (α = 0) to the diagonal natural gradient (α = 1, second moment), DDP-normalization from path
/// normalization to batch normalization (α = 1, variance); gradient descent stands beside them.
///
/// Every member gets the step size of a grid with the least mean loss over the second half of a trial
/// epoch.
package struct PathStudy: Study {
  package struct Options: StudyOptions {
    /// Weights of the data; 0 and 1 are the ends.
    package var alphas = [0.0, 0.5, 1]
    /// Step sizes that each member tries.
    package var stepSizes = [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003]
    package var hidden = [200, 200]
    package var epochs = 4
    package var batch = 100
    package var runs = 2
    /// Training samples that are used, all if there are fewer.
    package var samples = 60_000
    /// Those of the trial epoch.
    package var trialSamples = 10_000
    /// ε in κ + ε of data-dependent metrics.
    package var damping = 0.001
    /// The weight of a batch in the averages of data-dependent metrics.
    package var averagingRate = 0.1
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options
  let variants: [Variant]
  private let digits: Digits

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on digits: Digits) throws(OptionError) {
    try OptionError.checkEach(0...1, "alphas", options.alphas)
    try OptionError.check(stepSizes: options.stepSizes)
    try OptionError.check(hidden: options.hidden)
    try OptionError.check(
      1...1_000_000,
      [
        "epochs": options.epochs, "batch": options.batch, "runs": options.runs,
        "samples": options.samples, "trial-samples": options.trialSamples,
        "threads": options.threads,
      ])
    try OptionError.check(
      options.batch >= 2, "batch", options.batch, "batch statistics need at least 2 samples")
    try OptionError.checkNotNegative(["damping": options.damping])
    try OptionError.checkShare(["averaging-rate": options.averagingRate])
    self.options = options
    self.digits = digits
    variants = Self.variants(alphas: options.alphas)
  }

  private static func variants(alphas: [Double]) -> [Variant] {
    let measures = Set(alphas).sorted().flatMap { alpha -> [PathMeasure] in
      if alpha == 0 { return [.pathNorm] }
      // Checked to be in [0, 1].
      return PathMeasure.Statistic.allCases.map { try! PathMeasure(alpha: alpha, $0) }
    }
    return [.gradientDescent, .diagonalNatural] + measures.map { .ddpSGD($0) }
      + measures.map { .ddpNormalization($0) }
  }

  /// The number of trainings, trials included, for a progress bar.
  package var pieceCount: Int { variants.count * (options.stepSizes.count + options.runs) }

  /// Runs everything, or as much as there is time for until `shouldStop`.
  ///
  /// - Returns: what was measured, or nil if it was stopped before the first run was complete.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> PathResult? {
    let trials = try WorkQueue.map(variants, threads: options.threads) { variant in
      let choice = try StepSizeTrial(
        options.stepSizes, shouldStop: shouldStop, progress: progress
      ) {
        try train(
          variant, stepSize: $0, run: -1, epochs: 1, samples: options.trialSamples,
          shouldStop: shouldStop)
      }
      return PathResult.Trial(variant: variant, choice: choice)
    }
    if shouldStop() { return nil }
    let runs = try WorkQueue.completeRuns(
      options.runs, of: Array(variants.indices), threads: options.threads
    ) { run, index -> PathResult.LearningCurve? in
      if shouldStop() { return nil }
      let training = try train(
        variants[index], stepSize: trials[index].choice.stepSize, run: run,
        epochs: options.epochs, samples: options.samples, shouldStop: shouldStop)
      if shouldStop() { return nil }
      progress()
      return PathResult.LearningCurve(
        variant: variants[index], run: run, records: training.records,
        failure: training.failure)
    }
    guard !runs.isEmpty else { return nil }
    var done = options
    done.runs = runs.count
    return PathResult(
      options: done, digits: digits.name, note: digits.note, variants: variants,
      trials: trials, curves: runs.flatMap { $0 })
  }

  private func train(
    _ variant: Variant, stepSize: Double, run: Int, epochs: Int, samples: Int,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws -> MiniBatchTraining {
    // Trials have weights and orders of their own.
    let stream = RandomStream(seed: options.seed).child(run < 0 ? "trial" : "run", max(run, 0))
    let network = try Network.layered(
      [digits.train.inputs.rows] + options.hidden + [10], activation: .relu, output: .softmax,
      normalization: variant.normalization)
    var drawing = stream.child("weights")
    let start: Parameters<Float> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &drawing)
    let task = MiniBatchTraining.Task(
      network: network, start: start,
      train: samples < digits.train.count ? digits.train.subset(0..<samples) : digits.train,
      test: digits.test, batch: options.batch, epochs: epochs, stream: stream.child("training"))
    return MiniBatchTraining(
      variant.method(damping: options.damping, averagingRate: options.averagingRate),
      stepSize: .constant(stepSize), task, shouldStop: shouldStop)
  }
}
