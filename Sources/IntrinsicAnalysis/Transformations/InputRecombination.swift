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
    inverseMatrix = try Self.inverted(matrix)
  }

  private init(matrix: Matrix<Double>, inverse: Matrix<Double>, shift: [Double]) {
    self.matrix = matrix
    inverseMatrix = inverse
    self.shift = shift
  }

  /// x = M⁻¹x′ − M⁻¹b.
  var inverse: any Reparametrization {
    InputRecombination(
      matrix: inverseMatrix, inverse: matrix, shift: Self.product(inverseMatrix, shift).map { -$0 })
  }

  func inputs(_ inputs: Matrix<Double>) -> Matrix<Double> {
    precondition(
      inputs.rows == shift.count, "a recombination of \(shift.count) inputs for \(inputs.rows)")
    let columns = inputs.transposed
    return Matrix(
      (0..<columns.rows).map { sample in
        zip(Self.product(matrix, columns.row(sample)), shift).map { $0 + $1 }
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
        let weights = Self.product(dual, edges.map { vector[$0] })
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

  private static func product(_ matrix: Matrix<Double>, _ vector: [Double]) -> [Double] {
    (0..<matrix.rows).map { row in zip(matrix.row(row), vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// M⁻¹ by Gauss–Jordan elimination with row pivoting.
  private static func inverted(
    _ matrix: Matrix<Double>
  ) throws(TransformationError) -> Matrix<Double> {
    let count = matrix.rows
    let scale = matrix.elements.map(abs).max() ?? 0
    var rows = (0..<count).map { row in
      matrix.row(row) + (0..<count).map { $0 == row ? 1.0 : 0 }
    }
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }!
      // Below the rounding errors of the elimination nothing can be said.
      guard abs(rows[pivot][column]) > Double(count) * scale * .ulpOfOne else {
        throw .singularMatrix(pivot: column)
      }
      rows.swapAt(column, pivot)
      let factor = 1 / rows[column][column]
      rows[column] = rows[column].map { factor * $0 }
      for row in 0..<count where row != column {
        let multiple = rows[row][column]
        rows[row] = zip(rows[row], rows[column]).map { $0 - multiple * $1 }
      }
    }
    return Matrix(rows.map { Array($0[count...]) })
  }
}
