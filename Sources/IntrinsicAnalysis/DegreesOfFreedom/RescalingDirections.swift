import Intrinsic
import IntrinsicMath

/// The directions of node-wise rescaling: for each hidden unit v with a positively homogeneous
/// activation of degree p, the derivative of w_→v ← ρ w_→v, w_v→ ← ρ^−p w_v→ at ρ = 1, which keeps
/// the function (Neyshabur et al. 2016, (2) and §7).
///
/// Its entries are w for the incoming weights and the bias of v, −p w for the outgoing weights. A
/// unit that is reparametrized with a shift is not homogeneous any more and has no direction.
public struct RescalingDirections: Sendable {
  /// The units, by their rows of the activity matrix.
  public let units: [Int]
  /// The directions, units × parameters.
  public let directions: Matrix<Double>
  /// The dimension of what they span; that of the directions scaled to length 1, so that it does not
  /// depend on the size of the weights.
  public let rank: NumericalRank

  /// - Throws: ``DegreesOfFreedomError``.
  public init(_ model: Model) throws(DegreesOfFreedomError) {
    let network = model.network
    if network.hasCombinedSignals { throw .sharedParameters }
    if network.isNormalized { throw .normalizedNetwork }
    var degrees: [Int: Double] = [:]
    for layer in network.layers.dropLast() {
      guard let degree = layer.activation.homogeneityDegree else { continue }
      for (unit, row) in layer.rows.enumerated() {
        if let affine = layer.affine, affine.beta[unit] != 0 || affine.delta[unit] != 0 { continue }
        degrees[row] = Double(degree)
      }
    }
    units = degrees.keys.sorted()
    let bytes = 24 * Double(units.count) * Double(network.parameterCount)
    if bytes > Double(FunctionTangent.greatestSize) {
      throw .tooLarge(
        rows: units.count, columns: network.parameterCount, gigabytes: (bytes / 1e9).rounded())
    }
    let numbers = Dictionary(uniqueKeysWithValues: zip(units, units.indices))
    var directions = Matrix<Double>(rows: units.count, columns: network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      for (unit, row) in layer.rows.enumerated() {
        let number = numbers[row]
        let edges = zip(
          network.parameters(layer: index, unit: unit), layer.connection.incomingRows(of: unit))
        for (parameter, source) in edges {
          let w = model.parameters[parameter]
          if let number { directions[number, parameter] += w }
          if let read = numbers[source] { directions[read, parameter] -= degrees[source]! * w }
        }
      }
    }
    self.directions = directions
    var scaled = directions
    for row in 0..<scaled.rows {
      let length = norm(scaled.row(row))
      guard length > 0 else { continue }
      for column in 0..<scaled.columns { scaled[row, column] /= length }
    }
    rank = try NumericalRank(of: scaled)
  }

  /// An orthonormal basis of what they span, one vector a row: Gram–Schmidt, twice for each.
  ///
  /// - Complexity: units² × parameters.
  public func orthonormalBasis() -> Matrix<Double> {
    var basis: [[Double]] = []
    let count = directions.columns
    for index in units.indices {
      var vector = directions.row(index)
      let length = norm(vector)
      guard length > 0 else { continue }
      for _ in 0..<2 {
        for other in basis {
          let product = Double.dot(count: count, x: other, y: vector)
          for e in 0..<count { vector[e] -= product * other[e] }
        }
      }
      let rest = norm(vector)
      // What is left of a dependent direction is rounding.
      if rest > length * Double(count) * 0x1p-52 * 16 { basis.append(vector.map { $0 / rest }) }
    }
    return Matrix(rows: basis.count, columns: count, elements: basis.flatMap { $0 })
  }
}
