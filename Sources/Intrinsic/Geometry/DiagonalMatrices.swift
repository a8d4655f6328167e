import IntrinsicMath

/// The diagonal reduction: A_ii = E[a_i² c_k] for each parameter, the bias with a_0 = 1.
final class DiagonalMatrices<T: Scalar>: MomentMatrices {
  private let network: Network
  let noise: KurtosisDamping<T>?
  let moments: UnitMoments<T>
  private let threads: Int

  /// - Parameters:
  ///   - kurtosis: λ of the damping of that name, 0 for none.
  ///   - threads: of solves.
  init(_ network: Network, kurtosis: Double = 0, threads: Int) {
    self.threads = threads
    self.network = network
    noise = kurtosis > 0 ? KurtosisDamping(network, strength: kurtosis) : nil
    moments = UnitMoments(network, hasFirst: false)
  }

  /// δw_i = G_i/(A_ii + ε), and 0 where both vanish (a unit that never reacts).
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let (memory, g) = (step.mutablePointer, gradient.pointer)
    Parallel.forEachPart(ofElements: gradient.count, threads: threads) {
      let (first, count) = ($0.lowerBound, $0.count)
      T.diagonalSolve(
        count: count, g: g + first, a: moments.second.pointer + first, factor: moments.factor,
        epsilon: epsilon, into: memory + first)
      guard let noise else { return }
      T.multiply(
        count: count, x: memory + first, y: noise.factors.pointer + first, into: memory + first)
    }
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    for (i, parameter) in network.parameters(layer: layer, unit: unit).enumerated() {
      moments.set(parameter, diagonal: matrix[i, i], biasRow: 0)
    }
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let range = network.parameters(layer: layer, unit: unit)
    var result = Matrix<T>(rows: range.count, columns: range.count)
    for (i, parameter) in range.enumerated() { result[i, i] = moments.diagonal(parameter) }
    return result
  }
}
