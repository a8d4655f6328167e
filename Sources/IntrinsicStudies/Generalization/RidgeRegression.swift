import IntrinsicMath

/// The weights of least Σ (y − ⟨w, x⟩)² + z|w|², and for z = 0 the pseudo-inverse solution.
///
/// It is solved in the smaller of the spaces of inputs and of examples.
struct RidgeRegression<T: Scalar> {
  private let examples: LinearExamples<T>
  /// The lower triangle of X Xᵀ or XᵀX, whichever is smaller.
  private let gram: Matrix<T>
  /// y or Xᵀy
  private let target: [T]

  private var isDual: Bool { examples.count < examples.inputs }

  /// - Complexity: PN min(P, N) operations.
  init(_ examples: LinearExamples<T>) {
    self.examples = examples
    let (p, n) = (examples.count, examples.inputs)
    let size = min(p, n)
    var gram = Matrix<T>(rows: size, columns: size)
    if p < n {
      gram.elements.withUnsafeMutableBufferPointer {
        T.kernels.syrk(p, n, 1, examples.x.pointer, n, 0, $0.baseAddress!, p)
      }
      target = examples.y.elements
    } else {
      var projected = [T](repeating: 0, count: n)
      gram.elements.withUnsafeMutableBufferPointer {
        T.kernels.gemm(
          true, false, n, n, p, 1, examples.x.pointer, n, examples.x.pointer, n, 0,
          $0.baseAddress!, n)
      }
      projected.withUnsafeMutableBufferPointer {
        T.kernels.gemm(
          true, false, n, 1, p, 1, examples.x.pointer, n, examples.y.pointer, 1, 0,
          $0.baseAddress!, 1)
      }
      target = projected
    }
    self.gram = gram
  }

  /// The generalization error of the solution, or of `scale` times the solution.
  ///
  /// - Throws: if the examples' correlations are singular up to rounding error.
  /// - Complexity: min(P, N)³/3 operations.
  func error(ridge: Double, scale: Double = 1) throws(SingularExamples) -> Double {
    precondition(ridge >= 0, "a ridge of \(ridge)")
    let size = gram.rows
    let factor = Buffer(gram.elements)
    T.kernels.addToDiagonal(size, T(ridge), factor.pointer, size)
    let pivot = T.kernels.choleskyFactor(size, factor.pointer, size)
    guard pivot == 0 else { throw SingularExamples(pivot: pivot) }
    let solution = Buffer(target)
    T.kernels.choleskySolve(size, factor.pointer, size, solution.pointer)
    guard isDual else { return examples.error(of: solution, scale: scale) }
    let weights = Buffer<T>(count: examples.inputs)
    T.kernels.gemm(
      true, false, examples.inputs, 1, size, 1, examples.x.pointer, examples.inputs,
      solution.pointer, 1, 0, weights.pointer, 1)
    return examples.error(of: weights, scale: scale)
  }
}

/// As many examples as inputs, or nearly, and no ridge: the pseudo-inverse solution is lost in rounding
/// error.
struct SingularExamples: Error, CustomStringConvertible {
  let pivot: Int

  var description: String {
    "the examples' correlations are singular (pivot \(pivot)); use a ridge, or another load"
  }
}
