import IntrinsicMath

/// Gradient descent in the Euclidean metric of the parametrization: δθ = G.
public final class EuclideanRule<T: Scalar>: StepRule {
  public init() {}

  public var name: String { "gradient descent" }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    let (g, out) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) {
      (out + $0.lowerBound).update(from: g + $0.lowerBound, count: $0.count)
    }
  }

  public func code(_ coder: CheckpointCoder<T>) {}
}
