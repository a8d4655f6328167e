import IntrinsicMath

/// The Gram matrix K = J Jᵀ of the rows of a Jacobian: the empirical neural tangent kernel, (outputs ×
/// samples) square.
public struct GramMatrix<T: Scalar>: Sendable {
  /// K, row after row.
  public let dense: Matrix<T>

  /// - Parameter jacobian: J, rows × parameters.
  /// - Complexity: rows² × parameters operations.
  public init(_ jacobian: Matrix<T>) {
    let n = jacobian.rows
    var result = Matrix<T>(rows: n, columns: n)
    result.elements.withUnsafeMutableBufferPointer { k in
      jacobian.elements.withUnsafeBufferPointer {
        T.syrk(
          n: n, k: jacobian.columns, alpha: 1, a: $0.baseAddress!, lda: jacobian.columns, beta: 0,
          c: k.baseAddress!, ldc: n)
      }
    }
    result.mirrorLowerTriangle()
    dense = result
  }

  /// Rows of the Jacobian.
  public var size: Int { dense.rows }

  /// Σ K_ii.
  public var trace: T { (0..<size).reduce(0) { $0 + dense[$1, $1] } }

  /// K c.
  public func apply(_ vector: [T]) -> [T] {
    precondition(vector.count == size, "a vector of \(vector.count) for a matrix of \(size)")
    var result = [T](repeating: 0, count: size)
    dense.multiply(vector, into: &result)
    return result
  }

  /// (K + λ Id)⁻¹ c.
  /// - Throws: ``MetricError/fullMatrixNotPositiveDefinite(pivot:size:damping:)``.
  public func solve(_ vector: [T], damping: T = 0) throws(MetricError) -> [T] {
    precondition(vector.count == size, "a vector of \(vector.count) for a matrix of \(size)")
    let factor = try dense.choleskyFactor(damping: damping) { pivot in
      .fullMatrixNotPositiveDefinite(pivot: pivot, size: self.size, damping: Double(damping))
    }
    var result = vector
    factor.elements.withUnsafeBufferPointer {
      T.choleskySolve(n: size, factor: $0.baseAddress!, lda: size, b: &result)
    }
    return result
  }

  /// All eigenvalues, increasing: those of JᵀJ but for zeros.
  /// - Throws: ``MetricError/eigenvaluesNotFound(layer:unit:)``.
  public func eigenvalues() throws(MetricError) -> [T] {
    guard let values = dense.symmetricEigenvalues() else {
      throw .eigenvaluesNotFound(layer: nil, unit: nil)
    }
    return values
  }
}
