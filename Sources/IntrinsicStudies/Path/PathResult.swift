import Foundation

/// What the path study measured.
public struct PathResult: StudyResult {
  /// The choice of a step size.
  struct Trial: Sendable {
    let contender: PathStudy.Contender
    let choice: StepSizeTrial
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
      + trials.compactMap { $0.choice.note($0.contender.name) }
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
        statistic: contender.measure?.statistic.rawValue, stepSize: trial.choice.stepSize,
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
          contender.title, "\(trial.choice.stepSize)",
          text(final(contender, \.trainLoss), digits: 4),
          text(final(contender, \.trainError).map { 100 * $0 }, digits: 2),
          text(final(contender, \.testError).map { 100 * $0 }, digits: 2),
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
      trials.map { ($0.contender.name, $0.choice) }, samples: options.trialSamples)
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
