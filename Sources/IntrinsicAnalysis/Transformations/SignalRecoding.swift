import Intrinsic
import IntrinsicMath

/// Transformations that give signals new scales and origins, and so map each weight by itself, with
/// the bias taking up the shifts.
enum SignalRecoding: Reparametrization {
  /// x′ = scale · x + shift for each input.
  case inputs([AffineMap])
  /// y′ = ρy, a′ = ρ^p a for each unit of a layer, at all its positions, ρ > 0, p the degree of
  /// homogeneity.
  case rescaling(layer: Int, [Double])
  /// y′ = γy + δ, a′ = αa + β for each unit of a layer.
  case affine(layer: Int, UnitAffine)
  /// tanh(y/2) = 2 sigmoid(y) − 1 at every unit of the network, and 2x − 1 for its inputs.
  case tanhFromSigmoid
  case sigmoidFromTanh

  var inverse: any Reparametrization {
    switch self {
    case .inputs(let maps): Self.inputs(maps.map(\.inverse))
    case .rescaling(let layer, let factors): Self.rescaling(layer: layer, factors.map { 1 / $0 })
    case .affine(let layer, let change): Self.affine(layer: layer, change.inverse)
    case .tanhFromSigmoid: Self.sigmoidFromTanh
    case .sigmoidFromTanh: Self.tanhFromSigmoid
    }
  }

  func network(_ network: Network) throws(TransformationError) -> Network {
    do {
      switch self {
      case .inputs, .rescaling: return network
      case .affine(let layer, let change):
        return try network.reparametrized(layer: layer, by: change)
      case .tanhFromSigmoid: return try network.replacing(.sigmoid, by: .tanh)
      case .sigmoidFromTanh: return try network.replacing(.tanh, by: .sigmoid)
      }
    } catch {
      throw .network(error)
    }
  }

  func inputs(_ inputs: Matrix<Double>) -> Matrix<Double> {
    switch self {
    case .rescaling, .affine: return inputs
    case .tanhFromSigmoid: return inputs.map { 2 * $0 - 1 }
    case .sigmoidFromTanh: return inputs.map { ($0 + 1) / 2 }
    case .inputs(let maps):
      precondition(
        maps.count == inputs.rows, "a change of \(maps.count) inputs for \(inputs.rows)")
      return Matrix(maps.enumerated().map { input, map in inputs.row(input).map { map($0) } })
    }
  }

  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    try signals(network).vector(vector, of: network, isDisplacement: isDisplacement)
  }

  private func signals(_ network: Network) throws(TransformationError) -> SignalMap {
    var map = SignalMap(network)
    switch self {
    case .inputs(let maps):
      if maps.count != network.inputCount {
        throw .inputCount(expected: maps.count, actual: network.inputCount)
      }
      map.activities.replaceSubrange(network.inputRows, with: maps)
    case .rescaling(let index, let factors):
      let layer = try network.hiddenLayer(index, units: factors.count)
      guard let degree = layer.activation.homogeneityDegree else {
        let unit = factors.firstIndex { $0 != 1 } ?? 0
        throw .notHomogeneous(layer: index, unit: unit, activation: layer.activation)
      }
      if layer.parameters.isEmpty { throw .sharedSignals(layer: index) }
      for (place, row) in layer.rows.enumerated() {
        let unit = place % layer.unitCount
        let factor = factors[unit]
        // The fixed points of a reparametrized unit are y = δ and a = β rather than 0.
        let power = (0..<degree).reduce(1.0) { product, _ in product * factor }
        let (beta, delta) = (layer.affine?.beta[unit] ?? 0, layer.affine?.delta[unit] ?? 0)
        map.preactivations[row] = AffineMap(scale: factor, shift: (1 - factor) * delta)
        map.activities[row] = AffineMap(scale: power, shift: (1 - power) * beta)
      }
    case .affine(let index, let change):
      let layer = try network.hiddenLayer(index, units: change.count)
      for (unit, row) in layer.rows.enumerated() {
        map.preactivations[row] = AffineMap(scale: change.gamma[unit], shift: change.delta[unit])
        map.activities[row] = AffineMap(scale: change.alpha[unit], shift: change.beta[unit])
      }
    case .tanhFromSigmoid:
      try recode(network, from: .sigmoid, to: .tanh, AffineMap(scale: 2, shift: -1), into: &map)
    case .sigmoidFromTanh:
      try recode(network, from: .tanh, to: .sigmoid, AffineMap(scale: 0.5, shift: 0.5), into: &map)
    }
    return map
  }

  /// All units of one activation to the other: the plain activity by `change`, the plain
  /// pre-activation by the inverse of its scale, w′ = w/4 and w′_0 = w_0/2 + ¼ Σ_i w_i from sigmoid
  /// to tanh (Ollivier 2015, 46–47).
  private func recode(
    _ network: Network, from old: Activation, to new: Activation, _ change: AffineMap,
    into map: inout SignalMap
  ) throws(TransformationError) {
    if let present = network.layers.firstIndex(where: { $0.activation == new }) {
      throw .alreadyPresent(layer: present, activation: new)
    }
    if !network.layers.contains(where: { $0.activation == old }) { throw .noLayerOf(old) }
    if network.layers.last!.activation == old && network.output != .bernoulli {
      throw .outputWouldChange(layer: network.layers.count - 1)
    }
    for row in network.inputRows { map.activities[row] = change }
    for layer in network.layers where layer.activation == old {
      for (unit, row) in layer.rows.enumerated() {
        let (alpha, beta) = (layer.affine?.alpha[unit] ?? 1, layer.affine?.beta[unit] ?? 0)
        let delta = layer.affine?.delta[unit] ?? 0
        // Around the fixed points β and δ of a unit that is reparametrized already.
        map.activities[row] = AffineMap(
          scale: change.scale, shift: (1 - change.scale) * beta + alpha * change.shift)
        map.preactivations[row] = AffineMap(
          scale: 1 / change.scale, shift: (1 - 1 / change.scale) * delta)
      }
    }
  }
}

extension Network {
  /// A hidden layer of the given number of units, or channels.
  func hiddenLayer(_ index: Int, units: Int) throws(TransformationError) -> Layer {
    if index == layers.count - 1 { throw .outputWouldChange(layer: index) }
    guard layers.indices.contains(index), layers[index].unitCount == units else {
      throw .noSuchLayer(layer: index, units: units)
    }
    return layers[index]
  }
}
