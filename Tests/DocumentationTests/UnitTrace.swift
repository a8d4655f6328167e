import Intrinsic
import IntrinsicMath

/// The trace reduction: of the matrix of each unit it keeps the mean of the eigenvalues,
/// A^(k) ≈ (tr A^(k)/d_k) Id for d_k incoming parameters, so that
///
///     δθ_k = G_k/(tr A^(k)/d_k + ε)
///
/// A rotation of incoming activities changes neither traces nor lengths, so that a step of the undamped
/// metric does not see it. O(nd) for a sample, beside the modulus.
final class UnitTrace<T: Scalar>: StepRule {
  private let network: Network
  /// Computes the modulus; its own reduction is not used.
  private let source: MetricEstimator<T>
  private let epsilon: T
  /// A_ii of all parameters.
  private let diagonal: Buffer<T>
  private let scratch: Buffer<T>

  init(
    _ modulus: Modulus, damping epsilon: Double, _ network: Network, maximumBatchSize: Int,
    stream: RandomStream
  ) throws(MetricError) {
    self.network = network
    self.epsilon = T(epsilon)
    source = try MetricEstimator(
      .reduced(modulus, .diagonal), damping: .none, network, maximumBatchSize: maximumBatchSize,
      stream: stream)
    diagonal = Buffer(count: network.parameterCount)
    let counts = network.layers.map { $0.connection.scratchCount(columns: maximumBatchSize) }
    scratch = Buffer(count: counts.max()!)
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    let c = source.modulus(at: workspace, parameters)!
    let memory = step.mutablePointer
    for layer in network.layers {
      let start = layer.parameters.lowerBound
      layer.connection.moments(
        c.row(layer.rows.lowerBound), workspace.activities, scale: 1 / T(workspace.batch), keep: 0,
        first: nil, second: diagonal.pointer + start, scratch: scratch.pointer,
        threads: workspace.threads)
      for unit in 0..<layer.unitCount {
        let own = layer.connection.parameters(of: unit)
        let first = start + own.lowerBound
        let mean = T.sum(count: own.count, x: diagonal.pointer + first) / T(own.count) + epsilon
        // A unit that never reacts has no gradient either.
        T.scaleAdd(
          count: own.count, alpha: mean > 0 ? 1 / mean : 0, x: gradient.pointer + first, beta: 0,
          into: memory + first)
      }
    }
  }

  func code(_ coder: CheckpointCoder<T>) {}
}
