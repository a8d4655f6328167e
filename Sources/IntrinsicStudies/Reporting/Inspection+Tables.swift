import Foundation
import IntrinsicAnalysis

/// How an inspection is shown.
extension Inspection {
  /// The network in one line, with its loss if samples were given.
  public var headline: String {
    var text = "\(inputs) inputs, \(parameters) parameters, \(output.rawValue) output model"
    if let evaluation, let samples {
      text += String(format: "\n%d samples: loss %.4g nats", samples, evaluation.loss)
      if let error = evaluation.error { text += String(format: ", %.2f %% wrong", 100 * error) }
    }
    return text
  }

  /// One table for the parameters and one for the activities, if samples were given.
  public var tables: [TextTable] {
    var weights = TextTable(
      title: "Parameters",
      columns: [.init("layer"), .init("units", .trailing), .init("activation")]
        + ["parameters", "incoming norm", "|bias|", "outgoing norm"].map { .init($0, .trailing) })
    var activities = TextTable(
      title: "On the samples",
      columns: [.init("layer")]
        + ["mean", "variance", "dead", "saturated", "modulus", "condition"].map {
          .init($0, .trailing)
        })
    for (index, layer) in layers.enumerated() {
      weights.addRow([
        "\(index)", "\(layer.units)", layer.activation, "\(layer.parameters)",
        text(layer.incomingNorm), text(layer.bias), text(layer.outgoingNorm),
      ])
      if let activity = layer.activity {
        activities.addRow([
          "\(index)", text(activity.mean), text(activity.variance), "\(activity.dead)",
          activity.saturated.map(String.init) ?? "–", text(activity.modulus),
          text(activity.condition),
        ])
      }
    }
    return evaluation == nil ? [weights] : [weights, activities]
  }

  private func text(_ spread: Spread?) -> String {
    guard let spread else { return "–" }
    return [spread.least, spread.median, spread.largest].map { String(format: "%.3g", $0) }
      .joined(separator: " / ")
  }

  /// One row for each number of each layer.
  public var records: TextTable {
    var table = TextTable(columns: [.init("layer"), .init("quantity"), .init("value")])
    for (index, layer) in layers.enumerated() {
      func add(_ name: String, _ value: Double) { table.addRow(["\(index)", name, "\(value)"]) }
      func add(_ name: String, _ spread: Spread?) {
        guard let spread else { return }
        add("\(name)_least", spread.least)
        add("\(name)_median", spread.median)
        add("\(name)_largest", spread.largest)
      }
      add("units", Double(layer.units))
      add("parameters", Double(layer.parameters))
      add("incoming_norm", layer.incomingNorm)
      add("bias", layer.bias)
      add("outgoing_norm", layer.outgoingNorm)
      guard let activity = layer.activity else { continue }
      add("activity_mean", activity.mean)
      add("activity_variance", activity.variance)
      add("dead_units", Double(activity.dead))
      if let saturated = activity.saturated { add("saturated_units", Double(saturated)) }
      add("modulus", activity.modulus)
      add("condition", activity.condition)
    }
    return table
  }
}
