import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Study `defaults`: how good `train` is as it comes, on many data sets: against Adam with the step size of its
/// authors, and against methods whose step size is chosen for each set.
///
/// Adam trains as `train` does, until validation improves no more. The tuned methods have the seconds of the default
/// for each of nine step sizes; the one with the least validation loss counts.
package struct DefaultsStudy: Study {
  package struct Options: StudyOptions {
    /// Names of sets; empty for all that are there.
    package var sets: [String] = []
    /// Trainings of each method from other starts and with other validation samples.
    package var seeds = 3
    /// The grid of step sizes.
    package var stepSizes = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1]
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      (self.seed, self.threads) = (seed, threads)
    }
  }

  enum Method: String, CaseIterable, Codable {
    case automatic
    case adam
    case tunedAdam = "tuned-adam"
    case tunedAdamW = "tuned-adamw"
    case tunedMomentum = "tuned-momentum"

    var title: String {
      switch self {
      case .automatic: "default"
      case .adam: "Adam, 0.001"
      case .tunedAdam: "Adam, tuned"
      case .tunedAdamW: "AdamW, tuned"
      case .tunedMomentum: "momentum, tuned"
      }
    }

    var isTuned: Bool { self != .automatic && self != .adam }

    fileprivate func options(stepSize: Double?) -> MethodOptions {
      var options = MethodOptions()
      options.stepSize = stepSize
      switch self {
      case .automatic: break
      case .adam, .tunedAdam: options.name = .adam
      case .tunedAdamW:
        options.name = .adam
        options.weightDecay = 0.01
      case .tunedMomentum: options.name = .momentum
      }
      return options
    }
  }

  package let options: Options
  private let sets: [DefaultsData]

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on sets: [DefaultsData]) throws(OptionError) {
    try OptionError.check(1...1_000, ["seeds": options.seeds, "threads": options.threads])
    try OptionError.check(stepSizes: options.stepSizes)
    (self.options, self.sets) = (options, sets)
  }

  package var pieceCount: Int { sets.count * options.seeds }

  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> DefaultsResult? {
    let pieces = (0..<options.seeds).flatMap { seed in sets.indices.map { ($0, seed) } }
    let outcomes = try WorkQueue.map(pieces, threads: options.threads) { index, seed in
      if shouldStop() { return [DefaultsResult.Outcome]() }
      let outcomes = try self.outcomes(sets[index], seed: options.seed &+ UInt64(seed), shouldStop)
      if shouldStop() { return [] }
      progress()
      return outcomes
    }.flatMap { $0 }
    return outcomes.isEmpty
      ? nil : DefaultsResult(options: options, sets: sets.map(\.name), outcomes: outcomes)
  }

  private func outcomes(
    _ set: DefaultsData, seed: UInt64, _ shouldStop: () -> Bool
  ) throws -> [DefaultsResult.Outcome] {
    var budget = 0.0
    return try Method.allCases.map { method in
      let trials = try (method.isTuned ? options.stepSizes.map { $0 } : [nil]).map { stepSize in
        try trial(
          set, method, stepSize: stepSize, seed: seed,
          seconds: method.isTuned ? budget : .infinity, shouldStop)
      }
      let best = trials.min { $0.validationLoss < $1.validationLoss }!
      if method == .automatic { budget = best.seconds }
      return DefaultsResult.Outcome(
        set: set.name, seed: seed, method: method, stepSize: best.stepSize, score: best.score,
        isAccuracy: set.data.classNames != nil, samples: set.data.train.count,
        features: set.data.train.inputs.rows, seconds: best.seconds)
    }
  }

  private struct Trial {
    let stepSize: Double?
    let validationLoss: Double
    let score: Double
    let seconds: Double
  }

  private func trial(
    _ set: DefaultsData, _ method: Method, stepSize: Double?, seed: UInt64, seconds: Double,
    _ shouldStop: () -> Bool
  ) throws -> Trial {
    var chosen = TrainRun.Options(
      data: set.name, network: try NetworkText(set.network), seed: seed)
    chosen.method = method.options(stepSize: stepSize)
    // Nothing but time ends what has a budget.
    if seconds.isFinite { chosen.epochs = 1_000_000 }
    let run = try TrainRun(chosen, on: set.data)
    let training = try run.curve(seconds: seconds, shouldStop: shouldStop)
    let validation = run.score(training.model, run.parts.validation!).loss
    let test = run.score(training.model, run.parts.test ?? run.parts.validation!)
    return Trial(
      stepSize: stepSize, validationLoss: validation.isFinite ? validation : .infinity,
      score: test.accuracy ?? test.determination ?? -.infinity, seconds: training.seconds)
  }
}
