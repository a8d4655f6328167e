import IntrinsicMath
import Testing

@testable import Intrinsic

/// The loops around steps.
@Suite struct DescentTests {
  private func start(_ seed: UInt64 = 1) throws -> Trial<Double> {
    var stream = RandomStream(seed: seed)
    let network = try Network.layered(
      [3, 4, 2], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli)
    return Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: 30, using: &stream))
  }

  private func adaptive(
    _ trial: Trial<Double>, _ method: Optimizer, initial: Double, threads: Int = 1
  )
    throws -> BoldDriverDescent<Double>
  {
    try BoldDriverDescent(
      method, trial.network, from: trial.parameters, samples: trial.samples,
      driver: BoldDriver(initial: initial), stream: RandomStream(seed: 7),
      threads: threads)
  }

  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `a rejected step leaves no trace but half the step size`(_ method: Optimizer) throws {
    let trial = try start()
    let descent = try adaptive(trial, method, initial: 1e9)
    var rejections = 0
    // 2⁶⁰ would be needed to reach 1e-9: a loop without bound would not end if undoing failed.
    while try rejections < 60 && !descent.iterate() {
      rejections += 1
      #expect(descent.parameters.elements == trial.parameters.elements)
      #expect(descent.loss == trial.loss)
      #expect(descent.rejections == rejections && descent.iterations == rejections)
      #expect(descent.driver.stepSize == 1e9 / Double(1 << rejections))
    }
    #expect(rejections > 5 && rejections < 60)
    #expect(descent.loss < trial.loss)
    #expect(descent.driver.stepSize == 1e9 / Double(1 << rejections) * 1.1)
  }

  /// Methods whose step depends on nothing but parameters and data.
  static let memoryless: [Optimizer] =
    [.gradientDescent, .batchAdaGrad(epsilon: 1e-3)]
    + Metric.every.filter { !$0.isStochastic }.map { .metric($0, .additive(1e-3)) }

  @Test(arguments: memoryless)
  func `after rejections a descent goes on as if it had started with the smaller step`(
    _ method: Optimizer
  ) throws {
    let trial = try start()
    let late = try adaptive(trial, method, initial: 1e9)
    for _ in 0..<60 where try late.iterate() { break }
    let early = try adaptive(trial, method, initial: 1e9 / Double(1 << late.rejections))
    try early.iterate()
    for _ in 0..<30 {
      try late.iterate()
      try early.iterate()
      #expect(late.loss == early.loss)
    }
    #expect(late.parameters.elements == early.parameters.elements)
  }

  @Test(arguments: memoryless)
  func `an adaptive descent takes the step of its method at its current parameters`(
    _ method: Optimizer
  ) throws {
    let trial = try start()
    let descent = try adaptive(trial, method, initial: 0.01)
    for _ in 0..<5 {
      let here = Trial(trial.network, descent.parameters, trial.samples)
      var expected = descent.parameters
      expected.move(by: Displacement(try here.step(method)), stepSize: descent.driver.stepSize)
      let accepted = try descent.iterate()
      #expect(accepted && descent.parameters.elements == expected.elements)
    }
  }

  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `the loss of an adaptive descent never rises and is that of its parameters`(
    _ method: Optimizer
  ) throws {
    let descent = try adaptive(try start(), method, initial: 0.1)
    var loss = descent.loss
    for _ in 0..<60 {
      let accepted = try descent.iterate()
      #expect(accepted ? descent.loss < loss : descent.loss == loss)
      loss = descent.loss
    }
    let trial = try start()
    #expect(Trial(trial.network, descent.parameters, trial.samples).loss == descent.loss)
  }

  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `the same seed gives the same trajectory bit for bit`(_ method: Optimizer) throws {
    let trial = try start()
    let parameters = try (0..<2).map { _ in
      let descent = try adaptive(trial, method, initial: 0.1)
      let stochastic = try Descent(
        method, trial.network, from: trial.parameters, stepSize: .constant(0.01),
        maximumBatchSize: 10,
        stream: RandomStream(seed: 7))
      for step in 0..<20 {
        try descent.iterate()
        try stochastic.step(on: trial.samples.subset((0..<10).map { ($0 + 7 * step) % 30 }))
      }
      return descent.parameters.elements + stochastic.parameters.elements
    }
    #expect(parameters[0] == parameters[1])
  }

  @Test func `a descent takes the steps of its method, scaled by the step size`() throws {
    let trial = try start()
    let method = Optimizer.metric(.quasiDiagonalNaturalGradient, .additive(1e-3))
    let sizes = StepSize.inverseTime(initial: 0.5, rate: 1)
    let descent = try Descent(
      method, trial.network, from: trial.parameters, stepSize: sizes, maximumBatchSize: 30,
      stream: RandomStream(seed: 1))
    var parameters = trial.parameters
    for step in 0..<3 {
      let here = Trial(trial.network, parameters, trial.samples)
      #expect(try descent.step(on: trial.samples) == here.loss)
      parameters.move(
        by: Displacement(try here.step(method)), stepSize: 0.5 / (1 + Double(step)))
      #expect(descent.parameters.elements == parameters.elements)
    }
    #expect(descent.steps == 3)
  }

  @Test func `step sizes follow their schedules`() {
    #expect((0..<3).map { StepSize.constant(0.3)($0) } == [0.3, 0.3, 0.3])
    #expect((0..<3).map { StepSize.inverseTime(initial: 1, rate: 1)($0) } == [1, 0.5, 1.0 / 3])
    #expect((0..<3).map { StepSize.exponential(initial: 1, rate: 0.5)($0) } == [1, 0.5, 0.25])
    let steps = StepSize.steps(initial: 1, factor: 0.5, every: 2)
    #expect((0..<5).map { steps($0) } == [1, 1, 0.5, 0.5, 0.25])
  }

  /// A linear network whose second hidden unit overflows on the second sample.
  private func overflowing() throws -> (Network, Parameters<Double>, Samples<Double>) {
    let network = try Network.layered(
      [1, 2, 1], activation: .identity, output: .square, bias: false)
    return (
      network, Parameters([1, 1e308, 1, 1]),
      Samples(inputs: Matrix([[0.0, 10]]), targets: .values(Matrix([[0.0, 0]])))
    )
  }

  @Test func `a diverged loss names the unit where activities stop being finite`() throws {
    let (network, parameters, samples) = try overflowing()
    let descent = try Descent(
      .gradientDescent, network, from: parameters, stepSize: .constant(1), maximumBatchSize: 2,
      stream: RandomStream(seed: 1))
    let expected = DescentError.lossNotFinite(
      step: 0, loss: .infinity, origin: .init(layer: 0, unit: 1, sample: 1))
    #expect(throws: expected) { try descent.step(on: samples) }
    #expect(descent.parameters.elements == parameters.elements && descent.steps == 0)
    #expect(throws: expected) {
      try BoldDriverDescent(
        .gradientDescent, network, from: parameters, samples: samples,
        stream: RandomStream(seed: 1))
    }
    for word in ["layer 0", "unit 1", "sample 1", "step size"] {
      #expect(expected.description.contains(word))
    }
  }

  @Test func `too large steps end in an error, not in numbers that are none`() throws {
    let trial = try start()
    let network = try Network.layered([3, 4, 2], activation: .relu, output: .square)
    let descent = try Descent(
      .gradientDescent, network, from: trial.parameters, stepSize: .constant(1e3),
      maximumBatchSize: 30,
      stream: RandomStream(seed: 1))
    let error = #expect(throws: DescentError.self) {
      for _ in 0..<1000 { try descent.step(on: trial.samples) }
    }
    guard case .lossNotFinite(let step, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(step > 0 && step < 100)
  }

  @Test func `a step that overflows names its unit`() throws {
    let network = try Network.layered([1, 1], activation: .identity, output: .square, bias: false)
    let descent = try BoldDriverDescent(
      .gradientDescent, network, from: Parameters([1e-50]),
      samples: Samples(inputs: Matrix([[1e200]]), targets: .values(Matrix([[0.0]]))),
      stream: RandomStream(seed: 1))
    #expect(throws: DescentError.stepNotFinite(step: 0, layer: 0, unit: 0)) {
      try descent.iterate()
    }
  }

  @Test func `errors of a metric come through`() throws {
    let network = try Network.layered([2, 1], activation: .identity, output: .exponential)
    #expect(throws: DescentError.metric(.noFisherMetric(.exponential))) {
      try BoldDriverDescent(
        .metric(.diagonalGaussNewton, .none), network, from: Parameters([0, 0, 0]),
        samples: Samples(inputs: Matrix([[1.0], [1]]), targets: .values(Matrix([[1.0]]))),
        stream: RandomStream(seed: 1))
    }
  }

  @Test func `parameters changed between steps are what the next step starts from`() throws {
    let trial = try start()
    let other = try start(2).parameters
    func descent(from parameters: Parameters<Double>) throws -> Descent<Double> {
      try Descent(
        .gradientDescent, trial.network, from: parameters, stepSize: .constant(0.1),
        maximumBatchSize: trial.samples.count, stream: RandomStream(seed: 7))
    }
    let changed = try descent(from: trial.parameters)
    try changed.step(on: trial.samples)
    changed.changeParameters { $0 = other }
    let fresh = try descent(from: other)
    #expect(try changed.step(on: trial.samples) == fresh.step(on: trial.samples))
    #expect(changed.parameters.elements == fresh.parameters.elements && changed.steps == 2)
  }
}
