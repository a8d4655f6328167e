import IntrinsicMath
import Testing

@testable import Intrinsic

/// Passes asked for in a wrong order stop the program by name, instead of computing with what an earlier
/// batch left.
struct PassOrderTests {
  private static func workspace() throws -> (Workspace<Double>, Parameters<Double>) {
    let network = try Network.layered([3, 4, 2], activation: .tanh, output: .square)
    let workspace = Workspace<Double>(network, maximumBatchSize: 5)
    workspace.load(samples(shift: 0))
    return (workspace, parameters(network))
  }

  private static func parameters(_ network: Network) -> Parameters<Double> {
    var stream = RandomStream(seed: 1)
    return Initialization.normal(gain: 1).parameters(network, using: &stream)
  }

  private static func samples(shift: Double) -> Samples<Double> {
    func values(_ rows: Int) -> Matrix<Double> {
      Matrix(rows: rows, columns: 5, elements: (0..<rows * 5).map { shift + Double($0 % 7) / 7 })
    }
    return Samples(inputs: values(3), targets: .values(values(2)))
  }

  private static func estimator(
    _ metric: Metric, _ damping: Damping, _ network: Network
  ) throws -> MetricEstimator<Double> {
    try MetricEstimator(
      metric, damping: damping, network, maximumBatchSize: 5, stream: RandomStream(seed: 1))
  }

  @Test func `the order that the passes stand in goes through`() throws {
    let (workspace, parameters) = try Self.workspace()
    var gradient = Gradient<Double>(workspace.network)
    workspace.forward(parameters)
    _ = workspace.outputs
    let loss = workspace.loss()
    #expect(workspace.sampleLosses.reduce(0, +) / 5 == loss)
    workspace.backpropagate(parameters)
    workspace.gradient(at: parameters, into: &gradient)
    #expect(gradient.elements.contains { $0 != 0 })
  }

  @Test func `a loss without a forward pass`() async throws {
    await #expect(processExitsWith: .failure) {
      let (workspace, _) = try PassOrderTests.workspace()
      _ = workspace.loss()
    }
  }

  @Test func `a loss of the batch before`() async throws {
    await #expect(processExitsWith: .failure) {
      let (workspace, parameters) = try PassOrderTests.workspace()
      workspace.forward(parameters)
      workspace.load(PassOrderTests.samples(shift: 1))
      _ = workspace.loss()
    }
  }

  @Test func `a backward pass without a loss`() async throws {
    await #expect(processExitsWith: .failure) {
      let (workspace, parameters) = try PassOrderTests.workspace()
      workspace.forward(parameters)
      workspace.backpropagate(parameters)
    }
  }

  @Test func `a gradient without a backward pass`() async throws {
    await #expect(processExitsWith: .failure) {
      let (workspace, parameters) = try PassOrderTests.workspace()
      var gradient = Gradient<Double>(workspace.network)
      workspace.forward(parameters)
      _ = workspace.loss()
      workspace.gradient(at: parameters, into: &gradient)
    }
  }

  @Test func `the empirical Fisher without a backward pass`() async throws {
    await #expect(processExitsWith: .failure) {
      let (workspace, parameters) = try PassOrderTests.workspace()
      let estimator = try PassOrderTests.estimator(
        .reduced(.expand(.empiricalFisher), .quasiDiagonal), .additive(1e-3), workspace.network)
      workspace.forward(parameters)
      _ = workspace.loss()
      estimator.estimate(at: workspace, parameters)
    }
  }

  /// Unit matrices of a convolution are formed one at a time while they are solved, from the activities of
  /// the workspace.
  @Test func `a solve after another pass`() async throws {
    await #expect(processExitsWith: .failure) {
      let (workspace, parameters) = try PassOrderTests.convolution()
      let estimator = try PassOrderTests.estimator(
        .reduced(.expand(.fisher), .unitwise), .additive(1e-3), workspace.network)
      workspace.forward(parameters)
      estimator.estimate(at: workspace, parameters)
      workspace.forward(parameters)
      var step = Displacement<Double>(workspace.network)
      try estimator.solve(Gradient(workspace.network), into: &step)
    }
  }

  /// The metric keeps the workspace that it reads again.
  @Test func `a solve after the workspace is gone`() throws {
    let (steps, network) = try Self.stepsOfPasses()
    #expect(steps[0] == steps[1])
    #expect(steps[0].count == network.parameterCount && steps[0].contains { $0 != 0 })
  }

  /// The same step from a workspace that is kept, and from one that only the metric still knows, whose
  /// memory another one would have taken.
  private static func stepsOfPasses() throws -> ([[Double]], Network) {
    let network = try convolution().0.network
    let steps = try [true, false].map { isKept in
      var kept: [Workspace<Double>] = []
      let estimator = try estimator(
        .reduced(.expand(.fisher), .unitwise), .additive(1e-3), network)
      var gradient = Gradient<Double>(network)
      try {
        let (workspace, parameters) = try convolution()
        workspace.lossAndGradient(parameters, into: &gradient)
        estimator.estimate(at: workspace, parameters)
        if isKept { kept.append(workspace) }
      }()
      let others = (0..<20).map { _ in Workspace<Double>(network, maximumBatchSize: 5) }
      for other in others {
        let rows = other.activities
        for row in 0..<network.rowCount { for x in 0..<5 { rows.row(row)[x] = -1e3 } }
      }
      var step = Displacement<Double>(network)
      try estimator.solve(gradient, into: &step)
      return step.elements
    }
    return (steps, network)
  }

  private static func convolution() throws -> (Workspace<Double>, Parameters<Double>) {
    var builder = NetworkBuilder(image: ImageShape(height: 4, width: 4, channels: 1))
    try builder.convolution(3, kernel: 2, .tanh)
    builder.dense(2, .identity)
    let network = try builder.build(output: .square)
    let workspace = Workspace<Double>(network, maximumBatchSize: 5)
    func values(_ rows: Int) -> Matrix<Double> {
      Matrix(rows: rows, columns: 5, elements: (0..<rows * 5).map { Double($0 % 11) / 11 - 0.4 })
    }
    workspace.load(Samples(inputs: values(16), targets: .values(values(2))))
    return (workspace, parameters(network))
  }
}
