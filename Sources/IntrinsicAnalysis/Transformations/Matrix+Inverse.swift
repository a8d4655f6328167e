import IntrinsicMath

extension Matrix<Double> {
  /// M⁻¹ by Gauss–Jordan elimination with row pivoting.
  package func inverted() throws(TransformationError) -> Matrix<Double> {
    let count = rows
    let scale = elements.map(abs).max() ?? 0
    var lines = (0..<count).map { row in
      self.row(row) + (0..<count).map { $0 == row ? 1.0 : 0 }
    }
    for column in 0..<count {
      let pivot = (column..<count).max { abs(lines[$0][column]) < abs(lines[$1][column]) }!
      // Below the rounding errors of the elimination nothing can be said.
      guard abs(lines[pivot][column]) > Double(count) * scale * .ulpOfOne else {
        throw .singularMatrix(pivot: column)
      }
      lines.swapAt(column, pivot)
      let factor = 1 / lines[column][column]
      lines[column] = lines[column].map { factor * $0 }
      for row in 0..<count where row != column {
        let multiple = lines[row][column]
        lines[row] = zip(lines[row], lines[column]).map { $0 - multiple * $1 }
      }
    }
    return Matrix(lines.map { Array($0[count...]) })
  }
}
