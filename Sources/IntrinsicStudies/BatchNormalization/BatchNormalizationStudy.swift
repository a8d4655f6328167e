import Foundation
import Intrinsic
import IntrinsicMath

/// Study `batch-normalization`: the experiments of Luo et al. 2019, §5 on images (Figures 2–5 and 7).
///
/// The network is conv-conv-conv-conv-pool-fc-fc with 3 × 3 windows, trained by momentum 0.9 with
/// rates that are proportional to the batch and decay by 10⁻⁴ a step, without weight decay and
/// augmentation.
package struct BatchNormalizationStudy: Study {
  package struct Options: StudyOptions {
    /// Channels of the four convolutions, and units of the layer before the outputs.
    package var channels = [8, 8, 16, 16]
    package var hidden = 64
    /// Images are averaged down to this height and width.
    package var side = 16
    /// Training images that are used, all if there are fewer.
    package var samples = 5_000
    /// Test images that are used.
    package var testSamples = 1_000
    package var epochs = 25
    package var runs = 4
    package var smallBatch = 64
    package var largeBatch = 256
    /// The step size at the small batch.
    package var stepSize = 0.01
    /// Training images that population statistics are taken from.
    package var population = 1_000
    /// Steps from one estimate of them to the next.
    package var populationInterval = 4
    /// Batch sizes of the networks that are normalized in one layer.
    package var batches = [32, 64, 128, 256]
    /// Epochs of training without batch normalization after it.
    package var fineTuning = 10
    /// The step size of that.
    package var fineTuningStepSize = 0.001
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }

    /// The published setting: hours on CIFAR-10.
    package static func full(seed: UInt64, threads: Int) -> Options {
      var options = Options(seed: seed, threads: threads)
      (options.channels, options.hidden, options.side) = ([32, 32, 64, 64], 512, 32)
      (options.samples, options.testSamples, options.epochs) = (50_000, 10_000, 80)
      (options.population, options.populationInterval) = (2_000, 20)
      (options.runs, options.fineTuning) = (1, 20)
      return options
    }
  }

  package let options: Options
  let variants: [Variant]
  private let images: StudyImages

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on images: StudyImages) throws(OptionError) {
    try OptionError.check(
      options.channels.count == 4 && options.channels.allSatisfy { (1...1024).contains($0) },
      "channels", options.channels, "four numbers from 1 to 1024 are needed")
    try OptionError.check(
      images.shape.height % options.side == 0 && images.shape.width == images.shape.height,
      "side", options.side, "a divisor of \(images.shape.height) is needed")
    try OptionError.check(
      1...1_000_000,
      [
        "hidden": options.hidden, "samples": options.samples,
        "test-samples": options.testSamples, "epochs": options.epochs, "runs": options.runs,
        "population": options.population, "population-interval": options.populationInterval,
        "fine-tuning": options.fineTuning, "threads": options.threads,
      ])
    for batch in [options.smallBatch, options.largeBatch] + options.batches {
      try OptionError.check(
        batch >= 2 && batch <= options.samples, "batches", batch,
        "batch statistics need from 2 samples to all of them")
    }
    try OptionError.checkPositive([
      "step-size": options.stepSize, "fine-tuning-step-size": options.fineTuningStepSize,
    ])
    self.options = options
    self.images = images.averaged(
      to: options.side, train: options.samples, test: options.testSamples)
    let (small, large) = (options.smallBatch, options.largeBatch)
    var list: [Variant] = [.plain]
    list += Variant.Family.allCases.map { .normalized($0, batch: small, dropout: false) }
    list += [
      .normalized(.batch, batch: large, dropout: false),
      .population(batch: large, noiseOf: small),
      .normalized(.batch, batch: large, dropout: true),
      .normalized(.weight, batch: small, dropout: true),
    ]
    let layers = [0, 2, 4]
    list += layers.flatMap { layer in options.batches.map { .oneLayer(layer, batch: $0) } }
    variants = list
  }

  /// The number of trainings, for a progress bar.
  package var pieceCount: Int { variants.count * options.runs }

  /// Runs everything, or as much as there is time for until `shouldStop`.
  ///
  /// - Returns: what was measured, or nil if it was stopped before the first run was complete.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> BatchNormalizationResult? {
    let runs = try WorkQueue.completeRuns(
      options.runs, of: variants, threads: options.threads
    ) { run, variant -> BatchNormalizationResult.LearningCurve? in
      if shouldStop() { return nil }
      let curve = try train(variant, run: run, shouldStop: shouldStop)
      if shouldStop() { return nil }
      progress()
      return curve
    }
    guard !runs.isEmpty else { return nil }
    var done = options
    done.runs = runs.count
    return BatchNormalizationResult(
      options: done, images: images.name, note: images.note, variants: variants,
      curves: runs.flatMap { $0 })
  }

  /// conv-conv-conv-conv-pool-fc-fc.
  func network(_ variant: Variant) throws -> Network {
    var builder = NetworkBuilder(image: images.shape)
    for (layer, channels) in options.channels.enumerated() {
      try builder.convolution(
        channels, kernel: 3, padding: 1, .relu,
        normalization: variant.normalization(layer: layer), dropout: variant.dropout)
    }
    try builder.pool(.maximum, size: 2)
    builder.dense(
      options.hidden, .relu, normalization: variant.normalization(layer: 4),
      dropout: variant.dropout)
    builder.dense(10, .identity)
    return try builder.build(output: .softmax)
  }

  private func train(
    _ variant: Variant, run: Int, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> BatchNormalizationResult.LearningCurve {
    let stream = RandomStream(seed: options.seed).child("run", run)
    let network = try network(variant)
    var drawing = stream.child("weights")
    let start: Parameters<Float> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &drawing)
    let batch = variant.batch(options)
    var task = MiniBatchTraining.Task(
      network: network, start: start, train: images.train, test: images.test, batch: batch,
      epochs: options.epochs, stream: stream.child("training"))
    if case .population(_, let noise) = variant {
      task.gammaDecay = try GammaDecay(.adaptive(noiseOf: noise))
      task.population = (
        min(options.population, images.train.count), options.populationInterval
      )
    }
    // A factor of 1 − 10⁻⁴ a step for the small batch, the same over an epoch for others.
    let scale = Double(batch) / Double(options.smallBatch)
    let training = MiniBatchTraining(
      .momentum(0.9),
      stepSize: .exponential(initial: options.stepSize * scale, rate: 1 - pow(1 - 1e-4, scale)),
      task,
      shouldStop: shouldStop)
    var curve = BatchNormalizationResult.LearningCurve(
      variant: variant, run: run, records: training.records, failure: training.failure)
    curve.gains = gains(training.parameters, of: network)
    if variant == .normalized(.batch, batch: options.smallBatch, dropout: false),
      training.failure == nil
    {
      curve.fineTuning = try fineTune(training, network, stream, shouldStop: shouldStop)
    }
    return curve
  }

  /// The mean of g² of each layer with gains.
  private func gains(_ parameters: Parameters<Float>, of network: Network) -> [Double] {
    let values = parameters.elements
    return network.layers.indices.filter { network.layers[$0].normalization != nil }.map { index in
      let units = network.layers[index + 1].connection.unitCount
      let squares = (0..<units).map { unit in
        let g = Double(
          values[network.parameters(layer: index + 1, unit: unit).upperBound - 1])
        return g * g
      }
      return squares.mean
    }
  }

  /// Goes on without batch normalization from the same function (Figure 7).
  private func fineTune(
    _ training: MiniBatchTraining, _ network: Network, _ stream: RandomStream,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws -> BatchNormalizationResult.FineTuning {
    let workspace = Workspace<Float>(
      network, maximumBatchSize: min(MiniBatchTraining.statisticsCount, images.train.count))
    workspace.load(inputs: images.train.subset(0..<workspace.maximumBatchSize).inputs)
    workspace.forward(training.parameters)
    let (plain, start) = workspace.folded(training.parameters)
    let task = MiniBatchTraining.Task(
      network: plain, start: start, train: images.train, test: images.test,
      batch: options.smallBatch, epochs: options.fineTuning, stream: stream.child("fine-tuning"))
    let after = MiniBatchTraining(
      .momentum(0.9), stepSize: .constant(options.fineTuningStepSize), task, shouldStop: shouldStop)
    return .init(
      before: norms(start, of: plain), after: norms(after.parameters, of: plain),
      records: after.records)
  }

  /// ‖w‖ of the weights of each layer that has any, biases left out.
  private func norms(_ parameters: Parameters<Float>, of network: Network) -> [Double] {
    let values = parameters.elements
    return network.layers.indices.filter { !network.layers[$0].parameters.isEmpty }.map { index in
      let layer = network.layers[index]
      return (0..<layer.connection.unitCount).reduce(0.0) { sum, unit in
        let range = network.parameters(layer: index, unit: unit)
        return (layer.hasBias ? range.dropFirst() : range).reduce(sum) {
          $0 + Double(values[$1] * values[$1])
        }
      }.squareRoot()
    }
  }
}
