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
        T.syrk(
          n: p, k: n, alpha: 1, a: examples.x.pointer, lda: n, beta: 0, c: $0.baseAddress!, ldc: p)
      }
      target = examples.y.elements
    } else {
      var projected = [T](repeating: 0, count: n)
      gram.elements.withUnsafeMutableBufferPointer {
        T.gemm(
          transposeA: true, transposeB: false, m: n, n: n, k: p, alpha: 1, a: examples.x.pointer,
          lda: n, b: examples.x.pointer, ldb: n, beta: 0,
          c: $0.baseAddress!, ldc: n)
      }
      projected.withUnsafeMutableBufferPointer {
        T.gemm(
          transposeA: true, transposeB: false, m: n, n: 1, k: p, alpha: 1, a: examples.x.pointer,
          lda: n, b: examples.y.pointer, ldb: 1, beta: 0,
          c: $0.baseAddress!, ldc: 1)
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
    T.addToDiagonal(count: size, value: T(ridge), a: factor.pointer, ld: size)
    let pivot = T.choleskyFactor(n: size, a: factor.pointer, lda: size)
    guard pivot == 0 else { throw SingularExamples(pivot: pivot) }
    let solution = Buffer(target)
    T.choleskySolve(n: size, factor: factor.pointer, lda: size, b: solution.pointer)
    guard isDual else { return examples.error(of: solution, scale: scale) }
    let weights = Buffer<T>(count: examples.inputs)
    T.gemm(
      transposeA: true, transposeB: false, m: examples.inputs, n: 1, k: size, alpha: 1,
      a: examples.x.pointer, lda: examples.inputs,
      b: solution.pointer, ldb: 1, beta: 0, c: weights.pointer, ldc: 1)
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
