import IntrinsicMath

/// Adam: moving averages m of G and v of G², δθ = m̂/(√v̂ + ε) with bias correction.
final class AdamRule<T: Scalar>: StepRule {
  private let (beta1, beta2, epsilon): (Double, Double, T)
  private var mean: Gradient<T>
  private var square: GradientSquares<T>
  private var (power1, power2) = (1.0, 1.0)
  private var steps = 0

  init(_ count: Int, beta1: Double, beta2: Double, epsilon: Double) {
    precondition(
      (0..<1).contains(beta1) && (0..<1).contains(beta2),
      "Adam with β1 = \(beta1), β2 = \(beta2); both must be in 0..<1")
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, T(epsilon))
    mean = Gradient(count: count)
    square = GradientSquares(count: count)
  }

  var name: String { "Adam, β1 = \(beta1), β2 = \(beta2), ε = \(epsilon)" }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    steps += 1
    power1 *= beta1
    power2 *= beta2
    let (c1, c2) = (T(1 / (1 - power1)), T(1 / (1 - power2)))
    let (g, out) = (gradient.pointer, step.mutablePointer)
    let (m, v) = (mean.mutablePointer, square.mutablePointer)
    workspace.forEachElement(of: gradient) {
      let first = $0.lowerBound
      T.adam(
        count: $0.count, g: g + first, beta1: T(beta1), beta2: T(beta2), c1: c1, c2: c2,
        epsilon: epsilon, m: m + first, v: v + first, into: out + first)
    }
  }

  func code(_ coder: CheckpointCoder<T>) {
    coder.code("mean", &mean)
    coder.code("square", &square)
    coder.code("steps", &steps)
    coder.code("power1", &power1)
    coder.code("power2", &power2)
  }
}
