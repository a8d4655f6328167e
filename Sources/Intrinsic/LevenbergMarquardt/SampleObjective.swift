import IntrinsicMath

/// The loss of the output model over samples.
final class SampleObjective<T: Scalar>: GaussNewtonObjective {
  let network: Network
  private let samples: Samples<T>
  private let settings: LevenbergMarquardtSettings
  private let threads: Int
  private var current: Workspace<T>
  private var trial: Workspace<T>

  init(
    _ network: Network, _ samples: Samples<T>, _ settings: LevenbergMarquardtSettings, threads: Int
  ) {
    self.network = network
    self.samples = samples
    self.settings = settings
    self.threads = threads
    current = Workspace(network, maximumBatchSize: samples.count, threads: threads)
    trial = Workspace(network, maximumBatchSize: samples.count, threads: threads)
    current.load(samples)
    trial.load(samples)
  }

  var observationCount: Int { samples.count * network.outputCount }

  var columnCount: Int? { settings.columnCount(network, samples: samples.count) }

  func loss(at parameters: Parameters<T>) -> T {
    trial.forward(parameters)
    return trial.loss()
  }

  func fault(at parameters: Parameters<T>, loss: T) -> DescentError {
    .lossNotFinite(step: 0, loss: Double(loss), origin: trial.firstNotFinite())
  }

  func begin() { swap(&current, &trial) }

  func accept() -> Bool {
    begin()
    return false
  }

  func linearize(
    at parameters: Parameters<T>, into gradient: inout Gradient<T>,
    matrix: inout DampedMatrix<T>, stream: inout RandomStream
  ) throws(MetricError) {
    current.backpropagate(parameters)
    current.gradient(at: parameters, into: &gradient)
    try settings.estimate(
      &matrix, network, parameters, over: samples, stream: &stream, threads: threads)
  }

  func curvature(
    along step: Displacement<T>, at parameters: Parameters<T>
  ) -> (residuals: [T]?, covector: Gradient<T>)? {
    guard settings.isLeastSquares(network, samples) else { return nil }
    return (nil, trial.curvature(along: step, at: parameters))
  }
}
