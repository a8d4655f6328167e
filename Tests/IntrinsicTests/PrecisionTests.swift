import IntrinsicMath
import Testing

@testable import Intrinsic

/// Single precision against double precision, from the same rounded parameters and samples. Errors
/// are bounded by c √n u with n terms and u = 2⁻²³; steps multiply by |A|/ε.
@Suite struct PrecisionTests {
  private let unit = 0x1p-23

  /// The same trial in both precisions, from numbers that single precision represents.
  private func pair(
    _ network: Network, _ parameters: Parameters<Double>, _ samples: Samples<Double>
  ) -> (double: Trial<Double>, single: Trial<Float>) {
    let rounded = parameters.elements.map { Float($0) }
    let single = Trial<Float>(network, Parameters(rounded), samples.single)
    let exact = samples.with { $0.map { Double(Float($0)) } }
    let targets: Targets<Double> =
      switch exact.targets {
      case .values(let matrix): .values(matrix.map { Double(Float($0)) })
      case .classes: exact.targets
      }
    let double = Trial(
      network, Parameters(rounded.map { Double($0) }),
      Samples(inputs: exact.inputs, targets: targets))
    return (double, single)
  }

  private let kinds = NetworkKinds(
    activations: NetworkKinds.smooth, models: OutputModel.allCases.filter { $0 != .spherical },
    depth: 1...3)

  @Test func `losses and gradients`() throws {
    try forAllNetworks(seeds: 0..<150, kinds) { network, parameters, samples, label in
      let (double, single) = pair(network, parameters, samples)
      let terms = Double(network.rowCount * samples.count).squareRoot()
      expectClose(
        [Double(single.loss)], [double.loss], tolerance: 8 * terms * unit, label)
      expectClose(
        single.gradient.elements.map { Double($0) }, double.gradient.elements,
        tolerance: 8 * terms * unit, ofLargest: 8 * terms * unit, label)
    }
  }

  @Test(arguments: Metric.every.filter { !$0.isStochastic })
  func `steps`(_ metric: Metric) throws {
    let epsilon = 0.1
    try forAllNetworks(seeds: 200..<260, kinds) { network, parameters, samples, label in
      let method = Optimizer.metric(metric, .additive(epsilon))
      guard method.exists(for: network) else { return }
      let (double, single) = pair(network, parameters, samples)
      let terms = Double(network.rowCount * samples.count).squareRoot()
      let norm = try double.entries(metric).map { abs($0) }.max()!
      expectClose(
        try single.step(method), try double.step(method),
        tolerance: 8 * terms * unit * (1 + norm / epsilon),
        ofLargest: 8 * terms * unit * (1 + norm / epsilon), label)
    }
  }

  @Test(
    arguments: [20, 150], [Metric.unitwiseNaturalGradient, .naturalGradient, .empiricalFisher])
  func `steps of large units`(_ count: Int, _ metric: Metric) throws {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered(
      [90, 3, 2], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli)
    let (double, single) = pair(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: count, using: &stream))
    let epsilon = 1e-2
    // √91 terms, and matrices of norm about 1 over ε.
    expectClose(
      try single.step(.metric(metric, .additive(epsilon))),
      try double.step(.metric(metric, .additive(epsilon))),
      tolerance: 8 * 91.0.squareRoot() * unit / epsilon,
      ofLargest: 8 * 91.0.squareRoot() * unit / epsilon, "\(metric), \(count) samples")
  }
}
