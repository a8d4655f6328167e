import IntrinsicMath

/// ``LevenbergMarquardt`` as a rule for training: each step is that which the gain ratio accepts, on the samples of
/// the batch, which are best all of them.
///
///     δ = (A + a Id + λ D)⁻¹ (G − a θ), with λ raised until the loss of the batch falls
///
/// Its step size is 1. Where no λ up to the greatest lowers the loss, steps are 0: nothing is left to do.
///
/// Cost: for a full matrix over P parameters O(N P²) products and O(P³) for each λ that is tried.
public final class LevenbergMarquardtRule<T: Scalar>: StepRule {
  public let settings: LevenbergMarquardtSettings
  /// a of the penalty.
  public private(set) var penalty: T
  /// γ, how many parameters the data determine; nil unless a is found by evidence.
  public private(set) var effectiveParameters: T?
  /// λ of the next trial.
  public var damping: T { control.damping }

  private let network: Network
  private var control: GainRatioDamping<T>
  private var hasSettled = false
  private var matrix: DampedMatrix<T>
  private let trial: Workspace<T>
  private var candidate: Parameters<T>
  private var penalized: Gradient<T>
  private var stream: RandomStream

  /// - Parameters:
  ///   - settings: the matrices and the penalty; goals and tolerances are those of ``LevenbergMarquardt`` alone.
  ///   - network: whose parameters move.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where Monte Carlo metrics and samples of matrices are drawn from.
  ///   - threads: of passes and products.
  /// - Throws: if the metric does not exist for the network, or its matrix does not fit in memory.
  public init(
    _ settings: LevenbergMarquardtSettings, _ network: Network, maximumBatchSize: Int,
    stream: RandomStream,
    threads: Int = 1
  ) throws(MetricError) {
    settings.check(network)
    if settings.metric.isFisher && !network.output.hasFisherMetric {
      throw .noFisherMetric(network.output)
    }
    if network.layers.contains(where: { $0.dropout > 0 }) { throw .lossChangesByDropout }
    let columns = settings.columnCount(network, samples: maximumBatchSize)
    let space = try SolutionSpace(network, columns: columns, of: T.self)
    self.settings = settings
    self.network = network
    self.stream = stream
    penalty = T(settings.initialPenalty)
    control = GainRatioDamping(T(settings.damping))
    // In the space of samples, batches must be alike, which only those of all samples are sure to be.
    matrix = DampedMatrix(
      settings.scaling, settings.metric, network, columns: space == .samples ? columns : nil,
      threads: threads)
    trial = Workspace(network, maximumBatchSize: maximumBatchSize, threads: threads)
    candidate = Parameters(network)
    penalized = Gradient(network)
  }

  public var name: String {
    "Levenberg–Marquardt in \(settings.metric), \(settings.scaling.rawValue) scaling"
      + (settings.findsPenalty ? ", penalty by evidence" : "")
  }

  public var isStochastic: Bool { settings.metric.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    let samples = workspace.samples
    let loss = workspace.meanLoss
    try estimate(samples, loss: loss, parameters)
    let count = gradient.count
    penalized.mutablePointer.update(from: gradient.pointer, count: count)
    T.addScaled(
      count: count, x: penalized.pointer, alpha: -penalty, y: parameters.pointer,
      into: penalized.mutablePointer)
    trial.load(samples)
    let before = loss + penalty / 2 * parameters.squaredNorm
    while control.damping <= T(settings.greatestDamping) {
      guard
        var candidateStep = try? matrix.solve(penalized, damping: control.damping)
      else {
        // Rounding has made a matrix singular that more damping may mend.
        control.reject()
        continue
      }
      let square = matrix.scaledSquare(candidateStep)
      let predicted = (penalized(candidateStep) + control.damping * square) / 2
      if settings.isGeodesic, settings.isLeastSquares(network, samples),
        !matrix.accelerate(
          &candidateStep, square: square, residuals: nil,
          covector: trial.curvature(along: candidateStep, at: parameters))
      {
        control.reject()
        continue
      }
      candidate.set(parameters, plus: 1, times: candidateStep)
      trial.forward(candidate)
      let after = trial.loss() + penalty / 2 * candidate.squaredNorm
      let ratio = (before - after) / predicted
      if ratio > 0 {
        control.accept(ratio)
        hasSettled = hasSettled || settings.hasSettled(from: before, to: after)
        step.mutablePointer.update(from: candidateStep.pointer, count: count)
        return
      }
      control.reject()
    }
    // Nothing is left to do, or nothing can be solved.
    _ = try matrix.solve(penalized, damping: control.damping)
    T.fill(count: count, value: 0, into: step.mutablePointer)
  }

  /// A, and by the evidence a.
  private func estimate(
    _ samples: Samples<T>, loss: T, _ parameters: Parameters<T>
  ) throws(MetricError) {
    try settings.estimate(
      &matrix, network, parameters, over: samples, stream: &stream, threads: trial.threads)
    if settings.findsPenalty, hasSettled,
      let evidence = matrix.evidence(
        for: penalty, loss: loss, observations: samples.count * network.outputCount,
        squaredNorm: parameters.squaredNorm)
    {
      (penalty, effectiveParameters) = (evidence.penalty, evidence.effectiveParameters)
    }
    matrix.penalty = penalty
  }

  public func code(_ coder: CheckpointCoder<T>) {
    coder.code("damping", &control.damping)
    coder.code("growth", &control.growth)
    coder.code("penalty", &penalty)
    coder.code("settled", &hasSettled)
    coder.code("stream", &stream)
    coder.within("matrix") { matrix.code(coder) }
  }
}
