import IntrinsicMath

/// Gradient descent in the Euclidean metric of the parametrization: δθ = G.
final class EuclideanRule<T: Scalar>: StatefulRule {
  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    let (g, out) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) {
      (out + $0.lowerBound).update(from: g + $0.lowerBound, count: $0.count)
    }
  }
}

extension Workspace {
  /// Calls `body` on parts of the elements at once, if there are enough of them.
  fileprivate func forEachElement(of gradient: Gradient<T>, _ body: (Range<Int>) -> Void) {
    Parallel.forEachPart(ofElements: gradient.count, threads: threads, body)
  }
}

/// v ← β v + G; δθ = v, or G + β v with Nesterov's lookahead.
final class MomentumRule<T: Scalar>: StatefulRule {
  private let beta: T
  private let lookahead: Bool
  private let velocity: Buffer<T>

  init(_ count: Int, beta: Double, lookahead: Bool) {
    precondition((0..<1).contains(beta), "a momentum of \(beta); it must be in 0..<1")
    self.beta = T(beta)
    self.lookahead = lookahead
    velocity = Buffer(count: count)
  }

  func carry(_ archive: StateArchive<T>) { archive.carry("velocity", velocity) }

  var state: OptimizerState<T> {
    get { .velocity(Gradient(velocity.elements)) }
    set {
      guard case .velocity(let v) = newValue else {
        preconditionFailure("the state of another method")
      }
      velocity.copy(from: v.storage)
    }
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    let (g, memory) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) { part in
      let (v, out) = (velocity.pointer + part.lowerBound, memory + part.lowerBound)
      T.kernels.scaleAdd(part.count, 1, g + part.lowerBound, beta, v)
      if lookahead {
        T.kernels.addScaled(part.count, g + part.lowerBound, beta, v, out)
      } else {
        out.update(from: v, count: part.count)
      }
    }
  }
}

/// G/(RMS + ε) with RMS² = E[(a_i b̃_k)²] over the batch, which is the diagonal of the outer-product
/// metric (Ollivier 2015, §4).
final class BatchAdaGradRule<T: Scalar>: StatefulRule {
  private let epsilon: T
  private let pass: ModulusPass<T>
  private let squares: UnitMoments<T>

  init(_ network: Network, epsilon: Double, capacity: Int, stream: RandomStream) {
    self.epsilon = T(epsilon)
    pass = ModulusPass(
      .sampleSums(.outerProduct), network, damping: .none, capacity: capacity, stream: stream)
    squares = UnitMoments(network, hasFirst: false)
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    squares.fade(keep: 0)
    let c = pass.modulus(at: workspace, parameters)
    squares.add(modulus: c, signals: pass.sampleSignals, at: workspace, weight: 1)
    let (g, out) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) {
      T.kernels.rootSolve(
        $0.count, g + $0.lowerBound, squares.second.pointer + $0.lowerBound, epsilon,
        out + $0.lowerBound)
    }
  }
}

/// h ← keep · h + add · G², δθ = G/(√h + ε): AdaGrad and RMSProp.
final class RootMeanSquareRule<T: Scalar>: StatefulRule {
  private let keep: T
  private let add: T
  private let epsilon: T
  private let squares: Buffer<T>

  init(_ count: Int, keep: Double, add: Double, epsilon: Double) {
    self.keep = T(keep)
    self.add = T(add)
    self.epsilon = T(epsilon)
    squares = Buffer(count: count)
  }

  func carry(_ archive: StateArchive<T>) { archive.carry("squares", squares) }

  var state: OptimizerState<T> {
    get { .squares(squares.elements) }
    set {
      guard case .squares(let values) = newValue else {
        preconditionFailure("the state of another method")
      }
      squares.copy(from: Buffer(values))
    }
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    let (gradients, memory) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) { part in
      let (g, out) = (gradients + part.lowerBound, memory + part.lowerBound)
      let h = squares.pointer + part.lowerBound
      T.kernels.square(part.count, g, out)
      T.kernels.scaleAdd(part.count, add, out, keep, h)
      T.kernels.rootSolve(part.count, g, h, epsilon, out)
    }
  }
}

/// Adam: moving averages m of G and v of G², δθ = m̂/(√v̂ + ε) with bias correction.
final class AdamRule<T: Scalar>: StatefulRule {
  private let (beta1, beta2, epsilon): (Double, Double, T)
  private let mean: Buffer<T>
  private let square: Buffer<T>
  private var (power1, power2) = (1.0, 1.0)
  private var steps = 0

  init(_ count: Int, beta1: Double, beta2: Double, epsilon: Double) {
    precondition(
      (0..<1).contains(beta1) && (0..<1).contains(beta2),
      "Adam with β1 = \(beta1), β2 = \(beta2); both must be in 0..<1")
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, T(epsilon))
    mean = Buffer(count: count)
    square = Buffer(count: count)
  }

  func carry(_ archive: StateArchive<T>) {
    archive.carry("mean", mean)
    archive.carry("square", square)
    archive.carry("steps", &steps)
    archive.carry("power1", &power1)
    archive.carry("power2", &power2)
  }

  var state: OptimizerState<T> {
    get { .adam(mean: Gradient(mean.elements), squares: square.elements, steps: steps) }
    set {
      guard case .adam(let m, let v, let count) = newValue else {
        preconditionFailure("the state of another method")
      }
      mean.copy(from: m.storage)
      square.copy(from: Buffer(v))
      steps = count
      (power1, power2) = (1, 1)
      for _ in 0..<count { (power1, power2) = (power1 * beta1, power2 * beta2) }
    }
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) {
    steps += 1
    power1 *= beta1
    power2 *= beta2
    let (c1, c2) = (T(1 / (1 - power1)), T(1 / (1 - power2)))
    let (g, out) = (gradient.pointer, step.mutablePointer)
    workspace.forEachElement(of: gradient) {
      let first = $0.lowerBound
      T.kernels.adam(
        $0.count, g + first, T(beta1), T(beta2), c1, c2, epsilon, mean.pointer + first,
        square.pointer + first, out + first)
    }
  }
}
