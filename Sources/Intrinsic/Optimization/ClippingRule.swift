import IntrinsicMath

/// Bounds another rule: its gradient in the norm of the parametrization, or its step in its metric.
public final class ClippingRule<T: Scalar>: StepRule {
  /// What is bounded.
  public enum Bound: Hashable, Sendable, Codable {
    /// The global norm of the gradient, ‖G‖ ≤ c, before the rule sees it (Pascanu et al. 2013).
    case gradientNorm(Double)
    /// The length √(G·δ) ≤ c of the step. Where δ = A⁻¹G that is √(δᵀAδ), its length in the metric A
    /// of the rule with its damping, and as invariant as the rule; for gradient descent it is ‖δ‖.
    case length(Double)

    var value: Double {
      switch self {
      case .gradientNorm(let bound), .length(let bound): bound
      }
    }
  }

  /// What is bounded.
  public let bound: Bound
  /// Steps so far that were made shorter.
  public private(set) var clipped = 0
  private let base: any StepRule<T>
  private var shortened: Gradient<T>

  /// - Parameters:
  ///   - base: the rule whose steps are taken; only this rule may call it.
  ///   - bound: what is bounded, by c > 0.
  ///   - network: whose parameters move.
  public init(_ base: any StepRule<T>, to bound: Bound, _ network: Network) {
    precondition(bound.value > 0, "a bound of \(bound.value); it must be above 0")
    self.base = base
    self.bound = bound
    if case .gradientNorm = bound {
      shortened = Gradient(network)
    } else {
      shortened = Gradient(count: 0)
    }
  }

  public var name: String {
    switch bound {
    case .gradientNorm(let bound): "\(base.name), gradients clipped to norm \(bound)"
    case .length(let bound): "\(base.name), steps clipped to length \(bound)"
    }
  }

  public var isStochastic: Bool { base.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    let count = gradient.count
    switch bound {
    case .gradientNorm(let bound):
      let norm = T.dot(count: count, x: gradient.pointer, y: gradient.pointer).squareRoot()
      guard norm > T(bound) else {
        return try base.step(for: gradient, at: workspace, parameters, into: &step)
      }
      clipped += 1
      T.scaleAdd(
        count: count, alpha: T(bound) / norm, x: gradient.pointer, beta: 0,
        into: shortened.mutablePointer)
      try base.step(for: shortened, at: workspace, parameters, into: &step)
    case .length(let bound):
      try base.step(for: gradient, at: workspace, parameters, into: &step)
      let length = max(gradient(step), 0).squareRoot()
      guard length > T(bound) else { return }
      clipped += 1
      let out = step.mutablePointer
      T.scaleAdd(count: count, alpha: 0, x: gradient.pointer, beta: T(bound) / length, into: out)
    }
  }

  public func code(_ coder: CheckpointCoder<T>) {
    coder.code("clipped", &clipped)
    coder.within("base") { base.code(coder) }
  }
}
