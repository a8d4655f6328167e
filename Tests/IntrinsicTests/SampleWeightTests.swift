import IntrinsicMath
import Testing

@testable import Intrinsic

/// A sample of weight w is w samples.
@Suite struct SampleWeightTests {
  /// Samples with weights k B/Σk for whole numbers k, and each sample k times.
  private func pair(
    _ samples: Samples<Double>, using stream: inout RandomStream
  ) -> (weighted: Samples<Double>, repeated: Samples<Double>) {
    var counts = (0..<samples.count).map { _ in Int.random(in: 0...3, using: &stream) }
    counts[0] += 1
    let total = counts.reduce(0, +)
    let indices = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
    return (
      Samples(
        inputs: samples.inputs, targets: samples.targets,
        weights: counts.map { Double($0 * samples.count) / Double(total) }),
      samples.subset(indices)
    )
  }

  @Test func `losses, gradients and Fisher metrics are those of repeated samples`() throws {
    try forAllNetworks(seeds: 0..<60) { network, parameters, samples, label in
      var stream = RandomStream(seed: 7)
      let (weighted, repeated) = pair(samples, using: &stream)
      let (a, b) = (Trial(network, parameters, weighted), Trial(network, parameters, repeated))
      expectClose([a.loss], [b.loss], tolerance: 1e-11, "\(label): loss")
      expectClose(
        a.gradient.elements, b.gradient.elements, tolerance: 1e-11, "\(label): gradient")
      guard network.output.hasFisherMetric else { return }
      for metric in [
        Metric.naturalGradient, .unitwiseNaturalGradient, .backpropagatedMetric,
      ] {
        for damping in [Damping.none, Damping(output: 0.3)] {
          let estimators = try [a, b].map { trial in
            let estimator = try trial.estimator(metric, damping)
            estimator.estimate(at: trial.workspace, trial.parameters)
            return estimator
          }
          expectClose(
            a.entries(of: estimators[0]), b.entries(of: estimators[1]), tolerance: 1e-10,
            "\(label): \(metric), \(damping)")
        }
      }
    }
  }

  @Test func `the empirical Fisher information is that of the weighted losses`() throws {
    try forAllNetworks(seeds: 0..<20) { network, parameters, samples, label in
      var stream = RandomStream(seed: 8)
      let weights = (0..<samples.count).map { _ in Double.random(in: 0...2, using: &stream) }
      let trial = Trial(
        network, parameters,
        Samples(inputs: samples.inputs, targets: samples.targets, weights: weights))
      var expected = [Double](repeating: 0, count: parameters.count * parameters.count)
      for (x, weight) in weights.enumerated() {
        let g = Trial(network, parameters, samples.subset([x])).gradient.elements
        for i in g.indices {
          for j in g.indices {
            expected[i * g.count + j] += weight * weight * g[i] * g[j] / Double(weights.count)
          }
        }
      }
      expectClose(
        try trial.entries(.empiricalFisher), expected, tolerance: 1e-10, "\(label)")
    }
  }

  @Test func `training takes them, batch by batch`() throws {
    let network = try Network.layered([3, 5, 2], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 9)
    let start = randomParameters(network, using: &stream)
    let (weighted, repeated) = pair(
      randomSamples(network, count: 12, using: &stream), using: &stream)
    let ends = try [weighted, repeated].map { samples in
      var settings = TrainingSettings(seed: 1)
      settings.optimizer = .gradientDescent
      settings.stepSize = .constant(0.1)
      (settings.epochs, settings.batch) = (20, samples.count)
      let training = try Training(network, from: start, on: samples, settings)
      while training.ending == nil { try training.advance() }
      return training.parameters.elements
    }
    expectClose(ends[0], ends[1], tolerance: 1e-11, "parameters")
    #expect(ends[0] != start.elements)

    let batches = MiniBatches(weighted, for: network, size: 5, stream: RandomStream(seed: 2))
    let workspace = Workspace<Double>(network, maximumBatchSize: 5)
    var (sum, count) = (0.0, 0)
    for _ in 0..<batches.batchesPerEpoch {
      count += batches.nextCount
      batches.loadNext(into: workspace)
      workspace.forward(start)
      sum += workspace.loss() * Double(workspace.batch)
    }
    expectClose(
      [sum / Double(count)], [Trial(network, start, weighted).loss], tolerance: 1e-12, "loss")
  }
}
