import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

/// Methods without a metric, then every metric, undamped.
let baselines: [Optimizer] = [
  .gradientDescent, .momentum(0.9), .nesterov(0.9), .batchAdaGrad(epsilon: 1e-8),
  .adaGrad(epsilon: 1e-8), .rmsProp(decay: 0.9, epsilon: 1e-8), .adam,
]
let metrics: [Metric] = [
  .naturalGradient, .layerwiseNaturalGradient, .layerwise(.empiricalFisher),
  .unitwiseNaturalGradient, .quasiDiagonalNaturalGradient,
  .diagonalNaturalGradient, .backpropagatedMetric, .quasiDiagonalBackpropagatedMetric,
  .diagonalGaussNewton, .empiricalFisher, .unitwiseEmpiricalFisher, .quasiDiagonalEmpiricalFisher,
  .diagonalEmpiricalFisher, .monteCarloNaturalGradient(samples: 5),
  .monteCarloUnitwiseNaturalGradient(samples: 2), .monteCarloQuasiDiagonalNaturalGradient(),
  .monteCarloDiagonalNaturalGradient(), .pathSGD, .ddpSGD(.half(.secondMoment), .exact),
  .ddpSGD(.half(.covariance), .exact), .ddpSGD(.half(.secondMoment), .backpropagated),
  .path(.half(.secondMoment), .exact, .quasiDiagonal),
  .path(.half(.secondMoment), .exact, .unitwise), .ddpSGD(.covariance, .exact),
  .ddpSGD(.secondMoment, .backpropagated), .path(.secondMoment, .exact, .quasiDiagonal),
]
let allMethods = baselines + metrics.map { .metric($0, .none) }

extension Optimizer {
  /// There are no path measures of normalized networks, nor of groups.
  fileprivate func exists(for test: TestModel) -> Bool {
    if case .metric(.path, _, _) = self { TestModel.scalar.contains(test) } else { true }
  }
}

/// The declared table against measurement, in both directions: what is declared invariant deviates by
/// rounding errors only, what is not deviates by more than 10⁻³ of the step's effect.
@Suite struct InvarianceTests {
  static let sampleCount = 96
  /// Rounding errors of a step, 10⁻¹⁶, magnified by the inverse of matrices with pivots from
  /// `leastPivot`, and by the sums over parameters.
  static let tolerance = 1e-9
  static let leastPivot = 1e-5

  /// Verifies a method on a random model under a random transformation of every kind that it allows.
  private func verify(
    _ method: Optimizer, on test: TestModel, seed: UInt64, steps: Int,
    _ body: (Transformation.Kind, Transformation, Network, Verification) throws -> Void
  ) throws {
    var settings = Verification.Settings()
    settings.steps = steps
    var stream = RandomStream(seed: seed)
    let model = try test.model(&stream)
    let samples = randomSamples(model.network, Self.sampleCount, &stream)
    for kind in Transformation.Kind.allCases where test.allows(kind) {
      let g = try Transformation.random(kind, for: model, using: &stream)
      let result = try Verification(
        method, under: g, on: model, samples, settings: settings, stream: stream)
      try body(kind, g, model.network, result)
    }
  }

  @Test(arguments: allMethods)
  func `one step shows the declared table and nothing else`(_ method: Optimizer) throws {
    var seen: Set<Transformation.Kind> = []
    for test in TestModel.allCases where method.exists(for: test) {
      // Steps made of signs may agree by chance for one draw, but not for all.
      var largest: [Transformation.Kind: Double] = [:]
      for seed in UInt64(0)..<3 {
        try verify(method, on: test, seed: seed, steps: 0) { kind, g, network, result in
          if let pivot = result.smallestPivot, pivot < Self.leastPivot { return }
          seen.insert(kind)
          let what: Comment = "\(kind), \(test), seed \(seed): \(result)"
          let deviation = try #require(result.stepDeviation, what)
          #expect(
            result.isDeclared == Invariance.declared(for: method, under: g, of: network),
            what)
          if result.isDeclared {
            // Exponential gains magnify the rounding errors of long steps.
            if result.stepEffect! < 1e6 { #expect(deviation <= Self.tolerance, what) }
            #expect(result.parameterDeviation! <= Self.tolerance, what)
            #expect(result.verdict == .invariant, what)
          } else {
            largest[kind] = max(largest[kind] ?? 0, deviation)
          }
        }
      }
      for (kind, deviation) in largest { #expect(deviation > 1e-3, "\(kind), \(test)") }
    }
    // Rescaling leaves the function alone, so a full metric vanishes along it and has no inverse.
    let isFull = if case .metric(.full, _, _) = method { true } else { false }
    var impossible: Set<Transformation.Kind> =
      isFull
      ? [.rescaling, .balancing, .normalization, .pathConditioning, .directionScaling] : []
    if !method.exists(for: .batchNormalized) {
      impossible.formUnion([.directionScaling, .groupRecombination])
    }
    #expect(seen == Set(Transformation.Kind.allCases).subtracting(impossible))
  }

  @Test(
    arguments: [
      Optimizer.metric(.unitwiseNaturalGradient, Damping(output: 0.3)),
      .metric(.quasiDiagonalBackpropagatedMetric, Damping(output: 0.3)),
      .metric(.naturalGradient, Damping(output: 0.3)),
      .metric(.quasiDiagonalNaturalGradient, Damping(modulusFloor: 0.3)),
      .metric(.unitwiseEmpiricalFisher, Damping(modulusFloor: 0.3)),
      .metric(.quasiDiagonalBackpropagatedMetric, Damping(kurtosis: 10)),
      .metric(.diagonalGaussNewton, Damping(kurtosis: 10)),
    ])
  func `damping that keeps invariance does`(_ method: Optimizer) throws {
    for test in [TestModel.small, .sigmoid, .skip, .groups] {
      try verify(method, on: test, seed: 5, steps: 20) { kind, _, _, result in
        if let pivot = result.smallestPivot, pivot < Self.leastPivot { return }
        #expect(
          result.verdict == (result.isDeclared ? .invariant : .dependent),
          "\(kind), \(test): \(result)")
      }
    }
  }

  @Test(arguments: metrics)
  func `additive damping leaves permutations only`(_ metric: Metric) throws {
    let method = Optimizer.metric(metric, .additive(0.1))
    for test in TestModel.allCases where method.exists(for: test) {
      try verify(method, on: test, seed: 5, steps: 0) { kind, _, _, result in
        let deviation = try #require(result.stepDeviation)
        #expect(
          kind == .permutation ? deviation <= Self.tolerance : deviation > 1e-3,
          "\(kind), \(test): \(result)")
        #expect(result.isDeclared == (kind == .permutation))
      }
    }
  }

  /// Verification, row 5: the losses of a trajectory agree to 10⁻⁸.
  @Test(
    arguments: [
      Optimizer.gradientDescent, .momentum(0.9), .adam, .metric(.naturalGradient, .none),
      .metric(.unitwiseNaturalGradient, .none),
      .metric(.quasiDiagonalBackpropagatedMetric, .none),
      .metric(.monteCarloQuasiDiagonalNaturalGradient(), .none),
      .metric(.quasiDiagonalEmpiricalFisher, .none), .metric(.diagonalGaussNewton, .none),
    ])
  func `trajectories agree where declared and part where not`(_ method: Optimizer) throws {
    var settings = Verification.Settings()
    // Undamped, the natural gradient soon drives a unit into saturation, where its matrix ends.
    settings.steps = method == .metric(.naturalGradient, .none) ? 20 : 200
    for kind in Transformation.Kind.allCases {
      let test = [TestModel.small, .relu, .batchNormalized, .groups].first { $0.allows(kind) }!
      var stream = RandomStream(seed: 11)
      let model = try test.model(&stream)
      let samples = randomSamples(model.network, Self.sampleCount, &stream)
      let g = try Transformation.random(kind, for: model, using: &stream)
      let result = try Verification(
        method, under: g, on: model, samples, settings: settings, stream: stream)
      guard result.verdict != .undefined else {
        #expect(test != .small, "\(kind): \(result)")
        continue
      }
      #expect(result.failure == nil, "\(kind): \(result)")
      let deviation = try #require(result.trajectoryDeviation)
      #expect(result.isDeclared ? deviation < 1e-8 : deviation > 1e-6, "\(kind): \(result)")
    }
  }

  @Test func `compositions are invariant where all their parts are`() throws {
    var stream = RandomStream(seed: 2)
    let model = try TestModel.small.model(&stream)
    let samples = randomSamples(model.network, Self.sampleCount, &stream)
    var (g, image) = (Transformation.identity, model)
    for kind in [Transformation.Kind.affine, .permutation, .inputInversion, .sigmoidTanh] {
      let next = try Transformation.random(kind, for: image, using: &stream)
      (g, image) = (g.then(next), try next.applied(to: image))
    }
    for (metric, isInvariant) in [
      (Metric.quasiDiagonalBackpropagatedMetric, true), (.diagonalGaussNewton, false),
    ] {
      let result = try Verification(
        .metric(metric, .none), under: g, on: model, samples, stream: stream)
      #expect(result.isDeclared == isInvariant)
      #expect(result.verdict == (isInvariant ? .invariant : .dependent), "\(result)")
    }
  }

  @Test func `a singular matrix is named by its owner`() throws {
    var stream = RandomStream(seed: 1)
    let network = try Network.layered([1, 2, 1], activation: .relu, output: .square)
    // Unit 1 reacts to no input.
    let model = Model(network: network, parameters: Parameters([5, 1, -9, 1, 0, 1, 1]))
    let samples = randomSamples(network, 20, &stream)
    let result = try Verification(
      .metric(.unitwiseNaturalGradient, .none), under: .inputScaling([2]), on: model, samples,
      stream: stream)
    #expect(result.verdict == .undefined && result.smallestPivot == 0)
    #expect(result.failure?.hasPrefix("the matrix of layer 0, unit 1 is singular") == true)
  }

  @Test(arguments: Scaling.allCases)
  func `Levenberg–Marquardt is as invariant as its scaling`(_ scaling: Scaling) {
    var settings = LevenbergMarquardtSettings()
    settings.scaling = scaling
    let method = Optimizer.levenbergMarquardt(settings)
    func isDeclared(_ kind: Transformation.Kind) -> Bool {
      Invariance.declared(for: method, under: kind)
    }
    #expect(isDeclared(.permutation))
    #expect(isDeclared(.unitScaling) == (scaling != .identity))
    #expect(isDeclared(.affine) == [.quasiDiagonal, .unitwise].contains(scaling))
    #expect(isDeclared(.recombination) == (scaling == .unitwise))
    #expect(isDeclared(.groupRecombination) == (scaling == .unitwise))
    #expect(
      Invariance.obstacle(for: method, under: .recombination)
        == (scaling == .unitwise ? nil : .damping))
    settings.penalty = 1e-3
    #expect(!Invariance.declared(for: .levenbergMarquardt(settings), under: .unitScaling))
  }

  @Test func `obstacles are named`() {
    let quasiDiagonal = Metric.quasiDiagonalNaturalGradient
    #expect(Invariance.obstacle(for: .adam, under: .inputScaling) == .method)
    #expect(Invariance.obstacle(for: .metric(quasiDiagonal, .none), under: .affine) == nil)
    #expect(
      Invariance.obstacle(for: .metric(quasiDiagonal, .additive(1)), under: .affine) == .damping)
    #expect(
      Invariance.obstacle(for: .metric(quasiDiagonal, .additive(1)), under: .recombination)
        == .reduction)
  }
}
