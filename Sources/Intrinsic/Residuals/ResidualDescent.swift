import IntrinsicMath

/// Descent on residuals by rules that know gradients only: gradient descent, momentum, AdaGrad, RMSProp and Adam, with
/// weight decay and clipping. ``LevenbergMarquardt`` and ``SpringDescent`` know more.
///
///     let descent = try ResidualDescent(.adam, problem, from: start, stepSize: .constant(1e-3))
public final class ResidualDescent<T: Scalar> {
  /// θ.
  public private(set) var parameters: Parameters<T>
  /// Steps taken so far.
  public private(set) var steps = 0
  private let rule: any StepRule<T>
  private let stepSize: StepSize
  private let passes: ResidualPasses<T>
  private var problem: ResidualProblem<T>
  /// What rules are handed; these do not read it.
  private let workspace: Workspace<T>
  private var gradient: Gradient<T>
  private var displacement: Displacement<T>

  /// - Throws: ``ResidualError/metric(_:)`` for optimizers that read the activities of an output model.
  public init(
    _ optimizer: Optimizer, _ problem: ResidualProblem<T>, from parameters: Parameters<T>,
    stepSize: StepSize? = nil, threads: Int = 1
  ) throws(ResidualError) {
    guard optimizer.readsGradientsOnly else {
      throw .metric(
        "\(optimizer) reads the activities of an output model, not residuals; use LevenbergMarquardt or "
          + "SpringDescent")
    }
    do {
      rule = try optimizer.rule(
        for: problem.network, maximumBatchSize: 1, stream: RandomStream(seed: 0), threads: threads)
    } catch { throw .metric("\(error)") }
    self.parameters = parameters
    self.stepSize = stepSize ?? optimizer.stepSize
    self.problem = problem
    passes = ResidualPasses(problem, threads: threads)
    workspace = Workspace(problem.network, maximumBatchSize: 1, threads: threads)
    gradient = Gradient(problem.network)
    displacement = Displacement(problem.network)
  }

  /// Takes one step.
  ///
  /// - Parameter problem: points of the step, as many as of the first problem; nil for those of the last step.
  /// - Returns: the loss before the step, in nats.
  /// - Throws: ``DescentError`` if a residual is not finite.
  @discardableResult
  public func step(on problem: ResidualProblem<T>? = nil) throws(DescentError) -> T {
    if let problem {
      passes.take(problem)
      self.problem = problem
    }
    let loss = passes.gradient(at: parameters, into: &gradient)
    if !loss.isFinite {
      throw self.problem.firstFault(at: parameters).map { .residual($0) }
        ?? .lossNotFinite(step: steps, loss: Double(loss), origin: nil)
    }
    do {
      try rule.step(for: gradient, at: workspace, parameters, into: &displacement)
    } catch { throw DescentError(rule: error) }
    parameters.move(by: displacement, stepSize: T(stepSize(steps)))
    steps += 1
    return loss
  }
}

extension Optimizer {
  /// Whether steps depend on gradients and parameters alone.
  fileprivate var readsGradientsOnly: Bool {
    switch self {
    case .gradientDescent, .momentum, .nesterov, .adaGrad, .rmsProp, .adam: true
    case .heavyBall(_, let base), .weightDecay(_, let base), .gradientClipping(_, let base),
      .stepClipping(_, let base):
      base.readsGradientsOnly
    case .batchAdaGrad, .metric, .levenbergMarquardt, .spring, .trustRegion: false
    }
  }
}
