import IntrinsicMath

/// The diagonal reduction: A_ii = E[a_i² c_k] for each parameter, the bias with a_0 = 1.
final class DiagonalMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  /// A_ii for each parameter.
  let diagonal: Buffer<T>

  init(_ network: Network) {
    self.network = network
    diagonal = Buffer(count: network.parameterCount)
  }

  func estimate(modulus c: Rows<T>, at workspace: Workspace<T>) {
    for layer in network.layers {
      layer.connection.moments(
        c.row(layer.rows.lowerBound), workspace.activities, scale: 1 / T(workspace.batch),
        first: nil, second: diagonal.pointer + layer.parameters.lowerBound,
        scratch: workspace.scratch.pointer, threads: workspace.threads)
    }
  }

  /// δw_i = G_i/(A_ii + ε), and 0 where both vanish (a unit that never reacts).
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    T.kernels.diagonalSolve(
      gradient.count, gradient.pointer, diagonal.pointer, epsilon, step.mutablePointer)
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let range = network.parameters(layer: layer, unit: unit)
    var result = Matrix<T>(rows: range.count, columns: range.count)
    for (i, parameter) in range.enumerated() { result[i, i] = diagonal[parameter] }
    return result
  }
}
