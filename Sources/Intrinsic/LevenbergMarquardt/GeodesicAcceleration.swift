import IntrinsicMath

/// δ + ½ δ₂ with (A + λ D) δ₂ = −J r″, r″ = ∂²r/∂δ² along δ (Transtrum, Machta and Sethna 2011): exact to second order
/// however the model is parametrized.
enum GeodesicAcceleration {
  /// h of second differences, of residuals at θ ± hδ.
  static let difference = 0.1
  /// √(δ₂ᵀDδ₂/δᵀDδ) above which a trial is rejected.
  static let greatestRatio = 0.75
}

extension DampedMatrix {
  /// Adds ½ δ₂ to the step that has just been solved for.
  ///
  /// - Parameter square: δᵀDδ.
  /// - Returns: whether δ₂ is small enough for the step to be tried.
  func accelerate(
    _ step: inout Displacement<T>, square: T, residuals: [T]?, covector: Gradient<T>
  ) -> Bool {
    let second = solveAgain(covector, residuals: residuals)
    let bound = T(GeodesicAcceleration.greatestRatio * GeodesicAcceleration.greatestRatio)
    guard scaledSquare(second) <= bound * square else { return false }
    T.addScaled(
      count: step.count, x: step.pointer, alpha: 0.5, y: second.pointer, into: step.mutablePointer)
    return true
  }
}

extension LevenbergMarquardtSettings {
  /// Whether the loss is ½ mean ‖r‖² with A = E[∂r ∂rᵀ], for which steps are accelerated.
  func isLeastSquares<T: Scalar>(_ network: Network, _ samples: Samples<T>) -> Bool {
    network.output == .square && samples.weights == nil && metric.isFisher
  }
}

extension Workspace {
  /// −J r″ along a step, for the square loss of the samples that are loaded; passes are at θ after it.
  func curvature(along step: Displacement<T>, at parameters: Parameters<T>) -> Gradient<T> {
    let first = network.outputRows.lowerBound
    let count = network.outputCount * batch
    let second = Buffer<T>(count: count)
    let h = GeodesicAcceleration.difference
    var moved = Parameters<T>(network)
    for side in [h, -h] {
      moved.set(parameters, plus: T(side), times: step)
      forward(moved)
      T.addScaled(
        count: count, x: second.pointer, alpha: -1, y: activities.row(first), into: second.pointer)
    }
    forward(parameters)
    setOutputSignals { b in
      T.addScaled(count: count, x: second.pointer, alpha: 2, y: activities.row(first), into: b)
      T.scaleAdd(count: count, alpha: 0, x: b, beta: T(1 / (h * h)), into: b)
      T.multiply(count: count, x: b, y: derivatives.row(first), into: b)
    }
    backpropagate(parameters)
    var covector = Gradient<T>(network)
    gradient(at: parameters, into: &covector)
    return covector
  }
}
