import IntrinsicMath

/// One way to turn a gradient into a step δθ: what a ``Method`` names, or a rule of the caller's own.
///
/// ``Descent/init(rule:_:from:stepSize:capacity:stream:threads:gammaDecay:population:)`` trains by any
/// rule; <doc:WritingANewMetric> makes one. A rule that keeps state between steps is a class with that
/// state; all its memory is best allocated when it is made, since `step` is called at every step of
/// training.
public protocol StepRule<T>: AnyObject {
  /// What it computes in.
  associatedtype T: Scalar

  /// Writes all of the step for a gradient.
  ///
  /// - Parameters:
  ///   - gradient: G = −∂L/∂θ, the mean over the batch.
  ///   - workspace: what the passes at these parameters left: activities a, derivatives r, signals b̃,
  ///     each rows × batch. Other passes may not run on it.
  ///   - parameters: θ.
  ///   - step: δθ, which the step size will multiply; it holds the last step, or zeros.
  /// - Throws: what keeps the step from existing; training stops with it, at these parameters.
  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws(MetricError)
}

/// A rule of the library, whose state can be mapped to other parametrizations and saved.
protocol StatefulRule<T>: StepRule {
  var state: OptimizerState<T> { get set }

  func carry(_ archive: StateArchive<T>)
}

extension StatefulRule {
  /// That of rules without memory.
  var state: OptimizerState<T> {
    get { .none }
    set {
      guard case .none = newValue else { preconditionFailure("the state of another method") }
    }
  }

  func carry(_ archive: StateArchive<T>) {}
}
