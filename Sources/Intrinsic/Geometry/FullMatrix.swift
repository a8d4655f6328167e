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
  private let work: Buffer<T>
  private let vector: Buffer<T>
  private let residual: Buffer<T>
  /// The number of columns of U.
  private var columns = 0

  init(
    _ source: SignalSource, _ network: Network, capacity: Int, stream: RandomStream
  ) throws(MetricError) {
    self.network = network
    let count = network.parameterCount
    let perSample =
      switch source {
      case .fisher: network.outputCount
      case .monteCarlo(let samples): samples
      case .outerProduct: 1
      }
    let (columns, smaller) = (perSample * capacity, min(count, perSample * capacity))
    let bytes = Double(count * columns + smaller * smaller) * Double(MemoryLayout<T>.stride)
    if bytes > 8e9 {
      throw .tooLarge(parameters: count, columns: columns, gigabytes: (bytes / 1e9).rounded())
    }
    signals = SignalPass(source, network, capacity: capacity, stream: stream, all: true)
    u = Buffer(count: count * columns)
    work = Buffer(count: smaller * smaller)
    vector = Buffer(count: columns)
    residual = Buffer(count: 2 * count)
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
    let isDual = columns < count && epsilon > 0
    let size = isDual ? columns : count
    guard work.count >= size * size else {
      throw .fullMatrixNotPositiveDefinite(pivot: columns, size: count, damping: Double(epsilon))
    }
    if isDual {
      T.kernels.gemm(
        true, false, columns, columns, count, 1, u.pointer, columns, u.pointer, columns, 0,
        work.pointer, columns)
    } else {
      T.kernels.syrk(count, columns, 1, u.pointer, columns, 0, work.pointer, count)
    }
    T.kernels.addToDiagonal(size, epsilon, work.pointer, size)
    let failure = T.kernels.choleskyFactor(size, work.pointer, size)
    if failure != 0 {
      throw .fullMatrixNotPositiveDefinite(
        pivot: failure - 1, size: size, damping: Double(epsilon))
    }
    let out = step.mutablePointer
    if isDual {
      applyDual(gradient.pointer, epsilon, into: out)
      refine(gradient.pointer, epsilon, out)
    } else {
      out.update(from: gradient.pointer, count: count)
      T.kernels.choleskySolve(count, work.pointer, count, out)
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

  /// out = (g − U (ε Id + UᵀU)⁻¹ Uᵀ g)/ε.
  private func applyDual(
    _ g: UnsafePointer<T>, _ epsilon: T, into out: UnsafeMutablePointer<T>
  ) {
    let (count, z) = (network.parameterCount, vector.pointer)
    T.kernels.gemm(false, false, 1, columns, count, 1, g, count, u.pointer, columns, 0, z, columns)
    T.kernels.choleskySolve(columns, work.pointer, columns, z)
    T.kernels.gemm(
      false, true, 1, count, columns, -1 / epsilon, z, columns, u.pointer, columns, 0, out, count)
    T.kernels.addScaled(count, out, 1 / epsilon, g, out)
  }

  /// One step of iterative refinement against the cancellation that a small ε brings.
  private func refine(_ g: UnsafePointer<T>, _ epsilon: T, _ out: UnsafeMutablePointer<T>) {
    let (count, z) = (network.parameterCount, vector.pointer)
    let (rest, correction) = (residual.pointer, residual.pointer + count)
    T.kernels.gemm(
      false, false, 1, columns, count, 1, out, count, u.pointer, columns, 0, z, columns)
    T.kernels.addScaled(count, g, -epsilon, out, rest)
    T.kernels.gemm(
      false, true, 1, count, columns, -1, z, columns, u.pointer, columns, 1, rest, count)
    applyDual(rest, epsilon, into: correction)
    T.kernels.addScaled(count, out, 1, correction, out)
  }
}
