import IntrinsicMath

/// SPRING and MinSR as a rule for training on mini-batches: the step of ``SpringDescent`` on the samples of the batch, with the
/// matrix of any output model.
///
/// Cost: for a full matrix over P parameters and m = N n_out columns a batch, O(P m² + m³) or O(P² m + P³), whichever
/// is less.
public final class SpringRule<T: Scalar>: StepRule {
  public let settings: SpringSettings
  private let network: Network
  private let estimation: LevenbergMarquardtSettings
  private var rule: SpringStep<T>
  private let trial: Workspace<T>
  private var candidate: Parameters<T>
  private var stream: RandomStream

  /// - Parameters:
  ///   - settings: the matrices, the damping, the momentum, the line search.
  ///   - network: whose parameters move.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of passes and products.
  /// - Throws: if the metric does not exist for the network, or its matrix does not fit in memory.
  public init(
    _ settings: SpringSettings, _ network: Network, maximumBatchSize: Int, stream: RandomStream,
    threads: Int = 1
  ) throws(MetricError) {
    settings.check()
    if settings.metric.isFisher && !network.output.hasFisherMetric {
      throw .noFisherMetric(network.output)
    }
    if network.layers.contains(where: { $0.dropout > 0 }) { throw .lossChangesByDropout }
    var estimation = LevenbergMarquardtSettings()
    estimation.metric = settings.metric
    let columns = estimation.columnCount(network, samples: maximumBatchSize)
    let space = try SolutionSpace(network, columns: columns, of: T.self)
    self.settings = settings
    self.network = network
    self.estimation = estimation
    self.stream = stream
    rule = SpringStep(
      settings, network, columns: space == .samples ? columns : nil, threads: threads)
    trial = Workspace(network, maximumBatchSize: maximumBatchSize, threads: threads)
    candidate = Parameters(network)
  }

  public var name: String {
    "SPRING in \(settings.metric), λ = \(settings.damping), μ = \(settings.momentum), "
      + "\(settings.scaling.rawValue) scaling"
  }

  public var isStochastic: Bool { settings.metric.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    let samples = workspace.samples
    try estimation.estimate(
      &rule.matrix, network, parameters, over: samples, stream: &stream, threads: trial.threads)
    step = try rule.next(gradient)
    guard settings.search != .none else { return }
    trial.load(samples)
    let size = settings.search.stepSize(before: workspace.meanLoss) { size in
      candidate.set(parameters, plus: size, times: step)
      trial.forward(candidate)
      return trial.loss()
    }
    T.scaleAdd(count: step.count, alpha: 0, x: step.pointer, beta: size, into: step.mutablePointer)
  }

  public func code(_ coder: CheckpointCoder<T>) {
    coder.code("last", &rule.last)
    coder.code("stream", &stream)
    coder.within("matrix") { rule.matrix.code(coder) }
  }
}
