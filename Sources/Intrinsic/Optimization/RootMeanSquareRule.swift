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
      T.square(count: part.count, x: g, into: out)
      T.scaleAdd(count: part.count, alpha: add, x: out, beta: keep, into: h)
      T.rootSolve(count: part.count, g: g, a: h, epsilon: epsilon, into: out)
    }
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("squares", &squares) }
}
