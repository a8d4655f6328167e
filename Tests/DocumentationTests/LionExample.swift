import Intrinsic

/// Lion (Chen et al. 2023): δθ is the sign of an average of gradients.
final class Lion<T: Scalar>: StepRule {
  private var average: Gradient<T>

  init(_ network: Network) { average = Gradient(network) }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    for i in 0..<gradient.count {
      let mixed = 0.9 * average[i] + 0.1 * gradient[i]
      step[i] = mixed > 0 ? 1 : mixed < 0 ? -1 : 0
      average[i] = 0.99 * average[i] + 0.01 * gradient[i]
    }
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("average", &average) }
}

/// Lion with decoupled weight decay, on gradients of a norm of at most 1.
func lionRule(_ network: Network) -> any StepRule<Float> {
  ClippingRule(
    WeightDecayRule(after: Lion<Float>(network), rate: 0.1), to: .gradientNorm(1), network)
}

/// Momentum over the natural gradient of each unit, its steps bounded in the metric.
func unitwiseMomentumRule(_ network: Network, batch: Int) throws -> any StepRule<Float> {
  let metric = try MetricRule<Float>(
    .unitwiseNaturalGradient, damping: .additive(0.01), network, maximumBatchSize: batch,
    stream: RandomStream(seed: 2))
  return MomentumRule(
    over: ClippingRule(metric, to: .length(0.5), network), beta: 0.9, network)
}
