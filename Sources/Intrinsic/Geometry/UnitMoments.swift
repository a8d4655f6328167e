import IntrinsicMath

/// Moving averages of A_ii = E[a_i² c_k] and, if wanted, A_0i = E[a_i c_k] for each parameter.
///
/// They are held up to a common factor, A = factor · stored, so that an average fades by changing one
/// number, and a new estimate is a product that adds to memory: one pass over it, not two.
final class UnitMoments<T: Scalar> {
  /// What the stored values are to be multiplied by.
  private(set) var factor: T = 1
  /// E[a_i c_k], with factor 1/`factor`.
  let first: Buffer<T>?
  /// E[a_i² c_k], with factor 1/`factor`; A_00 in the place of the bias.
  let second: Buffer<T>
  private let network: Network
  /// Below it the stored values are multiplied by the factor: far from the range of the type, and
  /// seldom.
  private static var leastFactor: T { 1e-6 }

  init(_ network: Network, hasFirst: Bool) {
    self.network = network
    first = hasFirst ? Buffer(count: network.parameterCount) : nil
    second = Buffer(count: network.parameterCount)
  }

  /// A ← (1 − keep) A(x) + keep · A, with A(x) the mean over the batch.
  func estimate(modulus c: Rows<T>, at workspace: Workspace<T>, keep: T) {
    factor = keep == 0 ? 1 : factor * keep
    if factor < Self.leastFactor { normalize() }
    for layer in network.layers {
      let start = layer.parameters.lowerBound
      layer.connection.moments(
        c.row(layer.rows.lowerBound), workspace.activities,
        scale: (1 - keep) / (factor * T(workspace.batch)), keep: keep == 0 ? 0 : 1,
        first: first.map { $0.pointer + start }, second: second.pointer + start,
        scratch: workspace.scratch.pointer, threads: workspace.threads)
    }
  }

  /// A_ii ← A_ii + ε.
  func addToDiagonal(_ epsilon: T) {
    T.kernels.addConstant(second.count, epsilon / factor, second.pointer)
  }

  /// A_ii of one parameter.
  func diagonal(_ parameter: Int) -> T { factor * second[parameter] }

  /// A_0i of one parameter.
  func biasRow(_ parameter: Int) -> T { factor * first![parameter] }

  /// Puts moments in the place of the averages.
  func set(_ parameter: Int, diagonal: T, biasRow: T) {
    second[parameter] = diagonal / factor
    first?[parameter] = biasRow / factor
  }

  private func normalize() {
    for values in [first, second] {
      guard let values else { continue }
      T.kernels.scaleAdd(values.count, factor, values.pointer, 0, values.pointer)
    }
    factor = 1
  }
}
