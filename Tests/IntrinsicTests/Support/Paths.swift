import IntrinsicMath

@testable import Intrinsic

/// The paths of a network from inputs and biases to outputs, each a list of parameters.
func enumeratedPaths(_ network: Network) -> [[Int]] {
  var reaching: [Int: [[Int]]] = [:]
  for row in network.inputRows { reaching[row] = [[]] }
  for row in network.constantRows { reaching[row] = [[]] }
  for (index, layer) in network.layers.enumerated() {
    for unit in 0..<layer.rows.count {
      let edges = zip(
        network.parameters(layer: index, unit: unit), layer.connection.incomingRows(of: unit))
      reaching[layer.rows.lowerBound + unit] = edges.flatMap { parameter, row in
        reaching[row]!.map { $0 + [parameter] }
      }
    }
  }
  return network.outputRows.flatMap { reaching[$0]! }
}

extension PathMeasure {
  /// Both statistics at both ends and between.
  static let every: [PathMeasure] = Statistic.allCases.flatMap { statistic in
    [0, 0.3, 1].map { try! PathMeasure(alpha: $0, statistic) }
  }
}

extension NetworkKinds {
  /// Networks whose pre-activations are piecewise linear in each weight.
  static let piecewiseLinear = NetworkKinds(
    activations: [.relu, .identity], models: [.square], depth: 1...4, width: 1...4, batch: 2...7)
}

/// γ²_net by its definition.
func pathTotal(
  _ measure: PathMeasure, _ network: Network, _ parameters: Parameters<Double>,
  _ samples: Samples<Double>
) -> Double {
  let workspace = Workspace<Double>(network, maximumBatchSize: samples.count)
  workspace.load(samples)
  workspace.forward(parameters)
  var gamma = [Double](repeating: 1, count: network.rowCount)
  for (index, layer) in network.layers.enumerated() {
    let z = workspace.preactivations(layer: index, parameters)
    for unit in 0..<layer.rows.count {
      let values = z.row(unit)
      let mean =
        measure.statistic == .covariance ? values.reduce(0, +) / Double(values.count) : 0
      let spread = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
      let edges = zip(
        network.parameters(layer: index, unit: unit), layer.connection.incomingRows(of: unit))
      let paths = edges.map { gamma[$1] * parameters[$0] * parameters[$0] }.reduce(0, +)
      gamma[layer.rows.lowerBound + unit] = measure.alpha * spread + (1 - measure.alpha) * paths
    }
  }
  return network.outputRows.map { gamma[$0] }.reduce(0, +)
}

/// Which units react to which samples.
func activationPattern(
  _ network: Network, _ parameters: Parameters<Double>, _ samples: Samples<Double>
) -> [Double] {
  let trial = Trial(network, parameters, samples)
  return trial.workspace.derivatives.matrix(network.firstHiddenRow..<network.rowCount).elements
}
