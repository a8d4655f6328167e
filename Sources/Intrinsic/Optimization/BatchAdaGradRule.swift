import IntrinsicMath

/// G/(RMS + ε) with RMS² = E[(a_i b̃_k)²] over the batch, which is the diagonal of the outer-product
/// metric (Ollivier 2015, §4).
final class BatchAdaGradRule<T: Scalar>: StepRule {
  private let epsilon: T
  private let pass: ModulusPass<T>
  private let squares: UnitMoments<T>

  init(_ network: Network, epsilon: Double, maximumBatchSize: Int, stream: RandomStream) {
    self.epsilon = T(epsilon)
    pass = ModulusPass(
      .reduce(.empiricalFisher), network, damping: .none, maximumBatchSize: maximumBatchSize,
      stream: stream)
    squares = UnitMoments(network, hasFirst: false)
  }

  var name: String { "batch AdaGrad, ε = \(epsilon)" }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    squares.fade(keep: 0)
    let modulus = pass.reducedModulus(at: workspace, parameters)
    squares.add(modulus: modulus.values, signals: modulus.signals, at: workspace, weight: 1)
    let (g, out) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) {
      T.rootSolve(
        count: $0.count, g: g + $0.lowerBound, a: squares.second.pointer + $0.lowerBound,
        epsilon: epsilon,
        into: out + $0.lowerBound)
    }
  }

  func code(_ coder: CheckpointCoder<T>) {}
}
