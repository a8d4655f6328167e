import IntrinsicMath

/// Population normalization (Luo et al. 2019, §2): statistics of many samples in the place of those of
/// each batch. Gradients follow them to the weights of the normalized unit itself, so that they stay
/// orthogonal to it on these samples, and hold them fixed for the layers below.
public final class PopulationStatistics<T: Scalar> {
  /// Steps from one estimate to the next.
  public let interval: Int
  /// Of the last estimate, with derivatives.
  public private(set) var statistics: [Int: NormalizationStatistics<T>] = [:]
  private let workspace: Workspace<T>

  /// Statistics of a population.
  ///
  /// - Parameters:
  ///   - network: what is normalized.
  ///   - inputs: inputs × samples; memory is taken for a forward pass on all of them.
  ///   - interval: 1 for an estimate before each step, at the cost of a forward pass and two gradients
  ///     of the normalized layers on all samples.
  ///   - threads: of each pass.
  public init(_ network: Network, inputs: Matrix<T>, every interval: Int = 1, threads: Int = 1) {
    precondition(interval >= 1, "an estimate every \(interval) steps")
    self.interval = interval
    workspace = Workspace(network, maximumBatchSize: inputs.columns, threads: threads)
    workspace.load(inputs: inputs)
  }

  /// Estimates the statistics at these parameters.
  public func update(_ parameters: Parameters<T>) {
    workspace.forward(parameters)
    statistics = workspace.differentiableStatistics
  }

  /// Codes the last estimate.
  func code(_ coder: CheckpointCoder<T>, at parameters: Parameters<T>) {
    // Statistics of the right shapes, for the stored ones to overwrite.
    if coder.isRestoring { update(parameters) }
    statistics.code(coder)
  }
}
