import IntrinsicMath

extension MetricMatrix {
  /// A δ, a covector.
  ///
  /// - Complexity: of a formed matrix its entries; else a pass forward and one back for each column of
  ///   signals, over all samples.
  public func apply(_ vector: Displacement<T>) -> Gradient<T> {
    precondition(
      vector.count == size, "a displacement of \(vector.count), a matrix over \(size) parameters")
    var result = Gradient<T>(count: size)
    let (x, y) = (vector.pointer, result.mutablePointer)
    switch storage {
    case .full(let matrix): matrix.multiply(x, into: y)
    case .units(let units):
      for unit in units {
        let first = unit.place.parameters.lowerBound
        unit.matrix.multiply(x + first, into: y + first)
      }
    case .quasiDiagonal(let diagonal, let row, let units):
      for unit in units {
        let range = unit.parameters
        let first = range.lowerBound
        guard unit.hasBias, diagonal[first] > 0 else {
          for i in range { y[i] = diagonal[i] * x[i] }
          continue
        }
        let inner = range.dropFirst().reduce(0) { $0 + row[$1] * x[$1] }
        y[first] = diagonal[first] * x[first] + inner
        for i in range.dropFirst() {
          let rest = diagonal[i] - row[i] * row[i] / diagonal[first]
          y[i] = row[i] * (x[first] + inner / diagonal[first]) + rest * x[i]
        }
      }
    case .diagonal(let diagonal, _):
      for i in 0..<size { y[i] = diagonal[i] * x[i] }
    case .products(let products, let scale):
      result = products.apply(vector)
      let y = result.mutablePointer
      T.scaleAdd(count: size, alpha: 0, x: x, beta: scale, into: y)
    }
    return result
  }

  /// δᵀAδ: twice the divergence in nats a sample along δ, to second order, where A is a Fisher matrix.
  public func quadraticForm(_ vector: Displacement<T>) -> T { apply(vector)(vector) }

  /// The whole matrix, parameters × parameters.
  /// - Throws: ``MetricError/tooLarge(parameters:columns:gigabytes:)``.
  public func dense() throws(MetricError) -> Matrix<T> {
    let bytes = Double(size) * Double(size) * Double(MemoryLayout<T>.stride)
    if bytes > Double(Self.greatestSize) {
      throw .tooLarge(
        parameters: size, columns: sampleCount, gigabytes: (bytes / 1e9).rounded())
    }
    switch storage {
    case .full(let matrix): return matrix
    case .products(let products, let scale): return products.dense().map { $0 * scale }
    case .units, .quasiDiagonal, .diagonal:
      var result = Matrix<T>(rows: size, columns: size)
      for unit in blocks {
        let first = unit.place.parameters.lowerBound
        for i in 0..<unit.matrix.rows {
          for j in 0..<unit.matrix.rows { result[first + i, first + j] = unit.matrix[i, j] }
        }
      }
      return result
    }
  }

  /// The entries A_ii.
  public var diagonal: [T] {
    switch storage {
    case .full(let matrix): (0..<size).map { matrix[$0, $0] }
    case .units(let units): unitDiagonal(units)
    case .quasiDiagonal(let diagonal, _, _), .diagonal(let diagonal, _): diagonal
    case .products(let products, let scale): products.diagonal().map { $0 * scale }
    }
  }

  private func unitDiagonal(_ units: [UnitMatrix<T>]) -> [T] {
    var result = [T](repeating: 0, count: size)
    for unit in units {
      for (i, parameter) in unit.place.parameters.enumerated() {
        result[parameter] = unit.matrix[i, i]
      }
    }
    return result
  }

  /// A_0i of each unit, 0 at its bias and in units without; nil but for quasi-diagonal metrics.
  public var biasRow: [T]? {
    if case .quasiDiagonal(_, let row, _) = storage { row } else { nil }
  }

  /// The matrices of the units of a layer, bias first; nil but for unitwise metrics.
  public func unitMatrices(layer: Int) -> [Matrix<T>]? {
    guard case .units(let units) = storage else { return nil }
    return units.filter { $0.place.layer == layer }.map(\.matrix)
  }

  /// Σ A_ii.
  public var trace: T { diagonal.reduce(0, +) }

  /// The matrices of units of a reduced metric, one at a time; none for full ones.
  var blocks: AnySequence<UnitMatrix<T>> {
    switch storage {
    case .units(let units): return AnySequence(units)
    case .diagonal(let diagonal, let units):
      return AnySequence(
        units.lazy.map { unit in
          var matrix = Matrix<T>(rows: unit.parameters.count, columns: unit.parameters.count)
          for (i, parameter) in unit.parameters.enumerated() { matrix[i, i] = diagonal[parameter] }
          return UnitMatrix(place: unit, matrix: matrix)
        })
    case .quasiDiagonal(let diagonal, let row, let units):
      return AnySequence(
        units.lazy.map { unit in
          let first = unit.parameters.lowerBound
          var matrix = Matrix<T>(rows: unit.parameters.count, columns: unit.parameters.count)
          for (i, p) in unit.parameters.enumerated() {
            for (j, q) in unit.parameters.enumerated() where i != j && diagonal[first] > 0 {
              matrix[i, j] =
                i == 0 ? row[q] : j == 0 ? row[p] : row[p] * row[q] / diagonal[first]
            }
            matrix[i, i] = diagonal[p]
          }
          return UnitMatrix(place: unit, matrix: matrix)
        })
    case .full, .products: return AnySequence([])
    }
  }
}

extension Matrix {
  /// y = A x for a matrix without gaps.
  func multiply(_ x: UnsafePointer<Element>, into y: UnsafeMutablePointer<Element>) {
    elements.withUnsafeBufferPointer {
      Element.gemm(
        transposeA: false, transposeB: false, m: rows, n: 1, k: columns, alpha: 1,
        a: $0.baseAddress!, lda: columns, b: x, ldb: 1, beta: 0, c: y, ldc: 1)
    }
  }
}
