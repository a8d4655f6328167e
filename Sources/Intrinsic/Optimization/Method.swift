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

  /// The quasi-diagonal backpropagated metric with settings that train networks with some hundred
  /// units a layer untuned, on mini-batches of about 100 samples: ``quasiDiagonalStepSize``,
  /// whatever the scale of the inputs and the activation function. The settings keep the invariance
  /// of the metric.
  ///
  /// Chosen on MNIST from raw pixels, 784-500-500-10: 97.6 % of the test set after two epochs with
  /// ReLU, 97.6 % with tanh and 97.7 % with sigmoid units, and 97.8 % with every pixel rescaled
  /// over four orders of magnitude. Step sizes from 0.003 to 0.005, λ from 3 to 30 and discounts
  /// from 0.05 to 0.1 do as well; with less output damping (0.3), or η = 0.01, training is
  /// unsteady. The metric must see the whole batch: from a quarter of it training diverges.
  public static let quasiDiagonal = metric(
    .quasiDiagonalBackpropagatedMetric, Damping(outputMetric: 1, samplingNoise: 10),
    Evolution(discount: 0.05))

  /// The step size that goes with ``quasiDiagonal``.
  public static let quasiDiagonalStepSize = StepSize.constant(0.003)

  /// Whether the same parameters and data give another step each time.
  public var isStochastic: Bool {
    if case .metric(let metric, _, _) = self { metric.isStochastic } else { false }
  }
}
