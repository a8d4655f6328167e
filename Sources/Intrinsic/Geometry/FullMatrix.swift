import IntrinsicMath

/// The metric over all parameters at once: A = U Uᵀ, where the columns of U are the gradients
/// ã_i s_k^q(x)/√B of every sample x and signal column q (Ollivier 2015, 101–104).
///
/// Solved in the space of parameters (P³) or of columns (the Woodbury identity), whichever is
/// smaller.
final class FullMatrix<T: Scalar> {
  private let network: Network
  private let signals: SignalPass<T>
  private let u: Buffer<T>
  /// One or the other, by the smaller space.
  private let work: Buffer<T>?
  private let solver: SampleSpaceSolver<T>?
  /// The number of columns of U.
  private var columns = 0

  init(
    _ source: SignalSource, _ network: Network, damping: Damping, capacity: Int,
    stream: RandomStream
  ) throws(MetricError) {
    self.network = network
    let count = network.parameterCount
    let columns = source.columnCount(network) * capacity
    // Without damping the matrix over fewer columns than parameters is singular anyway.
    let isDual = columns < count && damping.epsilon > 0
    let square = isDual ? 2 * columns * columns : count * count
    let bytes = Double(count * columns + square) * Double(MemoryLayout<T>.stride)
    if bytes > 8e9 {
      throw .tooLarge(parameters: count, columns: columns, gigabytes: (bytes / 1e9).rounded())
    }
    signals = SignalPass(source, network, capacity: capacity, stream: stream, all: true)
    u = Buffer(count: count * columns)
    work = isDual ? nil : Buffer(count: count * count)
    solver = isDual ? SampleSpaceSolver(rows: count, columns: columns) : nil
  }

  func estimate(at workspace: Workspace<T>, _ parameters: Parameters<T>) {
    let rows = signals.allSignals(at: workspace, parameters)
    columns = rows.columns
    for layer in network.layers {
      layer.connection.perSampleOuter(
        rows.row(layer.rows.lowerBound), workspace.activities, repeats: signals.columnCount,
        scale: 1 / T(workspace.batch).squareRoot(),
        into: u.pointer + layer.parameters.lowerBound * columns)
    }
  }

  /// δθ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let count = network.parameterCount
    let out = step.mutablePointer
    if let solver {
      solver.load(u.pointer, rows: count, columns: columns)
      try check(solver.factor(scale: nil, columns: columns, epsilon: epsilon), columns, epsilon)
      solver.solve(
        u.pointer, scale: nil, rows: count, columns: columns, epsilon: epsilon, gradient.pointer,
        into: out)
    } else {
      let matrix = work!.pointer
      T.kernels.syrk(count, columns, 1, u.pointer, columns, 0, matrix, count)
      T.kernels.addToDiagonal(count, epsilon, matrix, count)
      try check(T.kernels.choleskyFactor(count, matrix, count), count, epsilon)
      out.update(from: gradient.pointer, count: count)
      T.kernels.choleskySolve(count, matrix, count, out)
    }
  }

  private func check(_ failure: Int, _ size: Int, _ epsilon: T) throws(MetricError) {
    if failure != 0 {
      throw .fullMatrixNotPositiveDefinite(
        pivot: failure - 1, size: size, damping: Double(epsilon))
    }
  }

  /// The whole matrix, parameters × parameters, without damping.
  func matrix() -> Matrix<T> {
    let count = network.parameterCount
    var result = Matrix<T>(rows: count, columns: count)
    result.elements.withUnsafeMutableBufferPointer {
      T.kernels.gemm(
        false, true, count, count, columns, 1, u.pointer, columns, u.pointer, columns, 0,
        $0.baseAddress!, count)
    }
    return result
  }
}
