import Foundation
import Intrinsic
import IntrinsicMath

/// One training on mini-batches, evaluated after each epoch.
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
  }

  struct Record: Codable, Sendable {
    let epoch: Int
    /// The mean over the epoch of the losses before each step, in nats.
    let trainLoss: Double
    let testLoss: Double
    let testError: Double
    /// Processor seconds since the start, without evaluation.
    let seconds: Double
  }

  private(set) var records: [Record] = []
  /// Why training ended before its time, if it did.
  private(set) var failure: String?

  /// Trains by a method. A loss that is not finite ends it, with the reason in `failure`.
  init(
    _ method: Method, stepSize: StepSize, _ task: Task,
    shouldStop: @Sendable () -> Bool = { false }
  ) {
    let batches = MiniBatches(
      task.train, for: task.network, size: task.batch, stream: task.stream.child("order"))
    let evaluation = Workspace<Float>(task.network, capacity: min(1_000, task.test.count))
    do {
      let descent = try Descent<Float>(
        method, task.network, from: task.start, stepSize: stepSize, capacity: batches.size,
        stream: task.stream.child("metric"))
      var seconds = 0.0
      for epoch in 1...task.epochs {
        let begin = ProcessorTime.thread
        var loss = 0.0
        for _ in 0..<batches.batchesPerEpoch {
          loss += Double(try descent.step(on: batches))
          if shouldStop() { return }
        }
        seconds += ProcessorTime.thread - begin
        let test = Evaluation(of: descent.parameters, on: task.test, with: evaluation)
        records.append(
          Record(
            epoch: epoch, trainLoss: loss / Double(batches.batchesPerEpoch), testLoss: test.loss,
            testError: test.error ?? .nan, seconds: seconds))
      }
    } catch {
      failure = "\(error)"
    }
  }
}
