import IntrinsicMath

/// Heavy-ball momentum over another rule, v ← β v + δ with the step δ of that rule; δθ = v, or δ + β v
/// with Nesterov's lookahead.
///
/// The velocity is a displacement: over a metric it keeps the invariance of the metric under affine
/// maps of the parameters. Over gradient descent, δ = G, it is the usual method.
public final class MomentumRule<T: Scalar>: StepRule {
  /// β.
  public let beta: T
  /// Whether steps are Nesterov's.
  public let isNesterov: Bool
  private let base: any StepRule<T>
  private var velocity: Displacement<T>

  /// - Parameters:
  ///   - base: whose steps are summed; only this rule may call it.
  ///   - beta: in 0 ..< 1.
  ///   - isNesterov: whether the step looks ahead.
  ///   - network: whose parameters move.
  public init(
    over base: any StepRule<T>, beta: Double, isNesterov: Bool = false, _ network: Network
  ) {
    precondition((0..<1).contains(beta), "a momentum of \(beta); it must be in 0..<1")
    self.base = base
    self.beta = T(beta)
    self.isNesterov = isNesterov
    velocity = Displacement(network)
  }

  public var name: String {
    "\(isNesterov ? "Nesterov" : "heavy-ball") momentum \(beta) over \(base.name)"
  }

  public var isStochastic: Bool { base.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    try base.step(for: gradient, at: workspace, parameters, into: &step)
    let (out, memory) = (step.mutablePointer, velocity.mutablePointer)
    workspace.forEachElement(of: gradient) { part in
      let (v, delta) = (memory + part.lowerBound, out + part.lowerBound)
      T.scaleAdd(count: part.count, alpha: 1, x: delta, beta: beta, into: v)
      if isNesterov {
        T.addScaled(count: part.count, x: delta, alpha: beta, y: v, into: delta)
      } else {
        delta.update(from: v, count: part.count)
      }
    }
  }

  public func code(_ coder: CheckpointCoder<T>) {
    coder.code("velocity", &velocity)
    coder.within("base") { base.code(coder) }
  }
}

/// Momentum of gradients, v ← β v + G; δθ = v, or G + β v with Nesterov's lookahead: what
/// ``MomentumRule`` over gradient descent does, with one pass over memory less.
///
/// The velocity is a sum of gradients, a covector.
final class GradientMomentumRule<T: Scalar>: StepRule {
  private let beta: T
  private let lookahead: Bool
  private var velocity: Gradient<T>

  init(_ count: Int, beta: Double, lookahead: Bool) {
    precondition((0..<1).contains(beta), "a momentum of \(beta); it must be in 0..<1")
    self.beta = T(beta)
    self.lookahead = lookahead
    velocity = Gradient(count: count)
  }

  var name: String { "\(lookahead ? "Nesterov" : "heavy-ball") momentum \(beta)" }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    let (g, sum, memory) = (gradient.pointer, velocity.mutablePointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) { part in
      let (v, out) = (sum + part.lowerBound, memory + part.lowerBound)
      T.scaleAdd(count: part.count, alpha: 1, x: g + part.lowerBound, beta: beta, into: v)
      if lookahead {
        T.addScaled(count: part.count, x: g + part.lowerBound, alpha: beta, y: v, into: out)
      } else {
        out.update(from: v, count: part.count)
      }
    }
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("velocity", &velocity) }
}
