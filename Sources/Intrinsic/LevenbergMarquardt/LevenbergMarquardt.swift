import IntrinsicMath

/// Damped steps that trust their model (Levenberg 1944, Marquardt 1963), on a whole set of samples:
///
///     (A + λ D) δ = G,   ρ = (L(θ) − L(θ + δ))/(½ Gᵀδ + ½ λ δᵀDδ)
///     ρ > 0: θ ← θ + δ, λ ← λ max(⅓, 1 − (2ρ − 1)³), ν ← 2; else λ ← λν, ν ← 2ν   (Nielsen 1999)
///
/// A is the Fisher matrix of any output model, which for the square loss is that of Gauss and Newton, or one of
/// its reductions; the gain ratio ρ compares the decrease of the loss with that which the model of A predicts.
/// A rejected step leaves no trace but in λ and ν. No step size, no schedule, and on small networks losses that
/// gradient methods do not reach.
///
///     let descent = try LevenbergMarquardt<Double>(network, from: start, samples: samples)
///     let ending = try descent.run(iterations: 200)
public final class LevenbergMarquardt<T: Scalar> {
  /// Why there is nothing left to do.
  public enum Ending: Hashable, Sendable {
    /// All iterations are done.
    case iterations
    /// The loss is at its goal.
    case goal
    /// No component of the gradient is above the tolerance.
    case gradient
    /// λ is at its end: no step along the gradient lowers the loss any more.
    case damping
  }

  public typealias Settings = LevenbergMarquardtSettings

  /// What one trial came to.
  public struct Record: Codable, Sendable {
    /// λ of the step.
    public let damping: Double
    /// ρ.
    public let gainRatio: Double
    /// The loss after the trial, penalty included, in nats.
    public let loss: Double
    /// Whether the step was kept.
    public let isAccepted: Bool
  }

  public let settings: Settings
  public let network: Network
  /// θ, with the lowest loss so far.
  public private(set) var parameters: Parameters<T>
  /// The mean loss at θ in nats, without the penalty.
  public private(set) var loss: T
  /// λ of the next trial.
  public var damping: T { control.damping }
  /// a of the penalty.
  public private(set) var penalty: T
  /// γ = P − a tr((A + a Id)⁻¹), how many parameters the data determine; nil unless a is found by evidence.
  public private(set) var effectiveParameters: T?
  /// All trials so far.
  public private(set) var records: [Record] = []

  /// Where systems are solved, whichever is cheaper.
  public let space: SolutionSpace
  private let objective: any GaussNewtonObjective<T>
  private var candidate: Parameters<T>
  private var gradient: Gradient<T>
  private var matrix: DampedMatrix<T>
  private var control: GainRatioDamping<T>
  private var hasSettled = false
  private var stream: RandomStream

  /// - Parameters:
  ///   - network: what is trained.
  ///   - parameters: where it starts.
  ///   - samples: all of them, at each step.
  ///   - settings: the matrices, the penalty, where it ends.
  ///   - stream: where Monte Carlo metrics and samples of matrices are drawn from.
  ///   - threads: of passes and products.
  /// - Throws: ``DescentError`` if the metric does not exist for the network or does not fit in memory, or the
  ///   loss at the start is not finite.
  public convenience init(
    _ network: Network, from parameters: Parameters<T>, samples: Samples<T>,
    _ settings: Settings = Settings(), stream: RandomStream = RandomStream(seed: 0),
    threads: Int = 1
  ) throws(DescentError) {
    settings.check(network)
    network.check(samples)
    try self.init(
      SampleObjective(network, samples, settings, threads: threads), from: parameters, settings,
      stream: stream, threads: threads)
  }

  /// The same for the residuals of a physics-informed network: with the Fisher matrix of all parameters, the energy
  /// natural gradient.
  ///
  /// - Parameters:
  ///   - problem: what is trained, and on which points.
  ///   - fresh: called after each step that is kept for other points, as many for each set; nil to keep them.
  ///   - parameters: where it starts.
  ///   - settings: any metric but those of paths; no penalty by evidence, no matrix over part of the points.
  ///   - stream: where Monte Carlo metrics are drawn from.
  ///   - threads: of passes and products.
  /// - Throws: ``DescentError`` if there is no such metric of residuals, or its matrix does not fit in memory, or a
  ///   residual at the start is not finite.
  public convenience init(
    _ problem: ResidualProblem<T>, fresh: (() -> ResidualProblem<T>)? = nil,
    from parameters: Parameters<T>, _ settings: Settings = Settings(),
    stream: RandomStream = RandomStream(seed: 0),
    threads: Int = 1
  ) throws(DescentError) {
    settings.checkResiduals()
    do { try settings.metric.checkResiduals(problem.network) } catch { throw .residual(error) }
    try self.init(
      ResidualObjective(problem, fresh: fresh, settings.metric, threads: threads), from: parameters,
      settings,
      stream: stream, threads: threads)
  }

  private init(
    _ objective: some GaussNewtonObjective<T>, from parameters: Parameters<T>,
    _ settings: Settings, stream: RandomStream, threads: Int
  ) throws(DescentError) {
    let network = objective.network
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
    self.objective = objective
    self.network = network
    self.settings = settings
    self.parameters = parameters
    self.stream = stream
    let columns = objective.columnCount
    do { space = try SolutionSpace(network, columns: columns, of: T.self) } catch {
      throw .metric(error)
    }
    control = GainRatioDamping(T(settings.damping))
    penalty = T(settings.initialPenalty)
    candidate = Parameters(network)
    gradient = Gradient(network)
    matrix = DampedMatrix(
      settings.scaling, settings.metric, network, columns: space == .samples ? columns : nil,
      threads: threads)
    loss = objective.loss(at: parameters)
    if !loss.isFinite { throw objective.fault(at: parameters, loss: loss) }
    objective.begin()
    try estimate()
  }

  /// The loss with the penalty, ½ a ‖θ‖² beside it.
  public var penalizedLoss: T { loss + penalty / 2 * parameters.squaredNorm }

  /// Tries steps until one of the ends is reached.
  @discardableResult
  public func run(
    iterations: Int, shouldStop: (LevenbergMarquardt) -> Bool = { _ in false }
  ) throws(DescentError) -> Ending {
    for _ in 0..<iterations {
      if penalizedLoss <= T(settings.goal) { return .goal }
      if gradient.withSpan({ g in
        g.indices.allSatisfy { abs(g[$0]) <= T(settings.gradientTolerance) }
      }) {
        return .gradient
      }
      if damping > T(settings.greatestDamping) { return .damping }
      if shouldStop(self) { return .iterations }
      try iterate()
    }
    return .iterations
  }

  /// Tries one step.
  /// - Returns: what it came to.
  /// - Throws: ``DescentError/metric(_:)`` if the damped matrix is singular at the greatest λ; at others the trial is
  ///   rejected.
  @discardableResult
  public func iterate() throws(DescentError) -> Record {
    let used = damping
    var step: Displacement<T>
    do { step = try matrix.solve(gradient, damping: damping) } catch {
      if used > T(settings.greatestDamping) { throw .metric(error) }
      control.reject()
      return record(used, ratio: 0, loss: penalizedLoss, isAccepted: false)
    }
    let square = matrix.scaledSquare(step)
    let predicted = (gradient(step) + damping * square) / 2
    if settings.isGeodesic,
      let (residuals, covector) = objective.curvature(along: step, at: parameters)
    {
      guard
        matrix.accelerate(&step, square: square, residuals: residuals, covector: covector)
      else {
        control.reject()
        return record(used, ratio: 0, loss: penalizedLoss, isAccepted: false)
      }
    }
    candidate.set(parameters, plus: 1, times: step)
    let newLoss = objective.loss(at: candidate)
    let before = penalizedLoss
    let after = newLoss + penalty / 2 * candidate.squaredNorm
    let ratio = (before - after) / predicted
    let isAccepted = ratio > 0 && after.isFinite
    if isAccepted {
      loss = newLoss
      swap(&parameters, &candidate)
      if objective.accept() { loss = objective.loss(at: parameters) }
      control.accept(ratio)
      hasSettled = hasSettled || settings.hasSettled(from: before, to: after)
      try estimate()
    } else {
      control.reject()
    }
    return record(
      used, ratio: ratio, loss: isAccepted ? after : before, isAccepted: isAccepted)
  }

  private func record(_ damping: T, ratio: T, loss: T, isAccepted: Bool) -> Record {
    let record = Record(
      damping: Double(damping), gainRatio: Double(ratio), loss: Double(loss),
      isAccepted: isAccepted)
    records.append(record)
    return record
  }

  /// G and A at θ, and by the evidence a.
  private func estimate() throws(DescentError) {
    do {
      try objective.linearize(
        at: parameters, into: &gradient, matrix: &matrix, stream: &stream)
    } catch { throw .metric(error) }
    if settings.findsPenalty, hasSettled,
      let evidence = matrix.evidence(
        for: penalty, loss: loss, observations: objective.observationCount,
        squaredNorm: parameters.squaredNorm)
    {
      (penalty, effectiveParameters) = (evidence.penalty, evidence.effectiveParameters)
    }
    matrix.penalty = penalty
    T.addScaled(
      count: gradient.count, x: gradient.pointer, alpha: -penalty, y: parameters.pointer,
      into: gradient.mutablePointer)
  }
}

extension Parameters {
  /// ‖θ‖².
  var squaredNorm: Element { Element.dot(count: count, x: pointer, y: pointer) }
}
