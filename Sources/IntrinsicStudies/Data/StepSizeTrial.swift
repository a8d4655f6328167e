import Foundation

/// The choice of a step size: each of a grid is tried for one epoch, and the one with the least mean
/// loss over the second half of it is taken. The first half shows how much a method suffers before
/// its averages are those of the data, more than how well it learns.
struct StepSizeTrial: Sendable {
  /// The grid.
  let stepSizes: [Double]
  /// The mean loss over the second half of the trial epoch in nats for each step size; infinite where
  /// training failed, or was stopped before; NaN where none was tried.
  let losses: [Double]
  /// The one that is taken.
  let stepSize: Double

  /// Tries all step sizes until `shouldStop`.
  ///
  /// - Parameters:
  ///   - progress: is called after each training.
  ///   - training: trains with a step size for one epoch.
  init(
    _ stepSizes: [Double], shouldStop: () -> Bool, progress: () -> Void,
    training: (Double) throws -> MiniBatchTraining
  ) rethrows {
    precondition(!stepSizes.isEmpty, "a trial of no step size")
    let losses = try stepSizes.map { stepSize in
      if shouldStop() { return Double.infinity }
      let training = try training(stepSize)
      progress()
      if training.failure != nil || training.records.isEmpty { return .infinity }
      return Array(training.losses.suffix((training.losses.count + 1) / 2)).mean
    }
    self.stepSizes = stepSizes
    self.losses = losses
    stepSize = stepSizes[losses.indices.min { losses[$0] < losses[$1] }!]
  }

  /// No trial, for methods whose steps have a length of their own.
  init(fixed stepSize: Double, beside stepSizes: [Double], progress: () -> Void) {
    self.stepSizes = stepSizes
    self.stepSize = stepSize
    losses = stepSizes.map { _ in .nan }
    for _ in stepSizes { progress() }
  }

  /// That the step size chosen is an end of the grid, if so.
  func note(_ name: String) -> String? {
    guard losses.contains(where: { !$0.isNaN }), stepSizes.count > 2,
      [stepSizes.min()!, stepSizes.max()!].contains(stepSize)
    else {
      return nil
    }
    return
      "\(name) chose \(stepSize), an end of the grid of step sizes; others may do better"
  }

  /// Losses by method and step size; the trials have one grid.
  static func table(
    _ trials: [(name: String, trial: StepSizeTrial)], samples: Int
  ) -> TextTable {
    var table = TextTable(
      title: "Mean loss (nats) over the second half of a trial epoch of \(samples) samples",
      columns: [.init("method")]
        + (trials.first?.trial.stepSizes ?? []).map { .init("η = \($0)", .trailing) })
    for (name, trial) in trials {
      table.addRow(
        [name]
          + trial.losses.map {
            $0.isFinite ? String(format: "%.3f", $0) : $0.isNaN ? "–" : "diverged"
          })
    }
    return table
  }
}
