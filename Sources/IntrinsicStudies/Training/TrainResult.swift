import Foundation
import Intrinsic
import IntrinsicMath

/// What one training of a user's network came to.
package struct TrainResult: StudyResult {
  package let options: TrainRun.Options
  let dataName: String
  /// Those that were trained on.
  let samples: Int
  let batch: Int
  let inputs: Int
  let parameters: Int
  let steps: Int
  let seconds: Double
  /// nil if training was stopped.
  package let ending: TrainingEnding?
  let epochs: [TrainingRecord]
  let bestEpoch: Int?
  private let patience: Int?
  /// Why training cannot go on, if so.
  package let failure: String?
  let training: Scoring
  let validation: Scoring?
  let test: Scoring?

  init(
    options: TrainRun.Options, dataName: String, samples: Int, batch: Int, inputs: Int,
    parameters: Int,
    steps: Int, seconds: Double, ending: TrainingEnding?, records: [TrainingRecord],
    bestEpoch: Int?, patience: Int?, failure: String?, training: Scoring, validation: Scoring?,
    test: Scoring?
  ) {
    self.options = options
    self.dataName = dataName
    self.samples = samples
    self.batch = batch
    self.inputs = inputs
    self.parameters = parameters
    self.steps = steps
    self.seconds = seconds
    self.ending = ending
    epochs = records
    self.bestEpoch = bestEpoch
    self.patience = patience
    self.failure = failure
    self.training = training
    self.validation = validation
    self.test = test
  }

  /// What the trained network was scored on, the most telling last.
  private var scorings: [(name: String, scoring: Scoring)] {
    [("training", training)] + (validation.map { [("validation", $0)] } ?? [])
      + (test.map { [("test", $0)] } ?? [])
  }

  /// The part of the data that tells most, and how the network does on it.
  var mostTelling: (name: String, scoring: Scoring) { scorings.last! }

  package var makesClaims: Bool { false }
  package var claims: Claims { Claims() }

  package var tables: [(name: String, table: TextTable)] {
    [("scores", scores)]
      + (scorings.last!.scoring.details.map {
        [(scorings.last!.scoring.confusion == nil ? "values" : "confusion", $0)]
      } ?? [])
  }

  /// How the network does on each part of the data.
  private var scores: TextTable {
    let which = bestEpoch.map { "epoch \($0), the best of \(epochs.count)" } ?? "step \(steps)"
    var table = TextTable(
      title: "\(options.networkName) on \(dataName), \(parameters) parameters, after \(which)",
      columns: [
        .init("samples of"), .init("number", .trailing), .init("loss (nats)", .trailing),
        training.accuracy == nil
          ? .init("root mean square error", .trailing) : .init("accuracy (%)", .trailing),
        training.accuracy == nil
          ? .init("R²", .trailing) : .init("best constant (%)", .trailing),
      ])
    for (name, scoring) in scorings {
      table.addRow([
        name, "\(scoring.samples)", String(format: "%.5g", scoring.loss),
        scoring.accuracy.map(percent)
          ?? scoring.rootMeanSquareError.map { String(format: "%.5g", $0) } ?? "–",
        scoring.baselineAccuracy.map(percent)
          ?? scoring.determination.map { String(format: "%.4f", $0) } ?? "–",
      ])
    }
    return table
  }

  /// One row for each epoch.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("epoch"), .init("steps"), .init("step_size"), .init("train_loss_nats"),
      .init("validation_loss_nats"), .init("validation_accuracy"), .init("seconds"),
    ])
    for record in epochs {
      table.addRow([
        "\(record.epoch)", "\(record.steps)", "\(record.stepSize)", "\(record.trainLoss)",
        record.validation.map { "\($0.loss)" } ?? "",
        record.validation?.error.map { "\(1 - $0)" } ?? "", "\(record.seconds)",
      ])
    }
    return table
  }

  package struct Outcome: Codable, Sendable {
    let steps: Int
    let epochs: Int
    let bestEpoch: Int?
    let ending: String
    let seconds: Double
    let samplesPerSecond: Double
    let training: Scoring
    let validation: Scoring?
    let test: Scoring?
  }

  package var summary: Outcome {
    let perEpoch = (samples + batch - 1) / batch
    let seen = Double(samples) * Double(steps) / Double(perEpoch)
    return Outcome(
      steps: steps, epochs: epochs.count, bestEpoch: bestEpoch,
      ending: failure == nil ? ending?.rawValue ?? "interrupted" : "failed", seconds: seconds,
      samplesPerSecond: seen / seconds, training: training, validation: validation, test: test)
  }

  /// What is bad and would otherwise pass in silence.
  private var warnings: [String] {
    let (part, scoring) = scorings.last!
    var warnings: [String] = []
    if scoring.isNoBetterThanBaseline {
      warnings.append(
        "on the \(part) samples the network is no better than the best constant prediction: "
          + String(format: "%.5g nats against %.5g", scoring.loss, scoring.baselineLoss!))
    }
    if bestEpoch == 1 && epochs.count >= 5 {
      warnings.append(
        "the validation loss was lowest after the first of \(epochs.count) epochs; the network of "
          + "that epoch is what is saved")
    }
    return warnings
  }

  package var notes: [String] {
    (failure.map { ["training ended early: \($0)"] } ?? []) + warnings
      + (ending == .noImprovement
        ? ["the validation loss has not become lower for \(patience!) epochs"] : [])
  }

  package var figures: [(name: String, figure: Figure)] {
    guard !epochs.isEmpty else { return [] }
    let x = epochs.map { Double($0.epoch) }
    let axis = Figure.Axis("epoch")
    // Markers of more would hide each other.
    let style: Figure.Series.Style = epochs.count > 60 ? .line : .linePoints
    var losses = [Figure.Series("training", style: style, x: x, y: epochs.map(\.trainLoss))]
    var panels: [Figure.Panel] = []
    if validation != nil {
      losses.append(
        .init(
          "validation", style: style, x: x, y: epochs.map { $0.validation?.loss ?? .nan }))
    }
    panels.append(
      .init(x: axis, y: .init("loss (nats)", scale: .logarithmic), series: losses))
    if validation?.accuracy != nil {
      panels.append(
        .init(
          x: axis, y: .init("error (%)"),
          series: [
            .init(
              "validation", style: style, x: x,
              y: epochs.map { 100 * ($0.validation?.error ?? .nan) }, colour: 1)
          ]))
    }
    let title = "\(options.networkName) on \(dataName)"
    let (part, scoring) = scorings.last!
    return [("curves", Figure(title: title, panels: panels))]
      + (scoring.confusion?.figure("\(title): \(part) samples").map { [("confusion-matrix", $0)] }
        ?? [])
  }
}
