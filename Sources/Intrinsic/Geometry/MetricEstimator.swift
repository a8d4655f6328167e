import IntrinsicMath

/// Computes a metric at the current parameters and turns gradients into steps with it:
/// δθ = (A + damping)⁻¹ G.
///
///     let estimator = try MetricEstimator<Double>(
///       .quasiDiagonalBackpropagatedMetric, damping: .additive(1e-4), network, maximumBatchSize: 100,
///       stream: stream)
///     workspace.lossAndGradient(parameters, into: &gradient)
///     estimator.estimate(at: workspace, parameters)
///     try estimator.solve(gradient, into: &step)
///     parameters.move(by: step, stepSize: 0.01)
public final class MetricEstimator<T: Scalar> {
  /// What is computed.
  public let metric: Metric
  /// What keeps its inverse from exploding.
  public let damping: Damping
  /// How it follows training.
  public let averaging: MetricAveraging
  let network: Network
  /// Estimates made so far.
  public private(set) var estimates = 0
  private let estimation: Estimation
  /// Where the part of the batch that is used is copied to, if it is not all of it or has to last
  /// until the next estimate.
  private let partial: Workspace<T>?

  private enum Estimation {
    case full(ParameterBlocks<T>)
    case layerwise(ParameterBlocks<T>)
    case reduced(ModulusPass<T>, any MetricMatrices<T>)
    case path(PathPass<T>, any PathMatrices<T>)

    /// The matrices of units, if it is not one over all parameters.
    var matrices: (any MetricMatrices<T>)? {
      switch self {
      case .full, .layerwise: nil
      case .reduced(_, let matrices): matrices
      case .path(_, let matrices): matrices
      }
    }
  }

  /// What stands in the place of the reduced matrices of ϑ, if there are output parameters.
  private let outputParameters: OutputParameterMatrix<T>?

  /// Takes all memory that estimates and solves need.
  ///
  /// - Parameters:
  ///   - metric: what is computed.
  ///   - damping: what keeps its inverse from exploding.
  ///   - averaging: how it follows training.
  ///   - network: whose parameters it measures.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of passes over a part of the batch, and of solves.
  /// - Throws: if the output model has no such metric, a damping does not apply to it, a value is
  ///   out of range, or matrices would not fit in memory.
  public init(
    _ metric: Metric, damping: Damping, averaging: MetricAveraging = .memoryless,
    _ network: Network,
    maximumBatchSize: Int, stream: RandomStream, threads: Int = 1
  ) throws(MetricError) {
    self.metric = metric
    self.damping = damping
    self.averaging = averaging
    self.network = network
    if metric.isFisher && !network.output.hasFisherMetric {
      throw .noFisherMetric(network.output)
    }
    if case .monteCarlo(let samples) = metric.source, samples < 1 { throw .noMonteCarloSamples }
    if case .path(_, .probes(let count), _) = metric, count < 1 { throw .noMonteCarloSamples }
    if case .path = metric, network.isNormalized { throw .normalizedNetwork }
    try Self.checkGroups(metric, network)
    try Self.checkSharing(metric, network, maximumBatchSize: maximumBatchSize)
    try damping.check(for: metric)
    try averaging.check()
    partial =
      averaging.batchFraction < 1 || averaging.refreshInterval > 1
      ? Workspace<T>(network, maximumBatchSize: maximumBatchSize, threads: threads) : nil
    let isReduced = if case .reduced = metric { true } else { false }
    outputParameters =
      isReduced && network.hasOutputParameters
      ? OutputParameterMatrix(
        network, isFisher: metric.isFisher, outputDamping: damping.output,
        maximumBatchSize: maximumBatchSize)
      : nil
    switch metric {
    case .full(let source):
      estimation = .full(
        try ParameterBlocks(
          source, network, isLayerwise: false, damping: damping, averaging: averaging,
          maximumBatchSize: maximumBatchSize, stream: stream))
    case .layerwise(let source):
      estimation = .layerwise(
        try ParameterBlocks(
          source, network, isLayerwise: true, damping: damping, averaging: averaging,
          maximumBatchSize: maximumBatchSize, stream: stream))
    case .reduced(let modulus, let reduction):
      let matrices: any MetricMatrices<T>
      switch reduction {
      case .unitwise:
        matrices = try UnitwiseMatrices(
          network, damping: damping, averaging: averaging, maximumBatchSize: maximumBatchSize,
          threads: threads)
      case .quasiDiagonal:
        matrices = QuasiDiagonalMatrices(
          network, kurtosis: damping.kurtosis, threads: threads)
      case .diagonal:
        matrices = DiagonalMatrices(
          network, kurtosis: damping.kurtosis, threads: threads)
      }
      let pass = ModulusPass<T>(
        modulus, network, damping: damping, maximumBatchSize: maximumBatchSize, stream: stream,
        keepsGroups: reduction == .unitwise)
      estimation = .reduced(pass, matrices)
    case .path(let measure, let propagation, let reduction):
      let matrices: any PathMatrices<T>
      switch reduction {
      case .unitwise:
        matrices = try UnitwisePathMatrices(
          network, damping: damping, maximumBatchSize: maximumBatchSize, threads: threads)
      case .quasiDiagonal: matrices = QuasiDiagonalMatrices(network, threads: threads)
      case .diagonal: matrices = DiagonalMatrices(network, threads: threads)
      }
      let pass = PathPass<T>(
        measure, propagation, network, maximumBatchSize: maximumBatchSize, stream: stream)
      estimation = .path(pass, matrices)
    }
  }

  /// An estimator to read matrices from: their averages are kept whole, each made by one estimate.
  convenience init(
    reading metric: Metric, _ network: Network, maximumBatchSize: Int, stream: RandomStream,
    threads: Int
  ) throws(MetricError) {
    // Damping lets a matrix be formed where it could not be inverted; it is not part of what is read.
    try self.init(
      metric, damping: .additive(1), averaging: MetricAveraging(rate: 0.5), network,
      maximumBatchSize: maximumBatchSize, stream: stream, threads: threads)
  }

  /// The passes that an estimate reads.
  private var neededStage: PassStage {
    if case .reduced = metric, metric.source == .empiricalFisher { return .backward }
    return metric.source?.neededStage ?? .forward
  }

  /// Makes the next estimate the first.
  func forget() { estimates = 0 }

  /// What has no meaning where activities are vectors.
  private static func checkGroups(_ metric: Metric, _ network: Network) throws(MetricError) {
    guard let layer = network.groupedLayer else { return }
    if case .path = metric { throw .pathOfGroups(layer: layer) }
    guard case .reduced(.backpropagated, _) = metric else { return }
    let isPlain = network.layers.allSatisfy {
      !$0.parameters.isEmpty && $0.connection.parameterRows != nil
    }
    if !isPlain || network.isNormalized || network.hasOutputParameters {
      throw .backpropagatedBesideGroups
    }
  }

  /// What has no meaning, or no room, where parameters are shared between positions.
  private static func checkSharing(
    _ metric: Metric, _ network: Network, maximumBatchSize: Int
  ) throws(MetricError) {
    guard network.sharesParameters else { return }
    if case .path(let measure, .backpropagated, _) = metric, measure.alpha > 0,
      measure.statistic == .covariance
    {
      throw .noCovarianceOfSharedParameters
    }
    if case .reduced(.reduce(let source), _) = metric {
      let columns = source.columnCount(network) * maximumBatchSize
      let largest = network.layers.filter(\.connection.sharesParameters)
        .map { $0.parameters.count / $0.unitCount }.max()!
      let bytes =
        Double(columns) * Double(network.hiddenRowCount + largest)
        * Double(MemoryLayout<T>.stride)
      if bytes > 8e9 {
        throw .tooLarge(
          parameters: network.parameterCount, columns: columns, gigabytes: (bytes / 1e9).rounded())
      }
    }
  }

  /// Computes the metric, a mean over the samples of the batch, from what the workspace holds: a
  /// forward pass, and for the empirical Fisher a backward pass, at these parameters. With a rate
  /// γ < 1 the metric moves towards it: A ← (1 − γ) A + γ A(x); the first estimate sets it.
  public func estimate(at workspace: Workspace<T>, _ parameters: Parameters<T>) {
    workspace.check(parameters)
    workspace.require(neededStage, for: "the metric \(metric)")
    var source = workspace
    if let partial {
      // Kept from now on, so that they are copied with the rest.
      if case .path = estimation { _ = workspace.preactivations(parameters) }
      partial.copyPasses(
        from: workspace, count: max(1, Int(averaging.batchFraction * Double(workspace.batch))))
      source = partial
    }
    let isFirst = estimates == 0
    let keep = isFirst ? 0 : T(1 - averaging.rate)
    switch estimation {
    case .full(let matrix), .layerwise(let matrix):
      matrix.estimate(at: source, parameters, keep: keep)
    case .reduced(let pass, let matrices):
      matrices.estimate(
        pass.reducedModulus(at: source, parameters), at: source, keep: keep)
      outputParameters?.estimate(at: source, keep: keep)
    case .path(let pass, let matrices):
      pass.estimate(into: matrices, at: source, parameters, keep: keep)
    }
    if isFirst && averaging.initialDamping > 0 {
      switch estimation {
      case .full(let matrix), .layerwise(let matrix):
        matrix.addToDiagonal(T(averaging.initialDamping))
      case .reduced, .path:
        estimation.matrices!.addToDiagonal(T(averaging.initialDamping))
      }
      outputParameters?.addToDiagonal(T(averaging.initialDamping))
    }
    estimates += 1
  }

  /// δθ from the gradient, with the metric of the last `estimate`. Unitwise metrics without averages read
  /// the activities of that workspace again, which must be those of the same pass.
  public func solve(
    _ gradient: Gradient<T>, into step: inout Displacement<T>
  ) throws(MetricError) {
    precondition(
      gradient.count == step.count, "a gradient of \(gradient.count), a step of \(step.count)")
    let epsilon = T(damping.additive)
    switch estimation {
    case .full(let matrix), .layerwise(let matrix):
      try matrix.solve(gradient, epsilon: epsilon, into: &step)
    case .reduced, .path:
      try estimation.matrices!.solve(gradient, epsilon: epsilon, into: &step)
    }
    try outputParameters?.solve(gradient, epsilon: epsilon, into: &step)
  }

  /// Continues from a moving average of the same metric and network.
  func restore(_ state: MetricState<T>) {
    precondition(!averaging.isMemoryless, "a metric without memory continues from nothing")
    switch (estimation, state.matrices) {
    case (.full(let averaged), .full(let matrix)): averaged.set([matrix])
    case (.layerwise(let averaged), .units(let matrices)): averaged.set(matrices.flatMap { $0 })
    case (.reduced, .units(let matrices)), (.path, .units(let matrices)):
      let averaged = estimation.matrices!
      for (layer, units) in matrices.enumerated() {
        for (unit, matrix) in units.enumerated() {
          let size = self.matrices(of: layer)[unit].count
          precondition(
            matrix.rows == size, "a matrix of \(matrix.rows) for layer \(layer), unit \(unit)")
          averaged.set(matrix, layer: layer, unit: unit)
        }
      }
    default: preconditionFailure("the state of another kind of metric")
    }
    if let matrix = state.outputParameters { outputParameters?.set(matrix) }
    estimates = state.estimates
  }

  /// Carries all that later estimates and solves depend on.
  func code(_ coder: CheckpointCoder<T>) {
    coder.code("estimates", &estimates)
    let source = averaging.refreshInterval > 1 && estimates > 0 ? partial : nil
    if let source { coder.within("samples") { source.codeActivities(coder) } }
    switch estimation {
    case .full(let matrix), .layerwise(let matrix): matrix.code(coder, source: source)
    case .reduced(let pass, let matrices):
      pass.code(coder)
      coder.within("matrices") { matrices.code(coder, source: source) }
    case .path(let pass, let matrices):
      pass.code(coder)
      coder.within("matrices") { matrices.code(coder, source: source) }
    }
    if let outputParameters {
      coder.within("output_parameters") { outputParameters.code(coder) }
    }
  }

  /// The reduced modulus c_k(x) = r_k² × (modulus of k on x) of every unit but the inputs, rows ×
  /// samples, in memory that the next call or estimate overwrites; nil for full metrics and those of
  /// path measures. The workspace holds a forward pass at these parameters, for the empirical Fisher also
  /// a backward pass.
  public func modulus(at workspace: Workspace<T>, _ parameters: Parameters<T>) -> Rows<T>? {
    guard case .reduced(let pass, _) = estimation else { return nil }
    workspace.check(parameters)
    workspace.require(neededStage, for: "a modulus")
    return pass.modulus(at: workspace, parameters)
  }

  /// A copy of the reduced modulus of the units of one layer, units × samples; nil for full metrics and
  /// those of path measures.
  public func modulus(
    layer: Int, at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) -> Matrix<T>? {
    modulus(at: workspace, parameters)?.matrix(workspace.network.layers[layer].rows)
  }

  /// The matrix of the output parameters ϑ, without damping; nil for full metrics, which hold it, and
  /// for networks without them.
  public func outputParameterMatrix() -> Matrix<T>? { outputParameters?.matrix }

  /// The parameters of each matrix that is kept of a layer: one of a unit or, by unitwise metrics of layers
  /// whose activities are vectors, of a group; the only one of layerwise metrics; none for full metrics.
  public func matrices(of layer: Int) -> [Range<Int>] {
    if case .full = metric { return [] }
    return network.matrices(of: layer, metric.partition)
  }

  /// What the metric keeps of the matrix of one unit, bias first, without damping and with zeros
  /// elsewhere; nil for full metrics. Unitwise metrics of layers whose activities are vectors keep one for
  /// each group, `unit` then is its number, and component follows component. Layerwise metrics have one, of unit 0.
  public func unitMatrix(layer: Int, unit: Int) -> Matrix<T>? {
    if case .layerwise(let matrices) = estimation { return matrices.matrix(layer: layer) }
    return estimation.matrices?.matrix(layer: layer, unit: unit)
  }

  /// The parameters with A_ii = 0: dead units, weights from units that never react and, under a
  /// covariance without path part, biases of outputs. Diagonal and quasi-diagonal metrics step by zero
  /// along them. Empty for full metrics.
  public var zeroDiagonalIndices: [Int] {
    guard let matrices = estimation.matrices else { return [] }
    return network.layers.indices.flatMap { layer in
      self.matrices(of: layer).enumerated().flatMap { unit, range in
        let matrix = matrices.matrix(layer: layer, unit: unit)
        return zip(0..., range).filter { matrix[$0.0, $0.0] == 0 }.map { $0.1 }
      }
    }
  }

  /// The matrix over all parameters of a full metric, without damping; nil for reduced metrics.
  public func fullMatrix() -> Matrix<T>? {
    guard case .full(let matrix) = estimation else { return nil }
    return matrix.matrix()
  }
}
