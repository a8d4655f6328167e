import IntrinsicMath

/// One way to turn a gradient into a step δθ: what an ``Optimizer`` names, or a rule of the caller's.
///
/// ``Descent``, ``BoldDriverDescent`` and ``Training`` take any rule, checkpoints included;
/// <doc:WritingANewMetric> makes one. Rules compose: ``MomentumRule`` and ``WeightDecayRule`` go over
/// any other, ``ClippingRule`` bounds it.
///
/// A rule is a class with the state that it keeps between steps. All its memory is best allocated when
/// it is made, since `step` is called at every step of training.
public protocol StepRule<T>: AnyObject {
  /// What it computes in.
  associatedtype T: Scalar

  /// The rule with its settings, in reports and in checkpoints, which go on with the same name only.
  var name: String { get }

  /// Whether the same parameters and samples give another step each time.
  var isStochastic: Bool { get }

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
  ) throws

  /// Hands all that later steps depend on to the coder, part by part; nothing, if steps depend on the
  /// current gradient only. Checkpoints and transformations of the parametrization stand on it.
  func code(_ coder: CheckpointCoder<T>)
}

extension StepRule {
  /// The name of the type.
  public var name: String { "\(Self.self)" }

  public var isStochastic: Bool { false }

  /// What is carried from step to step, by what it is. Setting it continues from there; it must be that
  /// of the same rule on a network of the same shape. Random streams and the averages of
  /// kurtosis damping, which are about activities, are not part of it.
  public var state: OptimizerState<T> {
    get {
      let coder = CheckpointCoder<T>(describing: ())
      code(coder)
      return OptimizerState(components: coder.components)
    }
    set {
      let coder = CheckpointCoder<T>(assigning: newValue)
      code(coder)
      precondition(
        coder.unused == nil && coder.fault == nil,
        "the state of another rule: “\(coder.fault ?? coder.unused!)” does not belong to \(name)")
    }
  }
}

extension Workspace {
  /// Calls `body` on parts of the elements at once, if there are enough of them.
  func forEachElement(of gradient: Gradient<T>, _ body: (Range<Int>) -> Void) {
    Parallel.forEachPart(ofElements: gradient.count, threads: threads, body)
  }
}
