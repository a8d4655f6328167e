import IntrinsicMath
import Testing

@testable import Intrinsic

/// Metrics and gradients are means: neither the number of copies nor the order of samples matters.
@Suite struct BatchTests {
  static let exact = Metric.every.filter { !$0.isStochastic }
  private let damping = Damping.additive(0.01)

  private func models(_ metric: Metric) -> NetworkKinds {
    NetworkKinds(
      activations: NetworkKinds.smooth,
      models: OutputModel.allCases.filter { $0.hasFisherMetric || !metric.isFisher }, depth: 1...3)
  }

  /// That two trials have the same metric, and the same step but for a condition number below 1e4.
  private func expectSame(
    _ trial: Trial<Double>, _ other: Trial<Double>, _ metric: Metric, tolerance: Double,
    _ label: String
  ) throws {
    expectClose(
      try other.entries(metric), try trial.entries(metric), tolerance: tolerance, label)
    let method = Optimizer.metric(metric, damping)
    expectClose(
      try other.step(method), try trial.step(method), tolerance: 1e-9, ofLargest: 1e-9, label)
  }

  @Test(arguments: exact)
  func `duplicated samples change neither metric nor step`(_ metric: Metric) throws {
    try forAllNetworks(seeds: 0..<25, models(metric)) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let indices = Array(0..<samples.count) + Array(0..<samples.count)
      let double = Trial(network, parameters, samples.subset(indices))
      // Sums of the same terms in another order.
      try expectSame(trial, double, metric, tolerance: 1e-12, label)
    }
  }

  @Test(arguments: exact)
  func `the order of samples changes neither metric nor step`(_ metric: Metric) throws {
    try forAllNetworks(seeds: 30..<55, models(metric)) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let reversed = Trial(network, parameters, samples.subset((0..<samples.count).reversed()))
      try expectSame(trial, reversed, metric, tolerance: 1e-12, label)
    }
  }

  @Test(arguments: exact)
  func `room for more samples changes nothing`(_ metric: Metric) throws {
    try forAllNetworks(seeds: 60..<80, models(metric)) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let roomy = Trial(network, parameters, samples, maximumBatchSize: 3 * samples.count + 1)
      expectClose(roomy.gradient.elements, trial.gradient.elements, tolerance: 1e-14, label)
      try expectSame(trial, roomy, metric, tolerance: 1e-14, label)
    }
  }

  @Test func `a metric is the weighted mean of those of the parts of a batch`() throws {
    try forAllNetworks(
      seeds: 80..<110, NetworkKinds(models: [.square, .softmax], batch: 4...9)
    ) { network, parameters, samples, label in
      let whole = Trial(network, parameters, samples)
      let parts: [(Double, Trial<Double>)] = [0..<2, 2..<samples.count].map { range in
        let weight = Double(range.count) / Double(samples.count)
        return (weight, Trial(network, parameters, samples.subset(range)))
      }
      for metric in Self.exact {
        let entries = try parts.map { weight, part in
          try part.entries(metric).map { weight * $0 }
        }
        expectClose(
          zip(entries[0], entries[1]).map(+), try whole.entries(metric), tolerance: 1e-12,
          "\(label), \(metric)")
      }
    }
  }

  @Test func `a workspace forgets earlier batches`() throws {
    try forAllNetworks(seeds: 110..<150) { network, parameters, samples, label in
      let fresh = Trial(network, parameters, samples)
      var stream = RandomStream(seed: 9)
      let earlier = randomSamples(network, count: samples.count + 3, using: &stream)
      let workspace = Workspace<Double>(network, maximumBatchSize: earlier.count)
      var gradient = Gradient<Double>(network)
      for batch in [earlier, samples] {
        workspace.load(batch)
        workspace.lossAndGradient(parameters, into: &gradient)
      }
      expectClose(gradient.elements, fresh.gradient.elements, tolerance: 1e-14, label)
    }
  }
}
