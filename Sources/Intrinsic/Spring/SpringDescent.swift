import IntrinsicMath

/// Natural gradient steps on residuals at fresh points: SPRING, MinSR and the energy natural gradient with a line
/// search, as ``SpringSettings`` say:
///
///     δ_t = μ δ_{t−1} + (A + λ D)⁻¹ (G − μ A δ_{t−1})
///
///     let descent = try SpringDescent(problem, from: start, settings)
///     for _ in 0..<1000 { try descent.step(on: problem(at: freshPoints())) }
public final class SpringDescent<T: Scalar> {
  public let settings: SpringSettings
  /// θ.
  public private(set) var parameters: Parameters<T>
  /// Where systems are solved, whichever is cheaper.
  public let space: SolutionSpace
  /// Steps taken so far.
  public private(set) var steps = 0

  private let objective: ResidualObjective<T>
  private var rule: SpringStep<T>
  private var gradient: Gradient<T>
  private var candidate: Parameters<T>
  private var stream: RandomStream

  /// - Parameters:
  ///   - problem: what is trained, and the first points.
  ///   - parameters: where it starts.
  ///   - settings: the matrices, the damping, the momentum, the line search.
  ///   - stream: where Monte Carlo metrics are drawn from.
  ///   - threads: of passes and products.
  /// - Throws: ``DescentError`` if there is no such metric of residuals, or its matrix does not fit in memory.
  public init(
    _ problem: ResidualProblem<T>, from parameters: Parameters<T>,
    _ settings: SpringSettings = SpringSettings(), stream: RandomStream = RandomStream(seed: 0),
    threads: Int = 1
  ) throws(DescentError) {
    settings.check()
    let network = problem.network
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
    do { try settings.metric.checkResiduals(problem.network) } catch { throw .residual(error) }
    objective = ResidualObjective(problem, settings.metric, threads: threads)
    let columns = objective.columnCount
    do {
      space = try SolutionSpace(network, columns: columns, of: T.self)
    } catch { throw .metric(error) }
    self.settings = settings
    self.parameters = parameters
    self.stream = stream
    rule = SpringStep(
      settings, network, columns: space == .samples ? columns : nil, threads: threads)
    gradient = Gradient(network)
    candidate = Parameters(network)
  }

  /// Takes one step.
  ///
  /// - Parameter problem: points of the step, as many as of the first problem; nil for those of the last step.
  /// - Returns: the loss before the step, in nats, and the step size.
  /// - Throws: ``DescentError`` if a residual is not finite, or the damped matrix is singular.
  @discardableResult
  public func step(
    on problem: ResidualProblem<T>? = nil
  ) throws(DescentError) -> (loss: T, stepSize: T) {
    if let problem { objective.take(problem) }
    let step: Displacement<T>
    do {
      try objective.linearize(
        at: parameters, into: &gradient, matrix: &rule.matrix, stream: &stream)
    } catch { throw .metric(error) }
    let loss = objective.linearizedLoss
    if !loss.isFinite { throw objective.fault(at: parameters, loss: loss) }
    do { step = try rule.next(gradient) } catch { throw .metric(error) }
    let size = settings.search.stepSize(before: loss) { size in
      candidate.set(parameters, plus: size, times: step)
      return objective.loss(at: candidate)
    }
    parameters.move(by: step, stepSize: size)
    steps += 1
    return (loss, size)
  }
}
