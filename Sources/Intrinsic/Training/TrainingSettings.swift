import IntrinsicMath

/// How a network is trained on mini-batches.
public struct TrainingSettings: Codable, Hashable, Sendable {
  /// How gradients become steps.
  public var optimizer = Optimizer.automatic
  /// η by the number of steps taken.
  public var stepSize = Optimizer.automatic.stepSize
  /// Samples of a batch.
  public var batch = 100
  /// Epochs at most.
  public var epochs = 10
  /// Epochs without a lower validation loss after which training ends; nil for never.
  public var patience: Int?
  /// Nats by which a validation loss must be lower to count as such; nil for any.
  public var leastImprovement: Double?
  /// A penalty on gains of normalized units, which losses do not include.
  public var gammaDecay: GammaDecay?
  /// The seed of orders, Monte Carlo draws and dropout.
  public var seed: UInt64
  /// Threads of a step, which rounding depends on.
  public var threads = 1

  /// The settings that train untuned.
  public init(seed: UInt64) { self.seed = seed }

  private enum CodingKeys: String, CodingKey {
    case optimizer = "method"
    case stepSize, batch, epochs, patience, leastImprovement, gammaDecay, seed, threads
  }
}

/// What training did in one epoch.
public struct TrainingRecord: Codable, Hashable, Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Steps since the start.
  public let steps: Int
  /// η of the last step.
  public let stepSize: Double
  /// The mean over the samples of the epoch of their losses before each step, in nats.
  public let trainLoss: Double
  /// On the validation set at the end of the epoch, if there is one.
  public let validation: Evaluation?
  /// Seconds of all steps since the start, evaluations left out.
  public let seconds: Double
}
