/// How a gradient becomes a step, without the step size.
public enum Method: Hashable, Sendable, Codable {
  /// δθ = G: the metric of the parametrization, which no reparametrization preserves.
  case gradientDescent
  /// v ← β v + G, δθ = v.
  case momentum(Double)
  /// v ← β v + G, δθ = G + β v.
  case nesterov(Double)
  /// G/(RMS + ε), RMS the root mean square of the gradient component over the samples of the
  /// batch: AdaGrad as Ollivier 2015, §4 has it.
  case batchAdaGrad(epsilon: Double)
  /// h ← h + G², δθ = G/(√h + ε) (Duchi, Hazan and Singer 2011).
  case adaGrad(epsilon: Double)
  /// h ← ρ h + (1−ρ) G², δθ = G/(√h + ε).
  case rmsProp(decay: Double, epsilon: Double)
  /// Kingma and Ba 2015, with bias correction.
  case adam(beta1: Double, beta2: Double, epsilon: Double)
  /// δθ = (A + damping)⁻¹ G with a metric A that evolves over training.
  case metric(Metric, Damping, Evolution = .memoryless)

  /// Adam with the constants of its authors.
  public static let adam = adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)

  /// Whether the same parameters and data give another step each time.
  public var isStochastic: Bool {
    if case .metric(let metric, _, _) = self { metric.isStochastic } else { false }
  }
}
