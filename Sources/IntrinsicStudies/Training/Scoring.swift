import Foundation
import Intrinsic
import IntrinsicMath

/// How well a network does on samples, class by class.
package struct Scoring: Codable, Sendable {
  package let samples: Int
  /// The mean loss in nats. Of a regression with standardized targets it is that of Gaussians with the
  /// variances of the training targets, Σ_o (y_o − t_o)²/(2 σ_o²), without its constant.
  package let loss: Double
  /// The fraction of samples whose class has the largest probability; nil for regression.
  package let accuracy: Double?
  /// The root of the mean square of the difference, over samples and outputs; nil for classes.
  package let rootMeanSquareError: Double?
  /// R² = 1 − Σ(y − t)²/Σ(t − mean)² about the mean of these samples, averaged over outputs that vary;
  /// nil for classes.
  package private(set) var determination: Double?
  /// What the best constant prediction of the training samples comes to, in the same quantities.
  package private(set) var baselineLoss: Double?
  package private(set) var baselineAccuracy: Double?
  package private(set) var baselineError: Double?
  package let confusion: ConfusionMatrix?
  /// Each value that is predicted; none for classes.
  package private(set) var targets: [Target] = []

  /// How well one value is predicted.
  package struct Target: Codable, Sendable, Equatable {
    package let name: String
    package let rootMeanSquareError: Double
    /// R² about the mean of these samples; nil where the value is constant.
    package let determination: Double?
    /// The error of the mean of the training samples.
    package let baselineError: Double?
  }

  /// Scores a network; layers that are normalized over the batch need statistics.
  ///
  /// - Parameters:
  ///   - model: what is scored.
  ///   - samples: on what.
  ///   - names: those of the classes or of the values.
  ///   - targetScales: σ of each value, for losses in its units.
  ///   - baseline: of the training samples.
  ///   - threads: of each pass.
  package init(
    _ model: Model, on samples: Samples<Float>, names: [String]?, targetScales: [Float]? = nil,
    baseline: Baseline? = nil, threads: Int = 1
  ) {
    let plain = model.folded
    let parameters = Parameters(plain.parameters.elements.map(Float.init))
    let workspace = Workspace<Float>(
      plain.network, maximumBatchSize: min(1_000, samples.count), threads: threads)
    let evaluation = Evaluation(of: parameters, on: samples, with: workspace)
    self.samples = samples.count
    accuracy = evaluation.error.map { 1 - $0 }
    switch samples.targets {
    case .classes(let classes):
      loss = evaluation.loss
      rootMeanSquareError = nil
      baselineLoss = baseline?.loss(classes)
      baselineAccuracy = baseline?.accuracy(classes)
      let known = names ?? []
      let all = (0..<plain.network.outputCount).map {
        known.indices.contains($0) ? known[$0] : "\($0)"
      }
      confusion = ConfusionMatrix(
        names: all, classes: classes,
        predicted: workspace.predictedClasses(parameters, for: samples.inputs))
    case .values(let values):
      confusion = nil
      guard plain.network.output == .square else {
        (loss, rootMeanSquareError) = (evaluation.loss, nil)
        return
      }
      let scales = targetScales.map { $0.map(Double.init) } ?? values.rowIndices.map { _ in 1 }
      let squares = workspace.squaredErrors(parameters, on: samples.inputs, values)
      let count = Double(values.columns)
      loss = zip(squares, scales).reduce(0) { $0 + $1.0 / ($1.1 * $1.1) } / (2 * count)
      rootMeanSquareError = (squares.reduce(0, +) / (count * Double(values.rows))).squareRoot()
      let means = values.rowIndices.map { values.sum(ofRow: $0) / count }
      let totals = values.squares(about: means)
      let varying = totals.indices.filter { totals[$0] > 0 }
      if !varying.isEmpty {
        determination =
          1 - varying.reduce(0) { $0 + squares[$1] / totals[$1] } / Double(varying.count)
      }
      var constants: [Double]?
      if let baseline, baseline.means.count == values.rows {
        let constant = values.squares(about: baseline.means)
        baselineLoss =
          zip(constant, scales).reduce(0) { $0 + $1.0 / ($1.1 * $1.1) } / (2 * count)
        constants = constant
        baselineError = (constant.reduce(0, +) / (count * Double(values.rows))).squareRoot()
      }
      targets = values.rowIndices.map { row in
        Target(
          name: names.flatMap { $0.count == values.rows ? $0[row] : nil } ?? "output \(row)",
          rootMeanSquareError: (squares[row] / count).squareRoot(),
          determination: totals[row] > 0 ? 1 - squares[row] / totals[row] : nil,
          baselineError: constants.map { ($0[row] / count).squareRoot() })
      }
    }
  }

  /// Whether a constant prediction would be no worse.
  package var isNoBetterThanBaseline: Bool {
    guard let baselineLoss else { return false }
    return !(loss < baselineLoss)
  }

  /// So much worse than a constant prediction, in nats, that training has diverged.
  private static let divergence = 1_000.0

  /// Why the network is of no use, if its loss is not finite or beyond all measure.
  var divergence: String? {
    if !loss.isFinite {
      return
        "the outputs of the trained network are not finite; use a smaller step size, or look for samples far "
        + "from the others"
    }
    guard loss - (baselineLoss ?? 0) > Self.divergence else { return nil }
    return String(
      format:
        "training has diverged: %.3g nats a sample, where a constant prediction has %.3g; use a smaller "
        + "step size", loss, baselineLoss ?? 0)
  }

  /// The figures in a table.
  package func table(_ title: String) -> TextTable {
    var table = TextTable(
      title: title, columns: [.init("quantity"), .init("value", .trailing)])
    table.addRow(["samples", "\(samples)"])
    table.addRow(["loss (nats)", String(format: "%.5g", loss)])
    if let accuracy { table.addRow(["accuracy (%)", percent(accuracy)]) }
    if let confusion { table.addRow(["F1, mean over classes (%)", percent(confusion.meanF1)]) }
    if let rootMeanSquareError {
      table.addRow(["root mean square error", String(format: "%.5g", rootMeanSquareError)])
    }
    if let determination { table.addRow(["R²", String(format: "%.5g", determination)]) }
    if let baselineLoss {
      table.addRow(["loss of the constant prediction", String(format: "%.5g", baselineLoss)])
    }
    if let baselineAccuracy {
      table.addRow(["accuracy of the constant prediction (%)", percent(baselineAccuracy)])
    }
    if let baselineError {
      table.addRow(["error of the constant prediction", String(format: "%.5g", baselineError)])
    }
    return table
  }
}

/// One class or one value at a time.
extension Scoring {
  /// The confusion matrix, or a row for each of several values; nil for one value.
  package var details: TextTable? {
    if let confusion { return confusion.table }
    guard targets.count > 1 else { return nil }
    var table = TextTable(
      title: "Values",
      columns: [.init("value")]
        + ["root mean square error", "R²", "best constant"].map { .init($0, .trailing) })
    func text(_ value: Double?) -> String { value.map { String(format: "%.5g", $0) } ?? "–" }
    for target in targets {
      table.addRow([
        target.name, text(target.rootMeanSquareError), text(target.determination),
        text(target.baselineError),
      ])
    }
    return table
  }
}

extension Matrix<Float> {
  fileprivate var rowIndices: Range<Int> { 0..<rows }

  fileprivate func sum(ofRow row: Int) -> Double {
    (0..<columns).reduce(0) { $0 + Double(self[row, $1]) }
  }

  /// Σ (value − mean)² of each row.
  fileprivate func squares(about means: [Double]) -> [Double] {
    rowIndices.map { row in
      (0..<columns).reduce(0) { sum, column in
        let difference = Double(self[row, column]) - means[row]
        return sum + difference * difference
      }
    }
  }
}

extension Workspace<Float> {
  /// Σ over samples of (a − t)² for each output.
  fileprivate func squaredErrors(
    _ parameters: Parameters<Float>, on inputs: Matrix<Float>, _ values: Matrix<Float>
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: values.rows)
    for start in stride(from: 0, to: inputs.columns, by: maximumBatchSize) {
      let part = start..<min(start + maximumBatchSize, inputs.columns)
      load(inputs: inputs.columns(part))
      forward(parameters)
      let outputs = self.outputs
      for row in 0..<values.rows {
        for (x, sample) in part.enumerated() {
          let difference = Double(outputs[row, x]) - Double(values[row, sample])
          sums[row] += difference * difference
        }
      }
    }
    return sums
  }
}
