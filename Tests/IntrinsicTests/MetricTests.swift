import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct MetricTests {
  static let sources: [(Modulus, ReferenceNetwork.Source)] = [
    (.expand(.fisher), .fisher), (.expand(.empiricalFisher), .empiricalFisher),
    (.backpropagated, .backpropagated),
  ]

  private var probabilistic: [OutputModel] { OutputModel.allCases.filter(\.hasFisherMetric) }

  private func models(_ metric: Metric) -> [OutputModel] {
    metric.isFisher ? probabilistic : OutputModel.allCases
  }

  @Test(arguments: sources)
  func `moduli are sums over samples and outputs`(
    _ modulus: Modulus, _ source: ReferenceNetwork.Source
  ) throws {
    let metric = Metric.reduced(modulus, .diagonal)
    try forAllNetworks(
      seeds: 0..<150, NetworkKinds(models: models(metric))
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let estimator = try trial.estimator(metric)
      let reference = ReferenceNetwork(network, parameters, samples)
      let moduli = network.layers.indices.map {
        estimator.modulus(layer: $0, at: trial.workspace, parameters)!
      }
      let actual = reference.units.flatMap { moduli[$0.layer].row($0.index) }
      let expected = reference.units.indices.flatMap { k in
        reference.samples.map { reference.modulus(k, $0, source) }
      }
      // Rounding only; the twin's 1 − p cancels where the library's fused form does not.
      expectClose(actual, expected, tolerance: 1e-10, label)
    }
  }

  @Test(arguments: sources, Reduction.allCases)
  func `unit matrices are means of outer products of activities`(
    _ source: (modulus: Modulus, twin: ReferenceNetwork.Source), _ reduction: Reduction
  ) throws {
    let metric = Metric.reduced(source.modulus, reduction)
    try forAllNetworks(
      seeds: 200..<300, NetworkKinds(models: models(metric))
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let estimator = try trial.estimator(metric)
      let reference = ReferenceNetwork(network, parameters, samples)
      for (k, unit) in reference.units.enumerated() {
        let expected = reduction.entries(
          of: reference.unitMatrix(k, source.twin), hasBias: network.layers[unit.layer].hasBias)
        expectClose(
          estimator.unitMatrix(layer: unit.layer, unit: unit.index)!.elements,
          expected.flatMap { $0 }, tolerance: 1e-10, "\(label), unit \(k)")
      }
    }
  }

  @Test(arguments: [SignalSource.fisher, .empiricalFisher])
  func `full metrics are sums of products of per-sample Jacobians`(_ source: SignalSource) throws {
    try forAllNetworks(
      seeds: 300..<400, NetworkKinds(models: models(.full(source)), depth: 1...3)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let reference = ReferenceNetwork(network, parameters, samples)
      let expected = reference.fullMatrix(source == .fisher ? .fisher : .empiricalFisher)
      expectClose(
        try trial.estimator(.full(source)).fullMatrix()!.elements, expected.flatMap { $0 },
        tolerance: 1e-10, label)
    }
  }

  @Test(arguments: sources)
  func `damped unitwise and diagonal steps solve the systems of the twin`(
    _ modulus: Modulus, _ source: ReferenceNetwork.Source
  ) throws {
    let epsilon = 0.01
    try forAllNetworks(
      seeds: 400..<480, NetworkKinds(models: models(.reduced(modulus, .unitwise)))
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let reference = ReferenceNetwork(network, parameters, samples)
      for reduction in [Reduction.unitwise, .diagonal] {
        let step = try trial.step(.metric(.reduced(modulus, reduction), .additive(epsilon)))
        for (k, unit) in reference.units.enumerated() {
          let matrix = reduction.entries(
            of: reference.unitMatrix(k, source), hasBias: network.layers[unit.layer].hasBias)
          let expected = solve(damped(matrix, epsilon), Array(reference.gradient[unit.parameters]))
          // The condition number is at most |A|/ε; powers of large activities make |A| large.
          let norm = matrix.joined().map(abs).max()!
          expectClose(
            Array(step[unit.parameters]), expected, tolerance: 1e-10 + 1e-12 * norm / epsilon,
            "\(label), unit \(k), \(reduction)")
        }
      }
    }
  }

  @Test(arguments: [SignalSource.fisher, .empiricalFisher])
  func `damped full steps solve the system of the twin`(_ source: SignalSource) throws {
    let epsilon = 0.01
    var isDual = Set<Bool>()
    try forAllNetworks(
      seeds: 500..<560,
      NetworkKinds(
        activations: NetworkKinds.smooth, models: models(.full(source)), depth: 1...2,
        batch: 1...30)
    ) { network, parameters, samples, label in
      let columns = samples.count * (source == .fisher ? network.outputCount : 1)
      isDual.insert(columns < network.parameterCount)
      let trial = Trial(network, parameters, samples)
      let reference = ReferenceNetwork(network, parameters, samples)
      let matrix = reference.fullMatrix(source == .fisher ? .fisher : .empiricalFisher)
      let norm = matrix.joined().map(abs).max()!
      expectClose(
        try trial.step(.metric(.full(source), .additive(epsilon))),
        solve(damped(matrix, epsilon), reference.gradient),
        tolerance: 1e-10 + 1e-12 * norm / epsilon, label)
    }
    #expect(isDual == [true, false], "both systems are to be solved")
  }

  @Test func `at the outputs backpropagated and exact Fisher unit matrices coincide`() throws {
    try forAllNetworks(
      seeds: 600..<650, NetworkKinds(models: probabilistic)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let exact = try trial.estimator(.unitwiseNaturalGradient)
      let cheap = try trial.estimator(.backpropagatedMetric)
      let layer = network.layers.count - 1
      for unit in 0..<network.outputCount {
        expectClose(
          cheap.unitMatrix(layer: layer, unit: unit)!.elements,
          exact.unitMatrix(layer: layer, unit: unit)!.elements, tolerance: 1e-11, label)
      }
    }
  }
}
