import IntrinsicMath

/// The weights of least Σ (y − ⟨w, x⟩)² + z|w|², and for z = 0 the pseudo-inverse solution.
///
/// It is solved in the smaller of the spaces of inputs and of examples.
struct RidgeRegression {
  /// A singular system, which is one with as many examples as inputs up to rounding error and z = 0.
  struct Singular: Error, CustomStringConvertible {
    let pivot: Int
    var description: String {
      "the examples' correlations are singular (pivot \(pivot)); use a ridge, or another load"
    }
  }

  private let examples: LinearExamples<Double>
  /// The lower triangle of X Xᵀ or XᵀX, whichever is smaller.
  private let gram: Matrix<Double>
  /// y or Xᵀy
  private let target: [Double]

  private var isDual: Bool { examples.count < examples.inputs }

  /// - Complexity: PN min(P, N) operations.
  init(_ examples: LinearExamples<Double>) {
    self.examples = examples
    let (p, n) = (examples.count, examples.inputs)
    let size = min(p, n)
    var gram = Matrix<Double>(rows: size, columns: size)
    if p < n {
      gram.elements.withUnsafeMutableBufferPointer {
        Double.kernels.syrk(p, n, 1, examples.x.pointer, n, 0, $0.baseAddress!, p)
      }
      target = examples.y.elements
    } else {
      var projected = [Double](repeating: 0, count: n)
      gram.elements.withUnsafeMutableBufferPointer {
        Double.kernels.gemm(
          true, false, n, n, p, 1, examples.x.pointer, n, examples.x.pointer, n, 0,
          $0.baseAddress!, n)
      }
      projected.withUnsafeMutableBufferPointer {
        Double.kernels.gemm(
          true, false, n, 1, p, 1, examples.x.pointer, n, examples.y.pointer, 1, 0,
          $0.baseAddress!, 1)
      }
      target = projected
    }
    self.gram = gram
  }

  /// The solution's generalization error.
  ///
  /// - Complexity: min(P, N)³/3 operations.
  func error(ridge: Double) throws(Singular) -> Double {
    precondition(ridge >= 0, "a ridge of \(ridge)")
    let size = gram.rows
    let factor = Buffer(gram.elements)
    Double.kernels.addToDiagonal(size, ridge, factor.pointer, size)
    let pivot = Double.kernels.choleskyFactor(size, factor.pointer, size)
    guard pivot == 0 else { throw Singular(pivot: pivot) }
    let solution = Buffer(target)
    Double.kernels.choleskySolve(size, factor.pointer, size, solution.pointer)
    guard isDual else { return examples.error(of: solution) }
    let weights = Buffer<Double>(count: examples.inputs)
    Double.kernels.gemm(
      true, false, examples.inputs, 1, size, 1, examples.x.pointer, examples.inputs,
      solution.pointer, 1, 0, weights.pointer, 1)
    return examples.error(of: weights)
  }
}
