import IntrinsicMath

/// Averages of the statistics of batches, for use after training: each batch moves them by a fixed
/// fraction, the first one all the way. Variances count with M/(M − 1), which makes them unbiased for
/// batches of M; every position of a convolution counts.
public final class RunningStatistics<T: Scalar> {
  /// The weight of a batch.
  public let rate: Double
  /// Batches seen so far.
  public private(set) var count = 0
  private let network: Network
  private let averages: [(mean: Buffer<T>, variance: Buffer<T>)?]

  /// Averages that the first batch sets.
  ///
  /// - Parameters:
  ///   - network: what is normalized.
  ///   - rate: the weight of each batch, above 0, at most 1.
  public init(_ network: Network, rate: Double = 0.1) {
    precondition(rate > 0 && rate <= 1, "a weight of \(rate) for each batch")
    self.network = network
    self.rate = rate
    averages = network.layers.map {
      guard $0.normalization?.usesBatch == true else { return nil }
      return (Buffer(count: $0.unitCount), Buffer(count: $0.unitCount))
    }
  }

  /// Averages so far, by the index of the layer.
  public var statistics: [Int: NormalizationStatistics<T>] {
    get {
      var result: [Int: NormalizationStatistics<T>] = [:]
      for (index, average) in averages.enumerated() {
        guard let average else { continue }
        result[index] = NormalizationStatistics(
          mean: average.mean.elements, variance: average.variance.elements)
      }
      return result
    }
    set {
      for (index, average) in averages.enumerated() {
        guard let average else { continue }
        guard let layerStatistics = newValue[index] else {
          preconditionFailure("none for layer \(index)")
        }
        average.mean.copy(from: Buffer(layerStatistics.mean))
        average.variance.copy(from: Buffer(layerStatistics.variance))
      }
      count = max(count, 1)
    }
  }

  func code(_ coder: CheckpointCoder<T>) {
    coder.code("count", &count)
    for (index, average) in averages.enumerated() {
      guard let average else { continue }
      coder.code("layers.\(index).mean", average.mean)
      coder.code("layers.\(index).variance", average.variance)
    }
  }

  /// Takes in the batch of the last forward pass.
  public func update(from workspace: Workspace<T>) {
    workspace.require(.forward, for: "an average of statistics")
    let rate = count == 0 ? 1 : T(rate)
    count += 1
    for (index, average) in averages.enumerated() {
      guard let average else { continue }
      let isVariance = network.layers[index].normalization!.measure.statistic == .covariance
      let m = T(workspace.batch * network.layers[index].positions)
      workspace.normalizers[index]!.update(
        average, rate: rate, varianceFactor: isVariance && m > 1 ? m / (m - 1) : 1)
    }
  }
}
