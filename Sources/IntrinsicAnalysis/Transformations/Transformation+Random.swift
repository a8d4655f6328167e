import Foundation
import Intrinsic
import IntrinsicMath

extension Transformation {
  /// A transformation of the given kind for a model, of all its inputs or all hidden layers that it
  /// applies to.
  ///
  /// Factors are between ⅓ and 3, for activities and inputs of either sign; shifts are between −1
  /// and 1. Balancing, normalization, path conditioning and the conversion of sigmoid to tanh units
  /// draw nothing.
  ///
  /// - Throws: if the kind does not apply to the network.
  public static func random(
    _ kind: Kind, for model: Model, using stream: inout RandomStream
  ) throws(TransformationError) -> Transformation {
    let network = model.network
    let hidden = network.layers.indices.dropLast()
    if kind.isOfHiddenUnits && hidden.isEmpty { throw .outputWouldChange(layer: 0) }
    let inputs = network.inputCount
    let result: Transformation
    switch kind {
    case .permutation:
      var parts: [UnitPermutation] = []
      for layer in hidden {
        let units = 0..<network.layers[layer].unitCount
        let groups = network.layers[layer].groups?.groups ?? units.map { $0..<$0 + 1 }
        parts.append(
          UnitPermutation(
            layer: layer,
            order: stream.distinct(groups.count, below: groups.count).flatMap { groups[$0] }))
      }
      result = Transformation(kind, parts)
    case .rescaling:
      result = try rescaling(network) { positiveFactor(&stream) }
    case .unitScaling, .affine:
      var parts: [SignalRecoding] = []
      for layer in hidden {
        let units = 0..<network.layers[layer].unitCount
        let shift = kind == .affine ? 1.0 : 0
        let change = UnitAffine(
          alpha: units.map { _ in signedFactor(&stream) },
          beta: units.map { _ in shift * (2 * stream.uniform() - 1) },
          gamma: units.map { _ in signedFactor(&stream) },
          delta: units.map { _ in shift * (2 * stream.uniform() - 1) })
        parts.append(.affine(layer: layer, change))
      }
      result = Transformation(kind, parts)
    case .balancing: result = try balancing(model)
    case .normalization: result = try normalization(model)
    case .pathConditioning: result = try pathConditioning(model)
    case .directionScaling:
      let layers = network.layers.indices.filter { network.layers[$0].normalization != nil }
      if layers.isEmpty { throw .notNormalized(layer: 0, units: network.layers[0].rows.count) }
      var factors: [Int: [Double]] = [:]
      for layer in layers {
        factors[layer] = network.layers[layer].rows.map { _ in positiveFactor(&stream) }
      }
      result = Transformation(kind, [DirectionScaling(factors: factors)])
    case .sigmoidTanh:
      let isSigmoid = network.layers.contains { $0.activation == .sigmoid }
      result = isSigmoid ? tanhFromSigmoid : sigmoidFromTanh
    case .inputScaling: result = inputScaling((0..<inputs).map { _ in signedFactor(&stream) })
    case .inputShift: result = inputShift((0..<inputs).map { _ in 2 * stream.uniform() - 1 })
    case .inputInversion:
      // At least one, and all if there is but one.
      let count = 1 + Int.random(in: 0..<inputs, using: &stream)
      result = inputInversion(Set(stream.distinct(count, below: inputs)), of: inputs)
    case .groupRecombination:
      var parts: [GroupRecombination] = []
      for layer in hidden {
        guard case .group(let group) = network.layers[layer].activation, group.sizes.count == 1
        else { continue }
        let (m, n) = (invertible(group.sizes[0], &stream), invertible(group.sizes[0], &stream))
        parts.append(
          GroupRecombination(
            layer: layer, activity: (m, try m.inverted()),
            preactivation: (n, try n.inverted())))
      }
      if parts.isEmpty { throw .noGroups }
      result = Transformation(kind, parts)
    case .recombination:
      result = try recombination(
        invertible(inputs, &stream), shift: (0..<inputs).map { _ in 2 * stream.uniform() - 1 })
    }
    // What does not apply is found out by applying it.
    _ = try result.applied(to: model)
    return result
  }

  /// A random rescaling ρ_v = 10^{du}, u uniform on [−½, ½), of the homogeneous hidden layers: it
  /// changes no function, and spreads the scales of units over `decades` powers of ten.
  ///
  /// - Throws: ``TransformationError/notHomogeneous(layer:unit:activation:)`` if no hidden layer is
  ///   homogeneous, ``TransformationError/outputWouldChange(layer:)`` if there is none.
  public static func unbalancing(
    _ network: Network, decades: Double, using stream: inout RandomStream
  ) throws(TransformationError) -> Transformation {
    precondition(decades.isFinite, "unbalancing by \(decades) decades")
    return try rescaling(network) { pow(10, decades * (stream.uniform() - 0.5)) }
  }

  /// A rescaling of all units of homogeneous hidden layers by drawn factors.
  private static func rescaling(
    _ network: Network, by factor: () -> Double
  ) throws(TransformationError) -> Transformation {
    let hidden = network.layers.dropLast()
    guard let first = hidden.first else { throw .outputWouldChange(layer: 0) }
    var parts: [SignalRecoding] = []
    let summed = network.summedLayers
    for (index, layer) in hidden.enumerated()
    where layer.activation.homogeneityDegree != nil && !layer.parameters.isEmpty
      && !summed.contains(index)
    {
      parts.append(.rescaling(layer: index, (0..<layer.unitCount).map { _ in factor() }))
    }
    if parts.isEmpty { throw .notHomogeneous(layer: 0, unit: 0, activation: first.activation) }
    return Transformation(.rescaling, parts)
  }

  private static func positiveFactor(_ stream: inout RandomStream) -> Double {
    exp((2 * stream.uniform() - 1) * log(3))
  }

  private static func signedFactor(_ stream: inout RandomStream) -> Double {
    let factor = positiveFactor(&stream)
    return Bool.random(using: &stream) ? factor : -factor
  }

  /// A product of a lower and an upper triangular matrix with diagonals away from 0.
  private static func invertible(_ count: Int, _ stream: inout RandomStream) -> Matrix<Double> {
    var (lower, upper) = (
      Matrix<Double>(rows: count, columns: count), Matrix<Double>(rows: count, columns: count)
    )
    for i in 0..<count {
      lower[i, i] = signedFactor(&stream)
      upper[i, i] = 1
      for j in 0..<i {
        lower[i, j] = 2 * stream.uniform() - 1
        upper[j, i] = 2 * stream.uniform() - 1
      }
    }
    var product = Matrix<Double>(rows: count, columns: count)
    for i in 0..<count {
      for j in 0..<count {
        product[i, j] = (0...min(i, j)).reduce(0) { $0 + lower[i, $1] * upper[$1, j] }
      }
    }
    return product
  }
}

extension Network {
  /// The layers whose scale a sum of branches shares with that of others.
  fileprivate var summedLayers: Set<Int> {
    var shared = Set<Int>()
    for layer in layers.reversed() {
      let index = layers.firstIndex { $0.rows == layer.rows }!
      guard layer.combination == .sum || layer.combination != nil && shared.contains(index) else {
        continue
      }
      let rows = Set(layer.rows.flatMap { layer.combinedRows(of: $0) })
      for (source, below) in layers.enumerated() where !rows.isDisjoint(with: below.rows) {
        shared.insert(source)
      }
    }
    return shared
  }
}
