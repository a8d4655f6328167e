import IntrinsicMath

/// Solves with the damped matrix of one unit, group or layer after another, or of all parameters: by Cholesky, or
/// by eigenvalues where a pseudo-inverse is wanted.
final class DampedSolver<T: Scalar> {
  /// Where the lower triangle of a matrix is put; a solve overwrites it.
  let matrix: Buffer<T>
  private let pseudoInverse: PseudoInverse<T>?

  /// - Parameter size: of the largest matrix.
  init(size: Int, pseudoInverse: Double?) {
    matrix = Buffer(count: size * size)
    self.pseudoInverse = pseudoInverse.map {
      PseudoInverse(cutoff: T($0), values: Buffer(count: size), vector: Buffer(count: size))
    }
  }

  /// x ← (A + ε Id)⁻¹ x; an error if the matrix is singular, which names the layer and the unit, or group, that
  /// it is of.
  func solve(
    _ n: Int, epsilon: T, _ x: UnsafeMutablePointer<T>, layer: Int?, unit: Int?
  ) -> MetricError? {
    T.addToDiagonal(count: n, value: epsilon, a: matrix.pointer, ld: n)
    if let pseudoInverse {
      return pseudoInverse.solve(n, matrix.pointer, x)
        ? nil : .eigenvaluesNotFound(layer: layer, unit: unit)
    }
    let failure = T.choleskyFactor(n: n, a: matrix.pointer, lda: n)
    if failure != 0 {
      return .notPositiveDefinite(
        pivot: failure - 1, of: n, damping: Double(epsilon), layer: layer, unit: unit)
    }
    T.choleskySolve(n: n, factor: matrix.pointer, lda: n, b: x)
    return nil
  }
}
