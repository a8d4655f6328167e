import Foundation
import Intrinsic
import IntrinsicMath

/// One training on mini-batches, evaluated after each epoch. Normalized networks are evaluated with
/// the statistics of the first ``statisticsCount`` samples of the training set.
struct MiniBatchTraining: Sendable {
  /// What is trained, on what.
  struct Task {
    let network: Network
    let start: Parameters<Float>
    let train: Samples<Float>
    let test: Samples<Float>
    var batch = 100
    var epochs = 1
    /// Where the order of the samples comes from, and the draws of Monte Carlo metrics.
    let stream: RandomStream
    /// A penalty on the gains of normalized units.
    var gammaDecay: GammaDecay?
    /// The number of training samples whose statistics normalize, and how many steps an estimate
    /// lasts; nil for those of each batch.
    var population: (samples: Int, interval: Int)?
    /// What is done to the parameters after each step, such as a projection on constraints.
    var afterStep: (@Sendable (inout Parameters<Float>) throws -> Void)?
  }

  struct Record: Codable, Sendable {
    let epoch: Int
    /// The mean over the epoch of the losses before each step, in nats.
    let trainLoss: Double
    let testLoss: Double
    let testError: Double
    /// On as many of the first training samples as there are test samples.
    let trainError: Double
    /// On the same samples, after the epoch, in nats.
    let evaluatedTrainLoss: Double
    /// Processor seconds since the start, without evaluation.
    let seconds: Double
  }

  /// Samples from which the statistics of normalized layers are taken.
  static let statisticsCount = 2_000

  private(set) var records: [Record] = []
  /// The loss of each batch before its step, in nats.
  private(set) var losses: [Double] = []
  /// Those after the last whole epoch.
  private(set) var parameters: Parameters<Float>
  /// Why training ended before its time, if it did.
  private(set) var failure: String?

  /// Trains by a method. A loss that is not finite ends it, with the reason in `failure`.
  init(
    _ method: Optimizer, stepSize: StepSize, _ task: Task,
    shouldStop: @Sendable () -> Bool = { false }
  ) {
    let evaluation = Evaluator(task)
    parameters = task.start
    var settings = TrainingSettings(seed: 0)
    (settings.optimizer, settings.stepSize) = (method, stepSize)
    (settings.batch, settings.epochs) = (task.batch, task.epochs)
    settings.gammaDecay = task.gammaDecay
    do {
      let training = try Training(
        task.network, from: task.start, on: task.train,
        population: task.population.map { samples, interval in
          PopulationStatistics(
            task.network, inputs: task.train.subset(0..<samples).inputs, every: interval)
        }, stream: task.stream, settings)
      training.afterStep = task.afterStep
      losses.reserveCapacity(task.epochs * training.stepsPerEpoch)
      var (seconds, begin) = (0.0, ProcessorTime.thread)
      while training.ending == nil {
        let record = try training.advance()
        losses.append(training.lastLoss!)
        if shouldStop() { return }
        guard let record else { continue }
        let loss = losses.suffix(training.stepsPerEpoch).reduce(0, +)
        seconds += ProcessorTime.thread - begin
        parameters = training.parameters
        let (test, train) = evaluation.evaluate(parameters)
        records.append(
          Record(
            epoch: record.epoch, trainLoss: loss / Double(training.stepsPerEpoch),
            testLoss: test.loss, testError: test.error ?? .nan, trainError: train.error ?? .nan,
            evaluatedTrainLoss: train.loss, seconds: seconds))
        begin = ProcessorTime.thread
      }
    } catch {
      failure = "\(error)"
    }
  }
}

/// Evaluates parameters on the test set and on a part of the training set.
private struct Evaluator {
  private let task: MiniBatchTraining.Task
  private let train: Samples<Float>
  /// Of the network without normalization.
  private let workspace: Workspace<Float>
  private let statistics: (workspace: Workspace<Float>, inputs: Matrix<Float>)?

  init(_ task: MiniBatchTraining.Task) {
    self.task = task
    train = task.train.subset(0..<min(task.train.count, task.test.count))
    let network = task.network.isNormalized ? task.network.withoutNormalization : task.network
    workspace = Workspace(network, maximumBatchSize: min(1_000, task.test.count))
    if task.network.isNormalized {
      let count = min(MiniBatchTraining.statisticsCount, task.train.count)
      statistics = (
        Workspace(task.network, maximumBatchSize: count), task.train.subset(0..<count).inputs
      )
    } else {
      statistics = nil
    }
  }

  func evaluate(_ parameters: Parameters<Float>) -> (test: Evaluation, train: Evaluation) {
    var plain = parameters
    if let (workspace, inputs) = statistics {
      workspace.load(inputs: inputs)
      workspace.forward(parameters)
      plain = workspace.folded(parameters).parameters
    }
    return (
      Evaluation(of: plain, on: task.test, with: workspace),
      Evaluation(of: plain, on: train, with: workspace)
    )
  }
}
