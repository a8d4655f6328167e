import Foundation

/// What the path study measured.
public struct PathResult: StudyResult {
  /// The choice of a step size.
  struct Trial: Sendable {
    let contender: PathStudy.Contender
    let stepSize: Double
    /// The mean loss of the trial epoch for each step size.
    let losses: [Double]
  }

  /// One training.
  struct Course: Sendable {
    let contender: PathStudy.Contender
    let run: Int
    let records: [MiniBatchTraining.Record]
    let failure: String?
  }

  public let options: PathStudy.Options
  let digits: String
  let note: String?
  let contenders: [PathStudy.Contender]
  let trials: [Trial]
  let courses: [Course]

  public var tables: [(name: String, table: TextTable)] {
    [("table", table), ("step-sizes", stepSizeTable)]
  }

  public var figures: [(name: String, figure: Figure)] {
    [("path", figure(against: .epochs)), ("path-time", figure(against: .seconds))]
  }

  public var notes: [String] {
    (note.map { [$0] } ?? [])
      + courses.compactMap { course in
        course.failure.map { "\(course.contender.name), run \(course.run): \($0)" }
      }
      + trials.compactMap { trial in
        let ends = [options.stepSizes.min()!, options.stepSizes.max()!]
        guard options.stepSizes.count > 2, ends.contains(trial.stepSize) else { return nil }
        return
          "\(trial.contender.name) chose \(trial.stepSize), an end of the grid of step sizes; "
          + "others may do better"
      }
  }

  /// A quantity at the end of each run; that of failed runs is NaN.
  func final(
    _ contender: PathStudy.Contender, _ value: (MiniBatchTraining.Record) -> Double
  ) -> [Double] {
    courses.filter { $0.contender == contender }.map { course in
      guard course.failure == nil, let last = course.records.last else { return .nan }
      return value(last)
    }
  }

  public struct SummaryRow: Codable, Sendable {
    let method: String
    let alpha: Double?
    let statistic: String?
    let stepSize: Double
    let trainLossNats: Double
    let testErrorPercent: Double
    let processorSecondsPerEpoch: Double
  }

  public var summary: [SummaryRow] {
    trials.map { trial in
      let contender = trial.contender
      return SummaryRow(
        method: contender.name, alpha: contender.measure?.alpha,
        statistic: contender.measure?.statistic.rawValue, stepSize: trial.stepSize,
        trainLossNats: final(contender, \.trainLoss).mean,
        testErrorPercent: 100 * final(contender, \.testError).mean,
        processorSecondsPerEpoch: final(contender) { $0.seconds / Double($0.epoch) }.quantile(0))
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
    for family in [nil] + PathStudy.Contender.Family.allCases.map(Optional.some) {
      if let family { table.addSection(family.rawValue + ":") }
      for trial in trials where trial.contender.family == family {
        let contender = trial.contender
        let seconds = final(contender) { $0.seconds / Double($0.epoch) }.quantile(0)
        table.addRow([
          contender.title, "\(trial.stepSize)", text(final(contender, \.trainLoss), "%.4f"),
          text(final(contender, \.trainError).map { 100 * $0 }, "%.2f"),
          text(final(contender, \.testError).map { 100 * $0 }, "%.2f"),
          String(format: "%.2f×", seconds / base),
        ])
      }
    }
    return table
  }

  private func text(_ values: [Double], _ format: String) -> String {
    if values.contains(where: \.isNaN) { return "diverged" }
    let mean = String(format: format, values.mean)
    return values.count < 2
      ? mean : mean + " ± " + String(format: format, values.standardDeviation)
  }

  private var stepSizeTable: TextTable {
    var table = TextTable(
      title: "Mean loss (nats) over a trial epoch of \(options.trialSamples) samples",
      columns: [.init("method")] + options.stepSizes.map { .init("η = \($0)", .trailing) })
    for trial in trials {
      table.addRow(
        [trial.contender.name]
          + trial.losses.map { $0.isFinite ? String(format: "%.3f", $0) : "diverged" })
    }
    return table
  }

  /// One row for each epoch of each training.
  public var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("run"), .init("epoch"), .init("train_loss_nats"),
      .init("train_error"), .init("test_loss_nats"), .init("test_error"),
      .init("processor_seconds"), .init("failure"),
    ])
    for course in courses {
      let ends = course.records.map {
        [
          "\($0.epoch)", "\($0.trainLoss)", "\($0.trainError)", "\($0.testLoss)",
          "\($0.testError)", "\($0.seconds)", "",
        ]
      }
      let failed = course.failure.map { [["", "", "", "", "", "", $0]] } ?? []
      for cells in ends + failed {
        table.addRow([course.contender.name, "\(course.run)"] + cells)
      }
    }
    return table
  }
}
