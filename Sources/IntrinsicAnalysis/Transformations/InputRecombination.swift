import Intrinsic
import IntrinsicMath

/// x′ = Mx + b with an invertible matrix M, for networks in which every unit that reads an input
/// reads all of them: the weights from the inputs become w′ = M⁻ᵀ w, the bias w′_0 = w_0 − w′ᵀb, so
/// that w′ᵀx′ + w′_0 = wᵀx + w_0 (Ollivier 2015, Proposition 31).
struct InputRecombination: Reparametrization {
  private let matrix: Matrix<Double>
  private let inverseMatrix: Matrix<Double>
  private let shift: [Double]

  init(_ matrix: Matrix<Double>, shift: [Double]) throws(TransformationError) {
    precondition(
      matrix.rows == matrix.columns && shift.count == matrix.rows,
      "a recombination by \(matrix.rows) × \(matrix.columns) and a shift of \(shift.count)")
    self.matrix = matrix
    self.shift = shift
    inverseMatrix = try matrix.inverted()
  }

  private init(matrix: Matrix<Double>, inverse: Matrix<Double>, shift: [Double]) {
    self.matrix = matrix
    inverseMatrix = inverse
    self.shift = shift
  }

  /// x = M⁻¹x′ − M⁻¹b.
  var inverse: any Reparametrization {
    InputRecombination(
      matrix: inverseMatrix, inverse: matrix, shift: (inverseMatrix * shift).map { -$0 })
  }

  func inputs(_ inputs: Matrix<Double>) -> Matrix<Double> {
    precondition(
      inputs.rows == shift.count, "a recombination of \(shift.count) inputs for \(inputs.rows)")
    let columns = inputs.transposed
    return Matrix(
      (0..<columns.rows).map { sample in
        zip(matrix * columns.row(sample), shift).map { $0 + $1 }
      }
    ).transposed
  }

  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    if network.hasCombinedSignals { throw .sharedParameters }
    if network.inputCount != shift.count {
      throw .inputCount(expected: shift.count, actual: network.inputCount)
    }
    let dual = inverseMatrix.transposed
    var result = vector
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let range = network.parameters(layer: index, unit: unit)
        let rows = layer.connection.incomingRows(of: unit)
        let edges = zip(range, rows).filter { network.inputRows.contains($0.1) }.map(\.0)
        if edges.isEmpty { continue }
        if edges.count != network.inputCount { throw .readsPartOfInputs(layer: index, unit: unit) }
        let weights = dual * edges.map { vector[$0] }
        for (edge, weight) in zip(edges, weights) { result[edge] = weight }
        if layer.hasBias {
          result[range.lowerBound] -= zip(weights, shift).reduce(0) { $0 + $1.0 * $1.1 }
        } else if shift.contains(where: { $0 != 0 }) {
          throw .needsBias(layer: index, unit: unit)
        }
      }
    }
    return result
  }
}
