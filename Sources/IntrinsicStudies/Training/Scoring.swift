import Foundation
import Intrinsic
import IntrinsicMath

/// How well a network does on samples, class by class.
public struct Scoring: Codable, Sendable {
  public let samples: Int
  /// The mean loss in nats.
  public let loss: Double
  /// The fraction of samples whose class has the largest probability; nil for regression.
  public let accuracy: Double?
  /// The root of the mean square of the difference, over samples and outputs; nil for classes.
  public let rootMeanSquareError: Double?
  public let confusion: ConfusionMatrix?

  /// Scores a network; layers that are normalized over the batch need statistics.
  ///
  /// - Parameters:
  ///   - model: what is scored.
  ///   - samples: on what.
  ///   - threads: of each pass.
  ///   - names: those of the classes, for models with classes.
  public init(_ model: Model, on samples: Samples<Float>, names: [String]?, threads: Int = 1) {
    let plain = model.folded
    let parameters = Parameters(plain.parameters.elements.map(Float.init))
    let workspace = Workspace<Float>(
      plain.network, capacity: min(1_000, samples.count), threads: threads)
    let evaluation = Evaluation(of: parameters, on: samples, with: workspace)
    self.samples = samples.count
    loss = evaluation.loss
    accuracy = evaluation.error.map { 1 - $0 }
    switch samples.targets {
    case .classes(let classes):
      rootMeanSquareError = nil
      let known = names ?? []
      let all = (0..<plain.network.outputCount).map {
        known.indices.contains($0) ? known[$0] : "\($0)"
      }
      confusion = ConfusionMatrix(
        names: all, classes: classes,
        predicted: workspace.predictedClasses(parameters, for: samples.inputs))
    case .values:
      // The square loss is half the sum of squares over outputs.
      rootMeanSquareError =
        plain.network.output == .square
        ? (2 * evaluation.loss / Double(plain.network.outputCount)).squareRoot() : nil
      confusion = nil
    }
  }

  /// The figures in a table.
  public func table(_ title: String) -> TextTable {
    var table = TextTable(
      title: title, columns: [.init("quantity"), .init("value", .trailing)])
    table.addRow(["samples", "\(samples)"])
    table.addRow(["loss (nats)", String(format: "%.5g", loss)])
    if let accuracy { table.addRow(["accuracy (%)", percent(accuracy)]) }
    if let rootMeanSquareError {
      table.addRow(["root mean square error", String(format: "%.5g", rootMeanSquareError)])
    }
    return table
  }
}
