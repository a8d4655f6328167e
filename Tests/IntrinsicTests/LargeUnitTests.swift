import IntrinsicMath
import Testing

@testable import Intrinsic

/// Units with more than 64 parameters: in the space of samples or of parameters, whichever is
/// smaller, and in threads.
@Suite struct LargeUnitTests {
  enum Wiring: CaseIterable { case dense, sparse }

  /// 90 inputs, a first layer of large units, the last layer in lanes.
  private func trial(_ wiring: Wiring, count: Int, maximumBatchSize: Int? = nil) throws -> Trial<
    Double
  > {
    var stream = RandomStream(seed: 1)
    var builder = NetworkBuilder(inputs: 90)
    if wiring == .dense {
      builder.dense(3, .tanh)
    } else {
      builder.sparse(incoming: [70, 89, 30].map { stream.distinct($0, below: 90) }, .tanh)
    }
    builder.dense(2, .sigmoid)
    let network = try builder.build(output: .bernoulli)
    return Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: count, using: &stream), maximumBatchSize: maximumBatchSize)
  }

  private func expected(
    _ trial: Trial<Double>, _ source: ReferenceNetwork.Source, _ epsilon: Double
  ) -> [Double] {
    let reference = ReferenceNetwork(trial.network, trial.parameters, trial.samples)
    return reference.units.indices.flatMap { k in
      solve(
        damped(reference.unitMatrix(k, source), epsilon),
        Array(trial.gradient.elements[reference.units[k].parameters]))
    }
  }

  /// Samples, and the samples that there is room for.
  static let counts = [(10, 10), (40, 40), (89, 89), (90, 90), (150, 150), (20, 120)]

  @Test(arguments: Wiring.allCases, counts)
  func `unitwise steps of large units agree with a dense solution`(
    _ wiring: Wiring, _ samples: (count: Int, maximumBatchSize: Int)
  ) throws {
    let trial = try trial(wiring, count: samples.count, maximumBatchSize: samples.maximumBatchSize)
    for (modulus, source) in MetricTests.sources {
      for epsilon in [1e-4, 1] {
        // Condition numbers up to 10/ε; the dual system loses another factor, which its
        // refinement wins back.
        expectClose(
          try trial.step(.metric(.reduced(modulus, .unitwise), .additive(epsilon))),
          expected(trial, source, epsilon), tolerance: 1e-9, "\(modulus), ε = \(epsilon)")
      }
    }
  }

  @Test(arguments: Wiring.allCases, [40, 150])
  func `unit matrices of large units agree with the twin`(_ wiring: Wiring, _ count: Int) throws {
    let trial = try trial(wiring, count: count)
    let reference = ReferenceNetwork(trial.network, trial.parameters, trial.samples)
    for (modulus, source) in MetricTests.sources {
      let estimator = try trial.estimator(.reduced(modulus, .unitwise))
      for (k, unit) in reference.units.enumerated() {
        expectClose(
          estimator.unitMatrix(layer: unit.layer, unit: unit.index)!.elements,
          reference.unitMatrix(k, source).flatMap { $0 }, tolerance: 1e-12, "\(modulus), unit \(k)")
      }
    }
  }

  @Test(arguments: [40, 150])
  func `large units need no damping where samples suffice`(_ count: Int) throws {
    let trial = try trial(.dense, count: count)
    let method = Optimizer.metric(.backpropagatedMetric, .none)
    guard count > 91 else {
      #expect(throws: MetricError.self) { try trial.step(method) }
      return
    }
    // Condition numbers of 150 samples of 91 activities: some hundreds.
    expectClose(
      try trial.step(method), expected(trial, .backpropagated, 0), tolerance: 1e-10, "undamped")
  }

  /// 281 parameters from 20 or 200 samples of 2 outputs: in the space of columns and of parameters.
  @Test(arguments: [20, 200], [1e-4, 1])
  func `full steps agree with a dense solution`(_ count: Int, _ epsilon: Double) throws {
    let trial = try trial(.dense, count: count)
    let reference = ReferenceNetwork(trial.network, trial.parameters, trial.samples)
    for source in [SignalSource.fisher, .empiricalFisher] {
      let matrix = damped(
        reference.fullMatrix(source == .fisher ? .fisher : .empiricalFisher), epsilon)
      // As above.
      expectClose(
        try trial.step(.metric(.full(source), .additive(epsilon))),
        solve(matrix, trial.gradient.elements), tolerance: 1e-9, "\(source)")
    }
  }

  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `two threads compute what one does`(_ method: Optimizer) throws {
    // 120 × 101 parameters × 60 samples are enough work to be split.
    var stream = RandomStream(seed: 2)
    var builder = NetworkBuilder(inputs: 100)
    let first = builder.dense(120, .tanh)
    builder.dense(80, .softplus)
    builder.dense(10, .identity, reading: [first, builder.last])
    let network = try builder.build(output: .softmax)
    if case .metric(.full, _, _) = method { return }
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 60, using: &stream)
    let one = Trial(network, parameters, samples)
    let two = Trial(network, parameters, samples, threads: 2)
    // The same sums, possibly in blocks of other sizes.
    expectClose([two.loss], [one.loss], tolerance: 1e-14, "loss")
    expectClose(two.gradient.elements, one.gradient.elements, tolerance: 1e-13, "gradient")
    // A quotient of small quantities amplifies rounding by |A|/ε.
    let step = try two.step(method)
    expectClose(step, try one.step(method), tolerance: 1e-8, "step")
    let again = try Trial(network, parameters, samples, threads: 2).step(method)
    #expect(again == step)
  }
}
