import Intrinsic

/// A change of scale and origin: x ↦ scale · x + shift.
struct AffineMap: Sendable, Equatable {
  var scale = 1.0
  var shift = 0.0

  var inverse: AffineMap { AffineMap(scale: 1 / scale, shift: -shift / scale) }

  func callAsFunction(_ x: Double) -> Double { scale * x + shift }
}

/// New scales and origins for the signals of a network, by row of the activity matrix:
/// a′_i = α_i a_i + β_i and y′_k = γ_k y_k + δ_k.
struct SignalMap {
  var activities: [AffineMap]
  var preactivations: [AffineMap]

  init(_ network: Network) {
    activities = Array(repeating: AffineMap(), count: network.rowCount)
    preactivations = activities
  }

  /// Parameters, or a displacement of them, for which the new signals obey y′_k = Σ_i w′_ik a′_i:
  ///
  ///     w′_ik = γ_k w_ik/α_i
  ///     w′_0k = γ_k w_0k + δ_k − Σ_i w′_ik β_i
  ///
  /// (Ollivier 2015, §2.3, whose printed bias lacks the factor γ_k of w_ik in the sum). A
  /// displacement has no δ_k.
  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    var result = vector
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let range = network.parameters(layer: index, unit: unit)
        let rows = layer.connection.incomingRows(of: unit)
        let own = preactivations[layer.rows.lowerBound + unit]
        var shift = 0.0
        var isShifted = own.shift != 0
        for (parameter, row) in zip(range, rows).dropFirst(layer.hasBias ? 1 : 0) {
          result[parameter] = own.scale * vector[parameter] / activities[row].scale
          shift += result[parameter] * activities[row].shift
          isShifted = isShifted || activities[row].shift != 0
        }
        if layer.hasBias {
          let bias = own.scale * vector[range.lowerBound] + (isDisplacement ? 0 : own.shift)
          result[range.lowerBound] = bias - shift
        } else if isShifted {
          throw .needsBias(layer: index, unit: unit)
        }
      }
    }
    return result
  }
}
