import IntrinsicMath

/// h ← keep · h + add · G², δθ = G/(√h + ε): AdaGrad and RMSProp.
final class RootMeanSquareRule<T: Scalar>: StepRule {
  private let keep: T
  private let add: T
  private let epsilon: T
  private var squares: GradientSquares<T>

  init(_ count: Int, keep: Double, add: Double, epsilon: Double) {
    self.keep = T(keep)
    self.add = T(add)
    self.epsilon = T(epsilon)
    squares = GradientSquares(count: count)
  }

  var name: String {
    (keep == 1 ? "AdaGrad" : "RMSProp, decay \(keep)") + ", ε = \(epsilon)"
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    let (gradients, memory) = (gradient.pointer, step.mutablePointer)
    let averages = squares.mutablePointer
    workspace.forEachElement(of: gradient) { part in
      let (g, out) = (gradients + part.lowerBound, memory + part.lowerBound)
      let h = averages + part.lowerBound
      T.kernels.square(part.count, g, out)
      T.kernels.scaleAdd(part.count, add, out, keep, h)
      T.kernels.rootSolve(part.count, g, h, epsilon, out)
    }
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("squares", &squares) }
}
