import Foundation
import Intrinsic

/// What a comparison of methods measured.
package struct MethodComparisonResult: StudyResult {
  /// The training by one method.
  struct LearningCurve: Sendable {
    let method: MethodOptions.Name
    let trial: StepSizeTrial
    let records: [TrainingRecord]
    let steps: Int
    let seconds: Double
    let failure: String?
    /// Of the best epoch.
    let validation: Scoring
    let test: Scoring?
  }

  package let options: MethodComparison.Options
  let dataName: String
  let samples: Int
  let curves: [LearningCurve]

  package var makesClaims: Bool { false }
  package var claims: Claims { Claims() }

  package var tables: [(name: String, table: TextTable)] {
    [
      ("comparison", table),
      (
        "trials",
        StepSizeTrial.table(curves.map { ($0.method.rawValue, $0.trial) }, samples: samples)
      ),
    ]
  }

  /// A row for each method.
  private var table: TextTable {
    let budget =
      options.seconds.map { String(format: "%g seconds", $0) } ?? "\(options.epochs) epochs"
    let hasClasses = curves[0].validation.accuracy != nil
    let score = hasClasses ? "accuracy (%)" : "error (RMS)"
    var table = TextTable(
      title: "\(options.training.networkName) on \(dataName), \(budget) each, step sizes by trial",
      columns: [
        .init("method"), .init("η", .trailing), .init("steps", .trailing),
        .init("seconds", .trailing), .init("validation loss (nats)", .trailing),
        .init("validation \(score)", .trailing),
      ] + (curves[0].test == nil ? [] : [.init("test \(score)", .trailing)]))
    for curve in curves {
      func text(_ scoring: Scoring) -> String {
        if curve.records.isEmpty && curve.failure != nil { return "diverged" }
        return scoring.accuracy.map(percent) ?? scoring.rootMeanSquareError
          .map { String(format: "%.4g", $0) } ?? "–"
      }
      table.addRow(
        [
          curve.method.rawValue, "\(curve.trial.stepSize)", "\(curve.steps)",
          String(format: "%.1f", curve.seconds), String(format: "%.4g", curve.validation.loss),
          text(curve.validation),
        ] + (curve.test.map { [text($0)] } ?? []))
    }
    return table
  }

  /// One row for each epoch of each method.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("step_size"), .init("epoch"), .init("steps"),
      .init("train_loss_nats"), .init("validation_loss_nats"), .init("validation_accuracy"),
      .init("seconds"), .init("failure"),
    ])
    for curve in curves {
      let start = [curve.method.rawValue, "\(curve.trial.stepSize)"]
      for record in curve.records {
        table.addRow(
          start + [
            "\(record.epoch)", "\(record.steps)", "\(record.trainLoss)",
            "\(record.validation!.loss)", record.validation!.error.map { "\(1 - $0)" } ?? "",
            "\(record.seconds)", "",
          ])
      }
      if let failure = curve.failure {
        table.addRow(start + ["", "", "", "", "", "", failure])
      }
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let method: String
    let stepSize: Double
    let steps: Int
    let seconds: Double
    let failure: String?
    let validation: Scoring
    let test: Scoring?
  }

  package var summary: [SummaryRow] {
    curves.map {
      SummaryRow(
        method: $0.method.rawValue, stepSize: $0.trial.stepSize, steps: $0.steps,
        seconds: $0.seconds, failure: $0.failure, validation: $0.validation, test: $0.test)
    }
  }

  package var notes: [String] {
    curves.compactMap { curve in curve.failure.map { "\(curve.method.rawValue): \($0)" } }
      + curves.compactMap { $0.trial.note($0.method.rawValue) }
  }

  /// The validation loss against epochs and against time.
  package var figures: [(name: String, figure: Figure)] {
    func panel(_ label: String, _ x: (TrainingRecord) -> Double) -> Figure.Panel {
      .init(
        x: .init(label), y: .init("validation loss (nats)", scale: .logarithmic),
        series: curves.map { curve in
          .init(
            curve.method.rawValue, style: .linePoints, x: curve.records.map(x),
            y: curve.records.map { $0.validation!.loss },
            colour: MethodOptions.Name.allCases.firstIndex(of: curve.method)!
              % Palette.colours.count)
        })
    }
    return [
      (
        "comparison",
        Figure(
          title: "\(options.training.networkName) on \(dataName)",
          panels: [
            panel("epoch") { Double($0.epoch) }, panel("seconds of training") { $0.seconds },
          ])
      )
    ]
  }
}
