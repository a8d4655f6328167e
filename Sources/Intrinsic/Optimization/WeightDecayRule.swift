import IntrinsicMath

/// Decoupled weight decay after another rule, δθ = δ − λ θ (Loshchilov and Hutter 2019), so that with
/// step size η parameters shrink by the factor 1 − ηλ at each step. Over Adam it is AdamW.
///
/// All parameters decay, biases included. It is a force towards zero in these coordinates: no
/// reparametrization but by orders and signs preserves it.
public final class WeightDecayRule<T: Scalar>: StepRule {
  /// λ.
  public let rate: T
  private let base: any StepRule<T>

  /// - Parameters:
  ///   - base: whose steps are taken beside the decay; only this rule may call it.
  ///   - rate: λ ≥ 0.
  public init(after base: any StepRule<T>, rate: Double) {
    precondition(rate >= 0 && rate.isFinite, "a weight decay of \(rate); it must be ≥ 0")
    self.base = base
    self.rate = T(rate)
  }

  public var name: String { "\(base.name), weight decay \(rate)" }

  public var isStochastic: Bool { base.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    try base.step(for: gradient, at: workspace, parameters, into: &step)
    let (theta, out) = (parameters.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) {
      let delta = out + $0.lowerBound
      T.addScaled(count: $0.count, x: delta, alpha: -rate, y: theta + $0.lowerBound, into: delta)
    }
  }

  public func code(_ coder: CheckpointCoder<T>) { coder.within("base") { base.code(coder) } }
}
