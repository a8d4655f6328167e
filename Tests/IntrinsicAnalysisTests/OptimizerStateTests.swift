import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

/// Transformations of gradients, momentum, averages and metrics.
@Suite struct OptimizerStateTests {
  static let methods: [Optimizer] = [
    .metric(.naturalGradient, .none, MetricAveraging(rate: 0.3)),
    .metric(.layerwiseNaturalGradient, .none, MetricAveraging(rate: 0.3)),
    .metric(.unitwiseNaturalGradient, .none, MetricAveraging(rate: 0.3)),
    .metric(
      .unitwiseNaturalGradient, Damping(modulusFloor: 0.1), MetricAveraging(rate: 0.3)),
    .metric(.quasiDiagonalNaturalGradient, .none, MetricAveraging(rate: 0.3)),
    .metric(
      .quasiDiagonalBackpropagatedMetric, Damping(output: 0.1), MetricAveraging(rate: 0.1)),
    .metric(.diagonalGaussNewton, .none, MetricAveraging(rate: 0.3)),
    .metric(.empiricalFisher, .additive(0.1), MetricAveraging(rate: 0.3)),
    .metric(
      .unitwiseNaturalGradient, .none, MetricAveraging(rate: 0.3, refreshInterval: 3)
    ).withMomentum(0.9),
    .metric(.quasiDiagonalNaturalGradient, .none).withMomentum(0.5).clipped(toLength: 0.1),
    .momentum(0.9), .nesterov(0.8), .adam, .adaGrad(epsilon: 1e-8),
    .rmsProp(decay: 0.9, epsilon: 1e-8),
  ]

  private func descent(
    _ method: Optimizer, _ model: Model, _ samples: Samples<Double>
  ) throws -> Descent<Double> {
    try Descent<Double>(
      method, model.network, from: model.parameters, stepSize: .constant(0.01),
      maximumBatchSize: samples.count, stream: RandomStream(seed: 1))
  }

  @Test(arguments: methods, [TestModel.tanh, .sigmoid, .sparse, .groups])
  func `training goes on the same after parameters and state are mapped`(
    _ method: Optimizer, _ name: TestModel
  ) throws {
    var stream = RandomStream(seed: 12)
    let model = try name.model(&stream)
    let samples = randomSamples(model.network, 250, &stream)
    let before = try descent(method, model, samples)
    for _ in 0..<10 { try before.step(on: samples) }
    let warm = Model(network: model.network, parameters: before.parameters)
    var checked = 0
    for kind in Transformation.Kind.allCases
    where Invariance.declared(for: method, under: kind) {
      var draws = stream.child(kind.rawValue)
      guard let change = try? Transformation.random(kind, for: warm, using: &draws) else {
        continue
      }
      let image = try change.applied(to: warm)
      let imageSamples = change.applied(to: samples)
      let sides = [
        (try descent(method, warm, samples), samples, before.optimizerState),
        (
          try descent(method, image, imageSamples), imageSamples,
          try change.applied(to: before.optimizerState, of: warm.network)
        ),
      ]
      for (side, _, state) in sides { side.optimizerState = state }
      let cold = try descent(method, image, imageSamples)
      var (deviation, coldDeviation) = (0.0, 0.0)
      for _ in 0..<10 {
        let losses = try sides.map { try $0.0.step(on: $0.1) }
        deviation = max(deviation, abs(losses[1] - losses[0]) / losses[0])
        coldDeviation = max(coldDeviation, abs(try cold.step(on: imageSamples) / losses[0] - 1))
      }
      #expect(deviation < 1e-7, "\(kind)")
      #expect(coldDeviation > 1e-7, "\(kind): the state makes no difference")
      checked += 1
    }
    #expect(checked >= 1)
  }

  @Test func `continuing with a state is going on`() throws {
    for method in Self.methods {
      var stream = RandomStream(seed: 13)
      let model = try TestModel.tanh.model(&stream)
      let samples = randomSamples(model.network, 250, &stream)
      let whole = try descent(method, model, samples)
      for _ in 0..<5 { try whole.step(on: samples) }
      let again = try descent(
        method, Model(network: model.network, parameters: whole.parameters), samples)
      again.optimizerState = whole.optimizerState
      for _ in 0..<5 {
        let (a, b) = (try whole.step(on: samples), try again.step(on: samples))
        // Inverses that were updated are computed anew, and differ by rounding.
        #expect(abs(a - b) <= 1e-12 * abs(a), "\(method)")
      }
    }
  }

  @Test(arguments: TestModel.allCases)
  func `a mapped gradient is that of the transformed model`(_ name: TestModel) throws {
    var stream = RandomStream(seed: 14)
    let model = try name.model(&stream)
    let samples = randomSamples(model.network, 30, &stream)
    func gradient(_ model: Model, _ samples: Samples<Double>) -> Gradient<Double> {
      let workspace = Workspace<Double>(model.network, maximumBatchSize: samples.count)
      workspace.load(samples)
      var gradient = Gradient<Double>(model.network)
      workspace.lossAndGradient(model.parameters, into: &gradient)
      return gradient
    }
    for kind in Transformation.Kind.allCases {
      var draws = stream.child(kind.rawValue)
      guard let change = try? Transformation.random(kind, for: model, using: &draws) else {
        continue
      }
      let mapped = try change.applied(to: gradient(model, samples), of: model.network)
      let actual = gradient(try change.applied(to: model), change.applied(to: samples))
      #expect(deviation(mapped.elements, actual.elements) < 1e-10, "\(kind)")
    }
  }

  @Test func `squares of gradients go to the squares of their images`() throws {
    var stream = RandomStream(seed: 16)
    let model = try TestModel.relu.model(&stream)
    let gradient = Gradient<Double>(
      (0..<model.parameters.count).map { _ in stream.normal() })
    let squares = gradient.elements.map { $0 * $0 }
    for kind in [Transformation.Kind.permutation, .rescaling, .inputScaling] {
      let change = try Transformation.random(kind, for: model, using: &stream)
      let image = try change.applied(to: gradient, of: model.network)
      let expected = image.elements.map { $0 * $0 }
      #expect(expected.sorted() != squares.sorted() || kind == .permutation)
      let state = OptimizerState<Double>(components: [
        "mean": .gradient(gradient), "squares": .squares(GradientSquares(squares)),
        "steps": .counts([3]),
      ])
      let mapped = try change.applied(to: state, of: model.network).components
      guard case .gradient(let mean) = mapped["mean"],
        case .squares(let actual) = mapped["squares"],
        case .counts([3]) = mapped["steps"], mapped.count == 3
      else {
        Issue.record("\(mapped.keys)")
        continue
      }
      #expect(deviation(actual.elements, expected) < 1e-13, "\(kind)")
      #expect(mean.elements == image.elements, "\(kind)")
    }
  }

  @Test func `squares have no image under mixtures`() throws {
    var stream = RandomStream(seed: 15)
    let model = try TestModel.tanh.model(&stream)
    let shift = try Transformation.random(.inputShift, for: model, using: &stream)
    #expect {
      try shift.applied(
        to: OptimizerState(components: [
          "squares": .squares(
            GradientSquares([Double](repeating: 1, count: model.parameters.count)))
        ]), of: model.network)
    } throws: { error in
      if case TransformationError.squaresMix(0, 0) = error { true } else { false }
    }
  }
}
