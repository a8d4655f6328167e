import Intrinsic
import IntrinsicMath

/// Study `weight-normalization`: Morwani and Ramaswamy 2022. What gradient descent on unnormalized
/// weights, standard (SWN) and exponential weight normalization (EWN) ends in, when the loss of a
/// positively homogeneous network is followed far below the least positive number.
package struct WeightNormalizationStudy: Study {
  /// What is studied.
  package enum Part: String, CaseIterable, Codable, Sendable {
    /// Descent against gradient flow.
    case flow
    /// Hidden units on a linearly separable set.
    case separable
    /// Hidden units on XOR.
    case xor
    /// Exponents of the loss against time.
    case rates
    /// Pruning of networks that read digits.
    case pruning
  }

  package struct Options: StudyOptions {
    package var parts = Part.allCases
    /// Toy problems are followed down to a loss of e to minus this.
    package var level = 1_000.0
    /// Runs of the separable set and of XOR.
    package var runs = 3
    /// Steps of one training on a toy problem at most.
    package var steps = 300_000
    /// Training samples of the digits.
    package var samples = 600
    /// Hidden units of the network that reads digits.
    package var hidden = 100
    /// Networks are pruned at losses of e to minus these.
    package var pruningLevels = [3.0, 60, 300]
    package var pruningRuns = 1
    /// Steps of one training on digits at most.
    package var pruningSteps = 20_000
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options
  private let digits: Digits

  /// Hidden units of the toy problems.
  static let toyUnits: [ToyData: Int] = [.separable: 8, .xor: 20]

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on digits: Digits) throws(OptionError) {
    try OptionError.check(
      !options.parts.isEmpty, "part", "(none)", "at least one part is needed")
    try OptionError.check(
      options.level >= 50 && options.level <= 100_000, "level", options.level,
      "50 to 100,000 are possible; exponents of ln t need long times")
    try OptionError.check(
      !options.pruningLevels.isEmpty
        && options.pruningLevels.allSatisfy { $0 > 0 && $0 <= 100_000 }
        && zip(options.pruningLevels, options.pruningLevels.dropFirst()).allSatisfy { $0 < $1 },
      "pruning-levels", options.pruningLevels, "increasing numbers from 0 to 100,000 are needed")
    try OptionError.check(
      1...100_000_000,
      [
        "runs": options.runs, "steps": options.steps, "samples": options.samples,
        "hidden": options.hidden, "pruning-runs": options.pruningRuns,
        "pruning-steps": options.pruningSteps, "threads": options.threads,
      ])
    self.options = options
    self.digits = digits
  }

  /// The number of trainings, for a progress bar.
  package var pieceCount: Int {
    let schemes = WeightScheme.allCases.count
    return Set(options.parts).reduce(0) { sum, part in
      switch part {
      case .flow: sum + 1
      case .separable, .xor: sum + options.runs * schemes
      case .rates: sum + RatesPart.depths.count * schemes
      case .pruning: sum + options.pruningRuns * schemes
      }
    }
  }

  /// Runs the parts; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> WeightNormalizationResult? {
    var result = WeightNormalizationResult(options: options)
    for part in Part.allCases where options.parts.contains(part) {
      if shouldStop() { return nil }
      switch part {
      case .flow:
        result.parts.append(try FlowPart(seed: options.seed))
        progress()
      case .separable, .xor:
        let data: ToyData = part == .xor ? .xor : .separable
        result.parts.append(
          try UnitsPart(
            data, hidden: Self.toyUnits[data]!, level: options.level, runs: options.runs,
            threads: options.threads, seed: options.seed, maximumSteps: options.steps,
            shouldStop: shouldStop, progress: progress))
      case .rates:
        result.parts.append(
          try RatesPart(
            level: options.level, threads: options.threads, seed: options.seed,
            maximumSteps: options.steps, shouldStop: shouldStop, progress: progress))
      case .pruning:
        result.parts.append(
          try PruningPart(options, on: digits, shouldStop: shouldStop, progress: progress))
        result.digitsNote = digits.note
      }
    }
    return shouldStop() ? nil : result
  }
}
