import Intrinsic
import IntrinsicMath

/// What makes the function of a network ignore more than node-wise rescaling.
enum Degeneracy: String, CaseIterable, Sendable {
  /// Weights that are 0.
  case zeroWeights = "zero-weights"
  /// Hidden units that are active on no input.
  case deadUnits = "dead-units"
  /// Hidden units that are active on all inputs, as linear ones are.
  case alwaysActive = "always-active-units"
  /// Hidden units that compute what the first other unit of their layer computes.
  case duplicates = "duplicated-units"

  var title: String {
    switch self {
    case .zeroWeights: "zero weights"
    case .deadUnits: "dead units"
    case .alwaysActive: "always active units"
    case .duplicates: "duplicated units"
    }
  }

  /// The model with a fraction of its weights, biases aside, or of its hidden units made so.
  ///
  /// With the same stream a greater fraction concerns the same weights or units, and more.
  func applied(
    to model: Model, fraction: Double, on inputs: Matrix<Double>, using stream: inout RandomStream
  ) -> Model {
    let network = model.network
    var parameters = model.parameters
    let units = network.layers.indices.dropLast().flatMap { layer in
      network.layers[layer].rows.indices.map { (layer, $0 - network.layers[layer].rows.lowerBound) }
    }
    func chosen(of count: Int) -> [Int] {
      let order = stream.distinct(count, below: count)
      return Array(order[..<Int((fraction * Double(count)).rounded())])
    }
    if self == .zeroWeights {
      let weights = network.layers.indices.flatMap { layer in
        (0..<network.layers[layer].rows.count).flatMap {
          network.parameters(layer: layer, unit: $0).dropFirst(
            network.layers[layer].hasBias ? 1 : 0)
        }
      }
      for index in chosen(of: weights.count) { parameters[weights[index]] = 0 }
      return Model(network: network, parameters: parameters)
    }
    // From below: what a unit receives depends on those before it.
    let degenerate = chosen(of: units.count).sorted().map { units[$0] }
    for (layer, unit) in degenerate {
      let range = network.parameters(layer: layer, unit: unit)
      switch self {
      case .duplicates:
        let first = (0..<network.layers[layer].rows.count).first { other in
          !degenerate.contains { $0 == (layer, other) }
        }
        let other = network.parameters(layer: layer, unit: first ?? 0)
        for (to, from) in zip(range, other) { parameters[to] = parameters[from] }
      default:
        let workspace = Workspace<Double>(network, maximumBatchSize: inputs.columns)
        workspace.load(inputs: inputs)
        workspace.forward(parameters)
        let received = workspace.preactivations(layer: layer, parameters).row(unit)
        // Clear of 0 by 1 on every input.
        parameters[range.lowerBound] -=
          self == .deadUnits ? received.max()! + 1 : received.min()! - 1
      }
    }
    return Model(network: network, parameters: parameters)
  }
}
