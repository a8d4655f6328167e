import Foundation

extension RescalingResult {
  /// Losses and errors of unconstrained networks from both starts.
  var table: TextTable {
    var table = TextTable(
      title: "Training loss (nats) and test error (%) on \(digits) after \(options.epochs) epochs, "
        + "unbalanced by factors over \(String(format: "%g", options.orders)) orders of magnitude",
      columns: [.init("")]
        + [
          "step size", "loss, balanced", "unbalanced", "retuned", "curves differ by",
          "error, balanced", "unbalanced", "retuned",
        ].map { .init($0, .trailing) })
    for units in RescalingStudy.Units.allCases {
      table.addSection("\(units.title):")
      for method in methods(units) {
        table.addRow(row(method.title, units, .unconstrained, method))
      }
      // Only ReLU networks can be rescaled while they are trained.
      if units == .relu {
        table.addRow(
          row("gradient descent, rescaled after each step", units, .conditioned, .gradientDescent))
      }
    }
    return table
  }

  private func row(
    _ title: String, _ units: RescalingStudy.Units,
    _ parametrization: RescalingStudy.Parametrization, _ method: RescalingStudy.MethodName
  ) -> [String] {
    let lists = RescalingStudy.Start.allCases.map {
      curves(units, parametrization, method, $0)
    }
    let sizes = [lists[0], lists[2]].compactMap(\.first?.stepSize)
    return [title, sizes.map { String(format: "%g", $0) }.joined(separator: ", ")]
      + lists.map { cell($0, \.trainLoss, digits: 4) }
      + [text(deviation(units, parametrization, method))]
      + lists.map { cell($0, \.testError, digits: 2) }
  }

  /// Gradient descent in the parametrizations of Tomioka's slides.
  var parametrizationTable: TextTable {
    var table = TextTable(
      title: "Gradient descent on \(digits) after \(options.epochs) epochs",
      columns: [.init("")]
        + [
          "step size", "loss (nats)", "test error (%)",
          "after rescaling to ‖w‖ = 1", "unbalanced curve differs by",
        ].map { .init($0, .trailing) })
    for units in RescalingStudy.Units.allCases {
      table.addSection("\(units.title):")
      for parametrization in parametrizations(units) {
        let list = curves(units, parametrization, .gradientDescent, .balanced)
        let rescaled = list.compactMap(\.rescaledTestError).map { 100 * $0 }
        table.addRow([
          parametrization.title, String(format: "%g", list[0].stepSize),
          cell(list, \.trainLoss, digits: 4), cell(list, \.testError, digits: 2),
          rescaled.isEmpty ? "–" : rescaled.meanText(digits: 2),
          text(deviation(units, parametrization, .gradientDescent)),
        ])
      }
    }
    return table
  }

  var stepSizeTable: TextTable {
    StepSizeTrial.table(trials.map { ($0.item.name, $0.choice) }, samples: options.trialSamples)
  }

  private func cell(_ list: [LearningCurve], _ value: (LearningCurve) -> Double, digits: Int)
    -> String
  {
    if list.isEmpty { return "–" }
    return list.allSatisfy { $0.failure != nil }
      ? "diverged" : list.map(value).meanText(digits: digits)
  }

  private func text(_ deviation: Double) -> String {
    if deviation == 0 { return "0" }
    return deviation.isFinite ? String(format: "%.1e", deviation) : "–"
  }
}
