import Foundation

/// What the study of batch normalization on images measured.
package struct BatchNormalizationResult: StudyResult {
  typealias Variant = BatchNormalizationStudy.Variant

  /// One training.
  struct LearningCurve: Sendable {
    let variant: Variant
    let run: Int
    let records: [MiniBatchTraining.Record]
    let failure: String?
    /// The mean of g² of each normalized layer at the end.
    var gains: [Double] = []
    var fineTuning: FineTuning?
  }

  /// Training that went on without batch normalization.
  struct FineTuning: Sendable {
    /// ‖w‖ of each layer of the network with batch normalization folded in.
    let before: [Double]
    let after: [Double]
    let records: [MiniBatchTraining.Record]
  }

  package let options: BatchNormalizationStudy.Options
  let images: String
  let note: String?
  let variants: [Variant]
  let curves: [LearningCurve]

  package var tables: [(name: String, table: TextTable)] { [("table", table)] }

  package var figures: [(name: String, figure: Figure)] {
    [
      ("gamma-decay", gammaDecayFigure), ("regularization", regularizationFigure),
      ("batch-size", batchSizeFigure), ("dropout", dropoutFigure),
      ("fine-tuning", fineTuningFigure),
    ]
  }

  package var notes: [String] {
    (note.map { [$0] } ?? [])
      + curves.compactMap { curve in
        curve.failure.map { "\(curve.variant.title), run \(curve.run): \($0)" }
      }
  }

  /// A quantity at the end of each run; that of failed runs is NaN.
  func final(
    _ variant: Variant, _ value: (MiniBatchTraining.Record) -> Double
  ) -> [Double] {
    curves.filter { $0.variant == variant }.map { curve in
      guard curve.failure == nil, let last = curve.records.last else { return .nan }
      return value(last)
    }
  }

  /// How much more is lost on other samples.
  func gap(_ variant: Variant) -> [Double] {
    final(variant) { $0.testLoss - $0.evaluatedTrainLoss }
  }

  package struct SummaryRow: Codable, Sendable {
    let method: String
    let trainLossNats: Double
    let testLossNats: Double
    let testErrorPercent: Double
    let meanSquaredGains: [Double]
  }

  package var summary: [SummaryRow] {
    variants.map { variant in
      let matching = curves.filter { $0.variant == variant }
      return SummaryRow(
        method: variant.title, trainLossNats: final(variant, \.evaluatedTrainLoss).mean,
        testLossNats: final(variant, \.testLoss).mean,
        testErrorPercent: 100 * final(variant, \.testError).mean,
        meanSquaredGains: (matching.first?.gains ?? []).indices.map { layer in
          matching.map { $0.gains[layer] }.mean
        })
    }
  }

  private var table: TextTable {
    var table = TextTable(
      title: "\(images) (\(options.samples) images of \(options.side) × \(options.side)) after "
        + "\(options.epochs) epochs, \(options.runs) runs",
      columns: [.init("method")]
        + ["train loss (nats)", "test loss (nats)", "difference", "test error (%)"].map {
          .init($0, .trailing)
        })
    func text(_ values: [Double], _ digits: Int) -> String {
      values.contains(where: \.isNaN) ? "diverged" : values.meanText(digits: digits)
    }
    for variant in variants {
      table.addRow([
        variant.title, text(final(variant, \.evaluatedTrainLoss), 3),
        text(final(variant, \.testLoss), 3), text(gap(variant), 3),
        text(final(variant) { 100 * $0.testError }, 1),
      ])
    }
    return table
  }

  /// One row for each epoch of each training.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("run"), .init("epoch"), .init("mean_loss_nats"),
      .init("train_loss_nats"), .init("train_error"), .init("test_loss_nats"),
      .init("test_error"), .init("processor_seconds"),
    ])
    func add(_ method: String, _ run: Int, _ records: [MiniBatchTraining.Record]) {
      for record in records {
        table.addRow([
          method, "\(run)", "\(record.epoch)", "\(record.trainLoss)",
          "\(record.evaluatedTrainLoss)", "\(record.trainError)", "\(record.testLoss)",
          "\(record.testError)", "\(record.seconds)",
        ])
      }
    }
    for curve in curves {
      add(curve.variant.title, curve.run, curve.records)
      if let after = curve.fineTuning {
        add(curve.variant.title + ", fine-tuned without", curve.run, after.records)
      }
    }
    return table
  }
}
