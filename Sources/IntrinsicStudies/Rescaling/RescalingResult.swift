import Foundation

/// What the rescaling study measured.
package struct RescalingResult: StudyResult {
  /// The choice of a step size.
  struct Trial: Sendable {
    let item: RescalingStudy.Case
    let choice: StepSizeTrial
  }

  /// One training.
  struct LearningCurve: Sendable {
    let item: RescalingStudy.Case
    let run: Int
    let stepSize: Double
    let records: [MiniBatchTraining.Record]
    /// The loss of each batch before its step, in nats.
    let losses: [Double]
    /// The fraction of test errors after the trained weights are rescaled to ‖w_in‖ = 1; nil where
    /// weights are not free, or training failed.
    let rescaledTestError: Double?
    let failure: String?

    /// The mean over the last epoch in nats; that of guessing if training failed.
    var trainLoss: Double { failure == nil ? records.last?.trainLoss ?? .nan : log(10) }
    /// Percent of the test set at the end; that of guessing if training failed.
    var testError: Double { failure == nil ? 100 * (records.last?.testError ?? .nan) : 90 }
    /// By how many percent the test error rises when the trained weights are rescaled.
    var rescalingRise: Double? { rescaledTestError.map { 100 * $0 - testError } }
  }

  package let options: RescalingStudy.Options
  let digits: String
  let note: String?
  let stepsPerEpoch: Int
  let trials: [Trial]
  let curves: [LearningCurve]

  /// The trainings of a case, one for each run.
  func curves(
    _ units: RescalingStudy.Units, _ parametrization: RescalingStudy.Parametrization,
    _ method: RescalingStudy.MethodName, _ start: RescalingStudy.Start
  ) -> [LearningCurve] {
    let item = RescalingStudy.Case(units, parametrization, method, start)
    return curves.filter { $0.item == item }
  }

  /// The methods that trained unconstrained networks of these units, in the order of the tables.
  func methods(_ units: RescalingStudy.Units) -> [RescalingStudy.MethodName] {
    RescalingStudy.MethodName.allCases.filter {
      !curves(units, .unconstrained, $0, .balanced).isEmpty
    }
  }

  /// The parametrizations in which gradient descent trained networks of these units.
  func parametrizations(_ units: RescalingStudy.Units) -> [RescalingStudy.Parametrization] {
    RescalingStudy.Parametrization.allCases.filter {
      !curves(units, $0, .gradientDescent, .balanced).isEmpty
    }
  }

  /// Steps over which losses are averaged for a point of a curve: twenty points an epoch.
  var window: Int { max(1, stepsPerEpoch / 20) }

  /// Mean losses of consecutive steps, a point for each `window` of them, up to where training failed.
  func smoothed(_ curve: LearningCurve) -> (epochs: [Double], losses: [Double]) {
    let starts = Array(stride(from: 0, through: curve.losses.count - window, by: window))
    return (
      starts.map { (Double($0) + Double(window) / 2) / Double(stepsPerEpoch) },
      starts.map { Array(curve.losses[$0..<$0 + window]).mean }
    )
  }

  /// The largest |L′ − L|/L over the points of the curves from both starts, and over runs; infinite if
  /// either training failed, NaN if there is only one start.
  func deviation(
    _ units: RescalingStudy.Units, _ parametrization: RescalingStudy.Parametrization,
    _ method: RescalingStudy.MethodName
  ) -> Double {
    let pairs = zip(
      curves(units, parametrization, method, .balanced),
      curves(units, parametrization, method, .unbalanced))
    return pairs.map { balanced, unbalanced in
      if balanced.failure != nil || unbalanced.failure != nil { return .infinity }
      return zip(smoothed(balanced).losses, smoothed(unbalanced).losses)
        .map { abs($1 - $0) / $0 }.max() ?? .nan
    }.max() ?? .nan
  }

  /// The largest |L′ − L|/L of the first batch, before any step, over runs: 0 if both starts are the
  /// same function.
  func startDeviation(_ units: RescalingStudy.Units) -> Double {
    zip(
      curves(units, .unconstrained, .gradientDescent, .balanced),
      curves(units, .unconstrained, .gradientDescent, .unbalanced)
    ).map { abs($1.losses[0] - $0.losses[0]) / $0.losses[0] }.max() ?? .nan
  }

  package var tables: [(name: String, table: TextTable)] {
    [("table", table), ("parametrizations", parametrizationTable), ("step-sizes", stepSizeTable)]
  }
  package var figures: [(name: String, figure: Figure)] { [("rescaling", figure)] }

  package var notes: [String] {
    (note.map { [$0] } ?? [])
      + [
        "the function of sigmoid units is not kept when they are rescaled, nor by the projection of "
          + "their start: their curves start apart"
      ]
      + curves.compactMap { curve in
        curve.failure.map { "\(curve.item.name), run \(curve.run): \($0)" }
      } + trials.compactMap { $0.choice.note($0.item.name) }
  }

  package struct SummaryRow: Codable, Sendable {
    let units: String
    let parametrization: String
    let method: String
    let start: String
    let stepSize: Double
    let trainLossNats: Double
    let testErrorPercent: Double
    let failures: Int
  }

  package var summary: [SummaryRow] {
    curves.filter { $0.run == curves[0].run }.map { first in
      let item = first.item
      let list = curves.filter { $0.item == item }
      return SummaryRow(
        units: item.units.rawValue, parametrization: item.parametrization.rawValue,
        method: item.method.rawValue, start: item.start.rawValue, stepSize: first.stepSize,
        trainLossNats: list.map(\.trainLoss).mean, testErrorPercent: list.map(\.testError).mean,
        failures: list.count { $0.failure != nil })
    }
  }

  /// One row for each point of the curve of each training; the ends of epochs have test errors too.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("units"), .init("parametrization"), .init("method"), .init("start"), .init("run"),
      .init("epoch"), .init("train_loss_nats"), .init("test_loss_nats"), .init("test_error"),
      .init("processor_seconds"), .init("failure"),
    ])
    for curve in curves {
      let item = curve.item
      let names = [
        item.units.rawValue, item.parametrization.rawValue, item.method.rawValue,
        item.start.rawValue, "\(curve.run)",
      ]
      let (epochs, losses) = smoothed(curve)
      for (epoch, loss) in zip(epochs, losses) {
        table.addRow(names + ["\(epoch)", "\(loss)", "", "", "", ""])
      }
      for record in curve.records {
        table.addRow(
          names + [
            "\(record.epoch)", "", "\(record.testLoss)", "\(record.testError)",
            "\(record.seconds)", "",
          ])
      }
      if let failure = curve.failure { table.addRow(names + ["", "", "", "", "", failure]) }
    }
    return table
  }
}
