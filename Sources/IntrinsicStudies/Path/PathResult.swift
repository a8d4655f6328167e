import Foundation

/// What the path study measured.
package struct PathResult: StudyResult {
  /// The choice of a step size.
  struct Trial: Sendable {
    let variant: PathStudy.Variant
    let choice: StepSizeTrial
  }

  /// One training.
  struct LearningCurve: Sendable {
    let variant: PathStudy.Variant
    let run: Int
    let records: [MiniBatchTraining.Record]
    let failure: String?
  }

  package let options: PathStudy.Options
  let digits: String
  let note: String?
  let variants: [PathStudy.Variant]
  let trials: [Trial]
  let curves: [LearningCurve]

  package var tables: [(name: String, table: TextTable)] {
    [("table", table), ("step-sizes", stepSizeTable)]
  }

  package var figures: [(name: String, figure: Figure)] {
    [("path", figure(against: .epochs)), ("path-time", figure(against: .seconds))]
  }

  package var notes: [String] {
    (note.map { [$0] } ?? [])
      + curves.compactMap { curve in
        curve.failure.map { "\(curve.variant.name), run \(curve.run): \($0)" }
      }
      + trials.compactMap { $0.choice.note($0.variant.name) }
  }

  /// A quantity at the end of each run; that of failed runs is NaN.
  func final(
    _ variant: PathStudy.Variant, _ value: (MiniBatchTraining.Record) -> Double
  ) -> [Double] {
    curves.filter { $0.variant == variant }.map { curve in
      guard curve.failure == nil, let last = curve.records.last else { return .nan }
      return value(last)
    }
  }

  package struct SummaryRow: Codable, Sendable {
    let method: String
    let alpha: Double?
    let statistic: String?
    let stepSize: Double
    let trainLossNats: Double
    let testErrorPercent: Double
    let processorSecondsPerEpoch: Double
  }

  package var summary: [SummaryRow] {
    trials.map { trial in
      let variant = trial.variant
      return SummaryRow(
        method: variant.name, alpha: variant.measure?.alpha,
        statistic: variant.measure?.statistic.rawValue, stepSize: trial.choice.stepSize,
        trainLossNats: final(variant, \.trainLoss).mean,
        testErrorPercent: 100 * final(variant, \.testError).mean,
        processorSecondsPerEpoch: final(variant) { $0.seconds / Double($0.epoch) }.quantile(0))
    }
  }

  private var table: TextTable {
    var table = TextTable(
      title: "\(digits) after \(options.epochs) epochs, \(options.runs) runs",
      columns: [.init("method")]
        + [
          "step size", "train loss (nats)", "train error (%)", "test error (%)",
          "time of an epoch",
        ].map { .init($0, .trailing) })
    let base = final(.gradientDescent) { $0.seconds / Double($0.epoch) }.quantile(0)
    for family in [nil] + PathStudy.Variant.Family.allCases.map(Optional.some) {
      if let family { table.addSection(family.rawValue + ":") }
      for trial in trials where trial.variant.family == family {
        let variant = trial.variant
        let seconds = final(variant) { $0.seconds / Double($0.epoch) }.quantile(0)
        table.addRow([
          variant.title, "\(trial.choice.stepSize)",
          text(final(variant, \.trainLoss), digits: 4),
          text(final(variant, \.trainError).map { 100 * $0 }, digits: 2),
          text(final(variant, \.testError).map { 100 * $0 }, digits: 2),
          String(format: "%.2f×", seconds / base),
        ])
      }
    }
    return table
  }

  private func text(_ values: [Double], digits: Int) -> String {
    values.contains(where: \.isNaN) ? "diverged" : values.meanText(digits: digits)
  }

  private var stepSizeTable: TextTable {
    StepSizeTrial.table(
      trials.map { ($0.variant.name, $0.choice) }, samples: options.trialSamples)
  }

  /// One row for each epoch of each training.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("run"), .init("epoch"), .init("train_loss_nats"),
      .init("train_error"), .init("test_loss_nats"), .init("test_error"),
      .init("processor_seconds"), .init("failure"),
    ])
    for curve in curves {
      let ends = curve.records.map {
        [
          "\($0.epoch)", "\($0.trainLoss)", "\($0.trainError)", "\($0.testLoss)",
          "\($0.testError)", "\($0.seconds)", "",
        ]
      }
      let failed = curve.failure.map { [["", "", "", "", "", "", $0]] } ?? []
      for cells in ends + failed {
        table.addRow([curve.variant.name, "\(curve.run)"] + cells)
      }
    }
    return table
  }
}
