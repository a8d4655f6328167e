import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Groups of units in files, checkpoints, trainings and solvers, and what they refuse.
@Suite struct GroupTrainingTests {
  private func network(_ output: OutputModel = .softmax) throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(6, .softmax(of: 3))
    builder.dense(5, .radial(of: 2, 3))
    builder.dense(3, .identity(of: 1, 2))
    return try builder.build(output: output)
  }

  private func task(
    _ network: Network, seed: UInt64 = 1, count: Int = 40
  ) -> (Parameters<Double>, Samples<Double>) {
    var stream = RandomStream(seed: seed)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1.5)
      .parameters(network, using: &stream)
    return (parameters, randomSamples(network, count: count, using: &stream))
  }

  @Test func `names are read back, and wrong ones are not`() {
    for activation in [
      Activation.softmax(of: 3), .radial(of: 2), .identity(of: 1, 2), .radial(of: 2, 3),
    ] {
      #expect(Activation(activation.description) == activation)
    }
    #expect(Activation.identity(of: 1, 2).description == "identity1+2")
    for name in [
      "softmax", "softmax0", "softmax1", "softmax-2", "softmax2+", "softmax257", "radial2+x",
      "unknown2",
    ] {
      #expect(Activation(name) == nil, "\(name)")
    }
  }

  /// Another basis than that of the caller.
  private struct Rotation: GroupFunction {
    let name = "rotation"
    let size = 2
    func value(_ y: [Double]) -> [Double] { [-tanh(y[1]), y[0]] }
    func jacobian(_ y: [Double]) -> Matrix<Double> {
      Matrix([[0, tanh(y[1]) * tanh(y[1]) - 1], [1, 0]])
    }
  }

  @Test func `networks with groups are saved and loaded, those of the caller's functions too`()
    throws
  {
    Activation.register(Rotation())
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, .custom(Rotation()))
    builder.dense(3, .softmax(of: 1, 2))
    builder.dense(2, .identity(of: 2))
    let network = try builder.build(output: .square)
    let (parameters, samples) = task(network)
    let model = Model(network: network, parameters: parameters)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try model.save(to: file)
    let loaded = try Model(contentsOf: file)
    #expect(loaded.network.layers.map(\.activation) == network.layers.map(\.activation))
    #expect(
      loaded.predictions(for: samples.inputs).elements
        == model.predictions(for: samples.inputs).elements)
  }

  @Test func `exports to PyTorch split the units into groups`() throws {
    let network = try network()
    let module = try PyTorchModule(
      of: Model(network: network, parameters: Parameters<Double>(network)))
    #expect(module.source.contains("[torch.softmax(v, -1) for v in"))
    #expect(module.source.contains(".split(3, -1)], -1)"))
    #expect(module.source.contains(".split([2, 3], -1)], -1)"))
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, .custom(Rotation()))
    builder.dense(2, .identity)
    let custom = try builder.build(output: .square)
    #expect(throws: DataError.self) {
      _ = try PyTorchModule(
        of: Model(network: custom, parameters: Parameters<Double>(custom)))
    }
  }

  private static let methods: [Optimizer] = [
    .gradientDescent, .adam, .metric(.unitwiseNaturalGradient, .additive(0.01)),
    .metric(.backpropagatedMetric, .additive(0.01), MetricAveraging(rate: 0.3)),
    .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)),
    .metric(
      .monteCarloUnitwiseNaturalGradient(samples: 2), .additive(0.01),
      MetricAveraging(rate: 0.3, refreshInterval: 2, batchFraction: 0.5)),
    .metric(.unitwiseNaturalGradient, Damping(pseudoInverse: 1e-8)),
    .metric(.unitwiseEmpiricalFisher, Damping(additive: 0.01, modulusFloor: 0.1)),
    .metric(.unitwiseNaturalGradient, Damping(additive: 0.01, output: 0.3)),
  ]

  @Test(arguments: methods)
  func `training reduces the loss, on any number of threads`(_ method: Optimizer) throws {
    let network = try network()
    let (start, samples) = task(network)
    let losses = try [1, 3].map { threads -> [Double] in
      let descent = try Descent<Double>(
        method, network, from: start, stepSize: .constant(0.05), maximumBatchSize: samples.count,
        stream: RandomStream(seed: 2), threads: threads)
      return try (0..<30).map { _ in try descent.step(on: samples) }
    }
    #expect(losses[0].last! < losses[0][0], "\(losses[0])")
    expectClose(losses[1], losses[0], tolerance: 1e-9, "threads")
  }

  @Test func `moduli with a floor are those of blocks with a floor`() throws {
    let network = try network()
    let (parameters, samples) = task(network)
    let trial = Trial(network, parameters, samples)
    let plain = try trial.estimator(.unitwiseNaturalGradient)
    let floored = try trial.estimator(.unitwiseNaturalGradient, Damping(modulusFloor: 0.5))
    // C + ε E[C] of the outputs, whose ã are those of the layer below.
    let layer = network.layers.count - 1
    let fisher = (0..<samples.count).map { x -> [Double] in
      let a = network.outputRows.map { exp(trial.workspace.activities.row($0)[x]) }
      let p = a.map { $0 / a.reduce(0, +) }
      return [p[0] - p[0] * p[0]]
    }
    let mean = fisher.reduce(0) { $0 + $1[0] } / Double(samples.count)
    let rows = network.layers[layer].connection.incomingRows(of: 0)
    let moments = rows.flatMap { i in
      rows.map { j in
        (0..<samples.count).reduce(0.0) {
          $0 + trial.workspace.activities.row(i)[$1] * trial.workspace.activities.row(j)[$1]
        } / Double(samples.count)
      }
    }
    let expected = zip(plain.unitMatrix(layer: layer, unit: 0)!.elements, moments)
      .map { $0 + 0.5 * mean * $1 }
    expectClose(
      floored.unitMatrix(layer: layer, unit: 0)!.elements, expected, tolerance: 1e-12, "floor")
  }

  @Test func `the matrix over many batches is the estimator's`() throws {
    let network = try network()
    let (parameters, samples) = task(network)
    let model = Model(network: network, parameters: parameters)
    let matrix = try MetricMatrix<Double>(
      .unitwiseNaturalGradient, of: model, over: samples, batch: 7)
    let estimator = try Trial(network, parameters, samples).estimator(.unitwiseNaturalGradient)
    let dense = try matrix.dense()
    for layer in network.layers.indices {
      for (group, range) in estimator.matrices(of: layer).enumerated() {
        expectClose(
          range.flatMap { i in range.map { dense[i, $0] } },
          estimator.unitMatrix(layer: layer, unit: group)!.elements, tolerance: 1e-12, "\(group)")
      }
    }
  }

  @Test(arguments: Scaling.allCases, [Metric.naturalGradient, .unitwiseNaturalGradient])
  func `Levenberg–Marquardt trains them`(_ scaling: Scaling, _ metric: Metric) throws {
    let network = try network(.square)
    let (start, samples) = task(network, count: 60)
    var settings = LevenbergMarquardtSettings()
    (settings.scaling, settings.metric) = (scaling, metric)
    let descent = try Descent<Double>(
      .levenbergMarquardt(settings), network, from: start, stepSize: .constant(1),
      maximumBatchSize: samples.count, stream: RandomStream(seed: 1))
    let losses = try (0..<40).map { _ in try descent.step(on: samples) }
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-12) })
    #expect(losses.last! < 0.8 * losses[0], "\(losses[0]) → \(losses.last!)")
  }

  @Test func `what groups cannot have is refused by name`() throws {
    func build(_ add: (inout NetworkBuilder) -> Void) throws -> Network {
      var builder = NetworkBuilder(inputs: 3)
      add(&builder)
      builder.dense(2, .identity)
      return try builder.build(output: .square)
    }
    #expect(throws: NetworkError.incompleteGroup(layer: 0, units: 5, sizes: [3])) {
      _ = try build { $0.dense(5, .softmax(of: 3)) }
    }
    #expect(throws: NetworkError.incompleteGroup(layer: 0, units: 5, sizes: [2, 2])) {
      _ = try build { $0.dense(5, .softmax(of: 2, 2)) }
    }
    for normalization in [Normalization.batch, .exponentialWeight] {
      #expect(throws: NetworkError.self) {
        _ = try build { $0.dense(6, .softmax(of: 3), normalization: normalization) }
      }
    }
    #expect(throws: NetworkError.groupsNotAlone(layer: 0)) {
      _ = try build { $0.dense(6, .softmax(of: 3), dropout: 0.5) }
    }
    #expect(throws: NetworkError.outputGrouped) {
      _ = try Network.layered(
        [3, 4], activation: .tanh, outputActivation: .softmax(of: 2), output: .square)
    }
    let network = try network(.square)
    #expect(throws: NetworkError.groupsNotAlone(layer: 1)) {
      _ = try network.reparametrized(
        layer: 1,
        by: UnitAffine(
          alpha: [2, 1, 1, 1, 1], beta: [0, 0, 0, 0, 0], gamma: [1, 1, 1, 1, 1],
          delta: [0, 0, 0, 0, 0]))
    }
    #expect(throws: NetworkError.groupsTorn(layer: 0)) {
      _ = try network.permuted(layer: 0, [1, 0, 2, 3, 4, 5])
    }
    _ = try network.permuted(layer: 0, [3, 4, 5, 0, 1, 2])
    func estimator(_ metric: Metric, _ network: Network) throws {
      _ = try MetricEstimator<Double>(
        metric, damping: .none, network, maximumBatchSize: 4, stream: RandomStream(seed: 1))
    }
    #expect(throws: MetricError.pathOfGroups(layer: 0)) { try estimator(.pathSGD, network) }
    let normalized = try build {
      $0.dense(4, .tanh, normalization: .batch)
      $0.dense(4, .radial(of: 2))
    }
    #expect(throws: MetricError.backpropagatedBesideGroups) {
      try estimator(.backpropagatedMetric, normalized)
    }
    try estimator(.unitwiseNaturalGradient, normalized)
  }
}
