/// Online learning of a teacher perceptron by a student in the limit of many inputs N: the ordinary
/// differential equations of Luo et al. 2019, (6) and C.4, in the time t = steps/N.
///
/// Batch normalization is represented as there, by weight normalization with gamma decay ζ:
///
///     dγ/dt = η (I₁/γ − ζγ)
///     dR/dt = η (γ/L²) I₃ − η (R/L²) I₁ − η² (γ²R/(2L⁴)) I₂
///     dL/dt = η² (γ²/(2L³)) I₂
///
/// Gradient descent has the norm L as its scale γ:
///
///     dR/dt = η (I₃ − R I₁/L)/L − η² (R/(2L²)) I₂
///     dL/dt = η I₁/L + η² I₂/(2L)
public struct LearningDynamics: Sendable {
  /// What the student trains.
  public enum Method: Equatable, Sendable {
    /// Direction and scale of its weights, with the penalty ζγ² on the scale, ζ ≥ 0.
    case batchNormalization(decay: Double)
    /// Direction and scale of its weights.
    case weightNormalization
    /// Its weights.
    case gradientDescent

    /// ζ
    public var decay: Double {
      if case .batchNormalization(let decay) = self { decay } else { 0 }
    }
  }

  public let method: Method
  public let activation: PerceptronActivation
  /// η
  public let rate: Double

  /// - Throws: if the rate is not positive, or the decay negative.
  public init(
    _ method: Method, _ activation: PerceptronActivation, rate: Double
  ) throws(TheoryError) {
    try TheoryError.check(
      rate > 0 && rate.isFinite, "the learning rate", rate, "it must be positive")
    try TheoryError.check(
      method.decay >= 0 && method.decay.isFinite, "the gamma decay", method.decay,
      "a penalty must not be negative")
    self.method = method
    self.activation = activation
    self.rate = rate
  }

  /// The time derivatives of the order parameters.
  ///
  /// - Throws: where they are out of range: γ ≤ 0, L ≤ 0 or |R| > 1.
  public func derivative(at state: OrderParameters) throws(TheoryError) -> OrderParameters {
    let (overlap, length) = (state.overlap, state.length)
    try TheoryError.check(
      length > 0 && length.isFinite, "the length of the weights", length, "it must be positive")
    let gamma = method == .gradientDescent ? length : state.gamma
    let means = try PerceptronIntegrals(activation, scale: gamma, overlap: overlap)
    let square = length * length
    // γ/L² for normalized weights is 1/L for plain ones: the gradient's share in the direction.
    let gain = method == .gradientDescent ? 1 / length : gamma / square
    let spread = rate * rate * gain * gain / 2 * means.squared
    let turn =
      rate * (gain * means.teacher - overlap / square * means.student) - overlap * spread
    let stretch = length * spread
    if method == .gradientDescent {
      let growth = rate * means.student / length + stretch
      return OrderParameters(gamma: growth, overlap: turn, length: growth)
    }
    return OrderParameters(
      gamma: rate * (means.student / gamma - method.decay * gamma), overlap: turn,
      length: stretch)
  }

  /// The order parameters from a state on, to within `tolerance` in each step.
  ///
  /// - Throws: if the state is out of range, or the solution diverges before the end.
  public func solution(
    from state: OrderParameters, until end: Double, tolerance: Double = 1e-9
  ) throws(TheoryError) -> LearningCurve {
    var start = state
    if method == .gradientDescent { start.gamma = start.length }
    _ = try derivative(at: start)
    let solver = DormandPrince<SIMD3<Double>>(relative: tolerance, absolute: tolerance) {
      (_, values) throws(TheoryError) in
      // A trial step may leave the range: a cosine beyond 1 by its error, which is the boundary's
      // slope there; anything else far enough that the step must be smaller.
      var state = OrderParameters(values)
      guard state.gamma > 0, state.length > 0, abs(state.overlap) < 1.5,
        state.gamma.isFinite, state.length.isFinite
      else { return SIMD3(repeating: .nan) }
      state.overlap = min(1, max(-1, state.overlap))
      return try self.derivative(at: state).values
    }
    return LearningCurve(solution: try solver.solve(from: start.values, until: end))
  }

  /// The order parameters over time.
  public struct LearningCurve {
    let solution: DormandPrince<SIMD3<Double>>.Solution

    /// The ends of the steps that the solver took.
    public var times: [Double] { solution.times }
    public var last: OrderParameters { OrderParameters(solution.last) }

    /// The state at a time from 0 to the end.
    public func callAsFunction(_ time: Double) -> OrderParameters {
      OrderParameters(solution(time))
    }
  }
}
