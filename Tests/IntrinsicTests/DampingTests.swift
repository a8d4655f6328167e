import IntrinsicMath
import Testing

@testable import Intrinsic

/// The dampings that keep invariance, beside the additive one.
@Suite struct DampingTests {
  static let fisherKinds: NetworkKinds = {
    var kinds = NetworkKinds()
    kinds.models = OutputModel.allCases.filter(\.hasFisherMetric)
    return kinds
  }()

  @Test func `output-metric damping adds the identity at the outputs before propagation`() throws {
    try forAllNetworks(seeds: 0..<40, Self.fisherKinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let plain = try trial.estimator(.unitwiseNaturalGradient)
      let damped = try trial.estimator(
        .unitwiseNaturalGradient, Damping(output: 0.3))
      let rates = trial.workspace.transferRates(parameters)
      // Bernoulli models are about probabilities: dp/da is ½ for tanh, 1/(2 · 1.7159) for scaled.
      let slope: Double =
        switch (network.output, network.layers.last!.activation) {
        case (.bernoulli, .tanh): 0.5
        case (.bernoulli, .scaledTanh): 1 / 3.4318
        default: 1
        }
      for layer in network.layers.indices {
        let r = trial.workspace.derivatives.matrix(network.layers[layer].rows)
        var expected = plain.modulus(layer: layer, at: trial.workspace, parameters)!
        for unit in 0..<r.rows {
          for x in 0..<samples.count {
            for o in 0..<network.outputCount {
              let s = slope * r[unit, x] * rates[layer][unit, o * samples.count + x]
              expected[unit, x] += 0.3 * s * s
            }
          }
        }
        expectClose(
          damped.modulus(layer: layer, at: trial.workspace, parameters)!.elements,
          expected.elements, tolerance: 1e-12, "\(label), layer \(layer)")
      }
    }
  }

  @Test func `output-metric damping of a full metric has the damped unit matrices as blocks`()
    throws
  {
    try forAllNetworks(seeds: 0..<20, Self.fisherKinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let damping = Damping(output: 0.3)
      let full = try trial.estimator(.naturalGradient, damping).fullMatrix()!
      let units = try trial.estimator(.unitwiseNaturalGradient, damping)
      for layer in network.layers.indices {
        for unit in 0..<network.layers[layer].rows.count {
          let range = network.parameters(layer: layer, unit: unit)
          let block = range.flatMap { i in range.map { full[i, $0] } }
          expectClose(
            block, units.unitMatrix(layer: layer, unit: unit)!.elements, tolerance: 1e-12,
            "\(label), layer \(layer), unit \(unit)")
        }
      }
    }
  }

  @Test func `drawn output-metric damping is right in the mean`() throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered([3, 4, 3], activation: .tanh, output: .softmax)
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 6, using: &stream)
    let trial = Trial(network, parameters, samples)
    let damping = Damping(output: 0.5)
    let exact = try trial.estimator(.unitwiseNaturalGradient, damping)
    // 20,000 draws for each of 6 samples: a relative error of a few times 120,000^(−1/2).
    let drawn = try trial.estimator(
      .monteCarloUnitwiseNaturalGradient(samples: 20_000), damping)
    for unit in 0..<4 {
      expectClose(
        drawn.unitMatrix(layer: 0, unit: unit)!.elements,
        exact.unitMatrix(layer: 0, unit: unit)!.elements, tolerance: 0.03, ofLargest: 0.03,
        "unit \(unit)")
    }
  }

  @Test func `a modulus floor adds a part of the mean modulus to every sample`() throws {
    try forAllNetworks(seeds: 0..<20, Self.fisherKinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let plain = try trial.estimator(.diagonalGaussNewton)
      let floored = try trial.estimator(.diagonalGaussNewton, Damping(modulusFloor: 0.2))
      for layer in network.layers.indices {
        let c = plain.modulus(layer: layer, at: trial.workspace, parameters)!
        let expected = c.nested.flatMap { row in
          row.map { $0 + 0.2 * row.reduce(0, +) / Double(row.count) }
        }
        expectClose(
          floored.modulus(layer: layer, at: trial.workspace, parameters)!.elements, expected,
          tolerance: 1e-13, "\(label), layer \(layer)")
      }
    }
  }

  @Test func `sampling noise shrinks each weight by its input's kurtosis, and the bias follows`()
    throws
  {
    var stream = RandomStream(seed: 9)
    let network = try Network.layered([4, 1], activation: .tanh, output: .square)
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 30, using: &stream)
    let trial = Trial(network, parameters, samples)
    let plain = try trial.step(.metric(.quasiDiagonalBackpropagatedMetric, .none))
    let shrunk = try trial.step(
      .metric(.quasiDiagonalBackpropagatedMetric, Damping(kurtosis: 7)))
    let a = try trial.estimator(.quasiDiagonalBackpropagatedMetric).unitMatrix(layer: 0, unit: 0)!
    var bias = trial.gradient[0] / a[0, 0]
    for i in 1...4 {
      let x = samples.inputs.row(i - 1)
      let mean = x.reduce(0, +) / 30
      let second = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 30
      let fourth = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / 30
      let expected = plain[i] / (1 + 7 * fourth / (second * second) / 30)
      expectClose([shrunk[i]], [expected], tolerance: 1e-12, "weight \(i)")
      bias -= a[0, i] / a[0, 0] * expected
    }
    expectClose([shrunk[0]], [bias], tolerance: 1e-12, "bias")
  }

  static let invariant: [Damping] = [
    Damping(output: 0.5), Damping(modulusFloor: 0.1), Damping(kurtosis: 10),
    Damping(output: 1, modulusFloor: 0.01, kurtosis: 5),
  ]

  @Test(arguments: invariant, [Modulus.backpropagated, .expand(.fisher)])
  func `invariant dampings keep the invariance of quasi-diagonal steps`(
    _ damping: Damping, _ modulus: Modulus
  ) throws {
    let correspondence = try InvarianceTests.sigmoidToTanh()
    let method = Optimizer.metric(.reduced(modulus, .quasiDiagonal), damping)
    #expect(damping.keepsInvariance)
    // Rounding times the condition of the unit problems, as for undamped steps.
    #expect(try correspondence.deviation(method) < 1e-9)
  }

  @Test func `additive damping breaks it`() throws {
    let correspondence = try InvarianceTests.sigmoidToTanh()
    let method = Optimizer.metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01))
    #expect(!Damping.additive(0.01).keepsInvariance)
    #expect(try correspondence.deviation(method) > 1e-3)
  }

  @Test func `a pseudo-inverse solves singular problems by the step of least norm`() throws {
    var stream = RandomStream(seed: 4)
    let network = try Network.layered([9, 3, 2], activation: .tanh, output: .square)
    let parameters = randomParameters(network, using: &stream)
    // 5 samples for 10 parameters a unit: singular, with the gradient in the range of A.
    let trial = Trial(network, parameters, randomSamples(network, count: 5, using: &stream))
    let steps = try [Metric.backpropagatedMetric, .naturalGradient].map { metric in
      (
        pseudo: try trial.step(.metric(metric, Damping(pseudoInverse: 1e-10))),
        limit: try trial.step(.metric(metric, .additive(1e-9)))
      )
    }
    for (pseudo, limit) in steps {
      // A⁻¹ with ε differs from the pseudo-inverse by ε over the least eigenvalue.
      expectClose(pseudo, limit, tolerance: 1e-4, "pseudo-inverse")
    }
    #expect(throws: MetricError.self) {
      try trial.step(.metric(.backpropagatedMetric, .none))
    }
  }

  @Test(arguments: [
    (Metric.quasiDiagonalEmpiricalFisher, Damping(output: 1)),
    (.naturalGradient, Damping(modulusFloor: 1)),
    (.unitwiseNaturalGradient, Damping(kurtosis: 1)),
    (.quasiDiagonalNaturalGradient, Damping(pseudoInverse: 1e-9)),
  ])
  func `dampings without meaning are refused with the reason`(
    _ pair: (metric: Metric, damping: Damping)
  ) throws {
    let network = try Network.layered([2, 1], activation: .tanh, output: .square)
    let error = try #require(throws: MetricError.self) {
      _ = try MetricEstimator<Double>(
        pair.metric, damping: pair.damping, network, maximumBatchSize: 2,
        stream: RandomStream(seed: 1))
    }
    guard case .dampingDoesNotApply(let reason) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(reason.contains("needs"))
  }
}
