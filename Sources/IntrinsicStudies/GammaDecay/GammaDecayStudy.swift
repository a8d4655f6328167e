import Foundation
import IntrinsicMath
import IntrinsicTheory

/// Study `gamma-decay`: Luo et al. 2019, Theorem 1. The penalty ζγ² by which batch noise is said to act,
/// against what it does to the loss of a unit, over batch sizes, with and without the term in the skewness
/// of h that the paper drops.
package struct GammaDecayStudy: Study {
  package struct Options: StudyOptions {
    /// Values of M.
    package var batches = [8, 16, 32, 64, 128, 256, 512]
    package var gamma = 1.0
    package var beta = 0.0
    /// Inputs of the unit, all with weight 1: the fewer, the less normal is h.
    package var inputs = 2
    package var examples = 2000
    /// Batches drawn for each size.
    package var draws = 40_000
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options
  /// Groups of batches, by whose spread errors are estimated.
  private static let groups = 40

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    try OptionError.check(50...1_000_000, ["examples": options.examples])
    try OptionError.check(
      !options.batches.isEmpty
        && options.batches.allSatisfy { $0 >= 4 && $0 <= options.examples }, "batches",
      options.batches.map(String.init).joined(separator: " "),
      "4 samples or more, for the mean of 1/σ_B² to exist, and at most the \(options.examples) examples"
    )
    try OptionError.checkPositive(["gamma": options.gamma])
    try OptionError.check(options.beta.isFinite, "beta", options.beta, "a number is needed")
    try OptionError.check(1...1000, ["inputs": options.inputs])
    try OptionError.check(Self.groups...100_000_000, ["draws": options.draws])
    try OptionError.check(threads: options.threads)
    self.options = options
  }

  struct Setting: Hashable, Sendable {
    let potential: UnitPotential
    let distribution: HiddenUnit.Distribution
  }

  static let settings = UnitPotential.allCases.flatMap { potential in
    HiddenUnit.Distribution.allCases.map { Setting(potential: potential, distribution: $0) }
  }

  /// Pieces of work, for a progress bar.
  package static let pieceName = "batch sizes"
  package var pieceCount: Int { Self.settings.count * options.batches.count }

  /// Runs everything; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> GammaDecayResult? {
    let root = RandomStream(seed: options.seed)
    let units = try Self.settings.map { setting in
      // The same examples for both potentials.
      try HiddenUnit(
        setting.potential, setting.distribution, inputs: options.inputs,
        examples: options.examples, gamma: options.gamma, beta: options.beta,
        stream: root.child(setting.distribution.rawValue))
    }
    let items = units.indices.flatMap { index in options.batches.map { (index, $0) } }
    let rows = try WorkQueue.map(items, threads: options.threads) {
      index, batch -> GammaDecayResult.Row? in
      if shouldStop() { return nil }
      defer { progress() }
      let effects = units[index].measure(
        batch: batch, groups: Self.groups, draws: options.draws / Self.groups,
        stream: root.child("batches \(index)", batch))
      return .init(
        setting: Self.settings[index], batch: batch, decay: try units[index].decay(batch: batch),
        moments: units[index].moments, effects: effects)
    }
    if shouldStop() { return nil }
    return GammaDecayResult(options: options, rows: rows.compactMap { $0 })
  }
}
