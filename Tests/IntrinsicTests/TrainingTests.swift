import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct TrainingTests {
  private func task() throws -> TrainingTask<Double> {
    TrainingTask(try Network.layered([6, 5, 3], activation: .tanh, output: .softmax))
  }

  @Test func `training takes the steps of a descent on seeded batches`() throws {
    let task = try task()
    let settings = TrainingTask<Double>.settings(.quasiDiagonal)
    let training = try task.training(settings)
    let stream = RandomStream(seed: settings.seed)
    let batches = MiniBatches(
      task.train, for: task.network, size: 10, stream: stream.child("order"))
    let descent = try Descent(
      .quasiDiagonal, task.network, from: task.start, stepSize: settings.stepSize,
      maximumBatchSize: 10,
      stream: stream.child("metric"))
    var sums = [Double](repeating: 0, count: settings.epochs)
    while training.ending == nil {
      let epoch = training.records.count
      let loss = try descent.step(on: batches)
      // The last batch of an epoch has 4 samples.
      sums[epoch] += loss * (training.steps % 4 == 3 ? 4 : 10)
      let record = try training.advance()
      #expect((record != nil) == (training.steps % 4 == 0))
      #expect(training.parameters.elements == descent.parameters.elements)
      if let record {
        #expect(abs(record.trainLoss - sums[epoch] / 34) < 1e-12)
        #expect(training.runningLoss == nil)
        let own = Evaluation(
          of: descent.parameters, on: task.validation,
          with: Workspace<Double>(task.network, maximumBatchSize: 12))
        #expect(record.validation == own)
      } else {
        #expect(
          abs(training.runningLoss! - sums[epoch] / Double(10 * (training.steps % 4))) < 1e-12)
      }
    }
    #expect(training.ending == .complete && training.records.map(\.steps) == [4, 8, 12, 16])
    #expect(training.records.map(\.stepSize) == [3, 7, 11, 15].map { settings.stepSize($0) })
    #expect(training.records.last!.trainLoss < training.records[0].trainLoss)
  }

  @Test(arguments: [
    Optimizer.adam, .quasiDiagonal,
    .metric(
      .monteCarloQuasiDiagonalNaturalGradient(), .additive(0.01)),
  ])
  func `evaluating and saving change no step`(_ method: Optimizer) throws {
    let network = try Network.layered(
      [6, 5, 3], activation: .tanh, output: .softmax, normalization: .batch, dropout: 0.2)
    let task = TrainingTask<Double>(network)
    let settings = TrainingTask<Double>.settings(method)
    let watched = try task.training(settings)
    let plain = try Training(network, from: task.start, on: task.train, settings)
    try TrainingTask<Double>.withFile { url in
      while plain.ending == nil {
        try plain.advance()
        try watched.advance()
        _ = watched.model.predictions(for: task.validation.inputs)
        try watched.save(to: url)
        #expect(watched.parameters.elements == plain.parameters.elements)
      }
    }
    #expect(plain.records.allSatisfy { $0.validation == nil } && plain.bestEpoch == nil)
    #expect(plain.model.parameters.elements == plain.parameters.elements)
  }

  @Test func `patience ends training, and the best parameters are kept`() throws {
    let task = try task()
    var settings = TrainingTask<Double>.settings(.gradientDescent, epochs: 60)
    // A step that grows in the end ruins what was learned.
    settings.stepSize = .exponential(initial: 0.05, rate: -0.08)
    settings.patience = 3
    let training = try task.training(settings)
    var kept: [[Double]] = []
    while training.ending == nil {
      if try training.advance() != nil { kept.append(training.parameters.elements) }
    }
    #expect(training.ending == .noImprovement)
    let losses = training.records.map { $0.validation!.loss }
    let best = losses.indices.min { losses[$0] < losses[$1] }!
    #expect(losses.count == best + 1 + 3 && losses.count < 60)
    #expect(training.bestEpoch == best + 1)
    #expect(training.model.parameters.elements == kept[best])
    #expect(training.model.parameters.elements != training.parameters.elements)

    // Nothing that comes later counts, so an end by epochs keeps the same ones.
    settings.patience = nil
    settings.epochs = losses.count
    let other = try task.training(settings)
    while other.ending == nil { try other.advance() }
    #expect(other.ending == .complete)
    #expect(other.model.parameters.elements == training.model.parameters.elements)
  }

  @Test func `an equal loss is no improvement`() throws {
    var settings = TrainingTask<Double>.settings(.gradientDescent, epochs: 9)
    settings.stepSize = .constant(0)
    settings.patience = 2
    let training = try task().training(settings)
    while training.ending == nil { try training.advance() }
    #expect(training.ending == .noImprovement && training.records.count == 3)
    #expect(training.bestEpoch == 1)
  }

  @Test func `every step draws its own dropout`() throws {
    let network = try Network.layered(
      [6, 20, 3], activation: .tanh, output: .softmax, dropout: 0.5)
    let task = TrainingTask<Double>(network)
    func losses(seed: UInt64) throws -> [Double] {
      let descent = try Descent(
        .gradientDescent, network, from: task.start, stepSize: .constant(0), maximumBatchSize: 34,
        stream: RandomStream(seed: seed))
      return try (0..<5).map { _ in try descent.step(on: task.train) }
    }
    let first = try losses(seed: 1)
    #expect(Set(first).count == 5)
    #expect(try losses(seed: 1) == first)
    #expect(Set(try losses(seed: 2)).isDisjoint(with: first))
  }

  @Test func `normalized networks are evaluated with the statistics of training`() throws {
    let network = try Network.layered(
      [6, 5, 3], activation: .relu, output: .softmax, normalization: .batch)
    let task = TrainingTask<Double>(network)
    let training = try task.training(TrainingTask<Double>.settings(.adam))
    var last: TrainingRecord?
    while training.ending == nil { last = try training.advance() ?? last }
    // A sample at a time: it must not matter which others there are.
    let model = Model(
      network: network, parameters: training.parameters, statistics: training.descent.statistics)
    let plain = model.folded
    #expect(!plain.network.isNormalized)
    let workspace = Workspace<Double>(plain.network, maximumBatchSize: 1)
    let own = Evaluation(of: plain.parameters, on: task.validation, with: workspace)
    #expect(abs(own.loss - last!.validation!.loss) < 1e-12)
    #expect(own.error == last!.validation!.error)
    let together = model.predictions(for: task.validation.inputs)
    for x in 0..<12 {
      let alone = model.predictions(for: task.validation.inputs.columns([x]))
      for k in 0..<3 { #expect(abs(alone[k, 0] - together[k, x]) < 1e-12) }
    }
  }

  @Test func `layers normalized over weights and over batches live in one network`() throws {
    var builder = NetworkBuilder(inputs: 6)
    builder.dense(5, .tanh, normalization: .weight)
    builder.dense(4, .tanh, normalization: .batch)
    builder.dense(3, .identity)
    let network = try builder.build(output: .softmax)
    let training = try TrainingTask<Double>(network).training(
      TrainingTask<Double>.settings(.adam, epochs: 1))
    while training.ending == nil { try training.advance() }
    #expect(training.records[0].validation!.loss.isFinite)
  }

  @Test func `where batches have statistics, a last one of one sample is joined to the one before`()
    throws
  {
    let network = try Network.layered(
      [6, 5, 3], activation: .tanh, output: .softmax, normalization: .batch)
    // Batches of 10.
    let task = TrainingTask<Double>(network, count: 31)
    let training = try task.training(TrainingTask<Double>.settings(.adam, epochs: 2))
    #expect(training.stepsPerEpoch == 3)
    while training.ending == nil { try training.advance() }
    #expect(training.steps == 6 && training.records.count == 2)
    #expect(training.batches.epochs == 2)
    var settings = TrainingTask<Double>.settings(.adam)
    settings.batch = 1
    #expect(throws: DescentError.normalization(.batchOfOne(layer: 0))) {
      _ = try task.training(settings)
    }
    let plain = try Network.layered([6, 5, 3], activation: .tanh, output: .softmax)
    let other = try TrainingTask<Double>(plain, count: 31)
      .training(TrainingTask<Double>.settings(.adam))
    #expect(other.stepsPerEpoch == 4)
  }

  @Test func `cosine schedules fall to their end and stay`() {
    let cosine = StepSize.cosine(initial: 1, final: 0.2, over: 4)
    let expected = [1, 0.6 + 0.4 * 0.5.squareRoot(), 0.6, 0.6 - 0.4 * 0.5.squareRoot(), 0.2, 0.2]
    for (t, value) in expected.enumerated() { #expect(abs(cosine(t) - value) < 1e-15) }
  }

  @Test func `a warm-up rises to the first value of the schedule that follows`() {
    let steps = StepSize.steps(initial: 1, factor: 0.5, every: 2)
    let schedule = StepSize.warmUp(steps: 4, then: steps)
    #expect((0..<9).map { schedule($0) } == [0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5, 0.25])
  }

  @Test func `schedules are kept in JSON`() throws {
    let schedule = StepSize.warmUp(
      steps: 4, then: .cosine(initial: 0.1, final: 0, over: 100))
    #expect(
      try JSONDecoder().decode(StepSize.self, from: JSONEncoder().encode(schedule)) == schedule)
  }
}
