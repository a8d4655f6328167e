import Foundation
import Intrinsic
import IntrinsicAnalysis

/// How an inspection is shown.
extension Inspection {
  /// The network in one line, with its loss if samples were given.
  package var headline: String {
    var text = "\(inputs) inputs, \(parameters) parameters, \(output) output model"
    if let evaluation, let samples {
      text += String(format: "\n%d samples: loss %.4g nats", samples, evaluation.loss)
      if let error = evaluation.error { text += String(format: ", %.2f %% wrong", 100 * error) }
    }
    return text
  }

  /// One table for the parameters and one for the activities, if samples were given; one for paths and
  /// one for degrees of freedom, unless the network is normalized.
  package var tables: [TextTable] {
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
    return (evaluation == nil ? [weights] : [weights, activities])
      + [pathTable, freedomTable].compactMap { $0 }
  }

  /// γ_v of the units of each layer.
  private var pathTable: TextTable? {
    guard let paths else { return nil }
    var table = TextTable(
      title: "Signals along paths: γ of the units",
      columns: [.init("layer")] + paths.map { .init($0.measure.title, .trailing) })
    for index in layers.indices {
      table.addRow(["\(index)"] + paths.map { text($0.layers[index]) })
    }
    table.addRow(["γ²_net"] + paths.map { String(format: "%.4g", $0.total) })
    return table
  }

  private var freedomTable: TextTable? {
    guard let freedom else { return nil }
    var table = TextTable(
      title: "Degrees of freedom",
      columns: ["parameters", "paths", "path rank", "samples", "rank of ∂f/∂w", "gap"].map {
        .init($0, .trailing)
      })
    table.addRow([
      "\(parameters)", String(format: freedom.paths < 1e6 ? "%.0f" : "%.3g", freedom.paths),
      "\(freedom.pathRank)", freedom.samples.map(String.init) ?? "–",
      freedom.function.map { "\($0.rank)" } ?? "–",
      freedom.function?.gap.map { String(format: "%.1e", $0) } ?? "–",
    ])
    return table
  }

  /// What is not shown and why, and what means less than it seems.
  package var notes: [String] {
    var notes: [String] = []
    if let samples, let givenSamples, samples < givenSamples {
      notes.append(
        "the first \(samples) of \(givenSamples) samples are used: units × samples are limited to "
          + "\(limits.activities)")
    }
    for (index, layer) in layers.enumerated() {
      guard let activity = layer.activity, activity.modulus != nil, activity.condition == nil else {
        continue
      }
      notes.append(
        "layer \(index) has no condition numbers: \(layer.units) matrices of "
          + "\(layer.parametersOfUnit) × \(layer.parametersOfUnit) take too long")
    }
    guard let freedom else {
      return notes + [
        "paths have no size in a normalized network; γ and degrees of freedom are left out"
      ]
    }
    if let function = freedom.function, function.rank > freedom.pathRank {
      notes.append(
        "the rank of ∂f/∂w is beyond the path rank, which bounds that of linear and ReLU units only"
      )
    } else if let function = freedom.function, let gap = function.gap, gap < 1e3 {
      notes.append(
        String(
          format:
            "the singular values of ∂f/∂w fade, with a gap of %.2g; its rank depends on rounding",
          gap))
    } else if let function = freedom.function, let used = freedom.samples,
      function.rank == function.rows, function.rank < freedom.pathRank
    {
      notes.append(
        "the rank of ∂f/∂w is that of outputs × samples, \(function.rows) rows; more than \(used) "
          + "samples may raise it")
    } else if samples != nil, freedom.function == nil {
      notes.append(
        parameters > limits.jacobian
          ? "the rank of ∂f/∂w is left out: it is measured up to \(limits.jacobian) parameters"
          : "the rank of ∂f/∂w is left out: its singular values did not converge")
    }
    return notes
  }

  private func text(_ spread: Spread?) -> String {
    guard let spread else { return "–" }
    return [spread.least, spread.median, spread.largest].map { String(format: "%.3g", $0) }
      .joined(separator: " / ")
  }

  /// One row for each number of each layer, then those of the network, without a layer.
  package var records: TextTable {
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
      for size in paths ?? [] { add("gamma_\(size.measure.name)", size.layers[index]) }
      guard let activity = layer.activity else { continue }
      add("activity_mean", activity.mean)
      add("activity_variance", activity.variance)
      add("dead_units", Double(activity.dead))
      if let saturated = activity.saturated { add("saturated_units", Double(saturated)) }
      add("modulus", activity.modulus)
      add("condition", activity.condition)
    }
    func add(_ name: String, _ value: Double) { table.addRow(["", name, "\(value)"]) }
    for size in paths ?? [] { add("gamma_squared_net_\(size.measure.name)", size.total) }
    if let freedom {
      add("paths", freedom.paths)
      add("generic_path_rank", Double(freedom.genericPathRank))
      add("path_rank", Double(freedom.pathRank))
      if let samples = freedom.samples { add("rank_samples", Double(samples)) }
      if let function = freedom.function { add("function_rank", Double(function.rank)) }
      if let gap = freedom.function?.gap { add("function_rank_gap", gap) }
    }
    return table
  }
}

extension PathMeasure {
  /// In a heading.
  fileprivate var title: String {
    switch self {
    case .pathNorm: "path norm (α = 0)"
    case .covariance: "variance (α = 1)"
    case .secondMoment: "second moment (α = 1)"
    default: "α = \(alpha), \(statistic.rawValue)"
    }
  }

  /// In the name of a quantity.
  fileprivate var name: String {
    switch self {
    case .pathNorm: "path_norm"
    case .covariance: "covariance"
    case .secondMoment: "second_moment"
    default: "alpha_\(alpha)_\(statistic.rawValue)"
    }
  }
}
