import IntrinsicMath
import Testing

@testable import Intrinsic

/// The layerwise metric: the diagonal blocks of the full matrix over the parameters of layers.
@Suite struct LayerwiseTests {
  static let sources: [SignalSource] = [.fisher, .monteCarlo(samples: 2), .empiricalFisher]

  /// The entries of a matrix within layers.
  private func blocks(_ matrix: Matrix<Double>, _ network: Network) -> [[Double]] {
    network.layers.map { layer in
      layer.parameters.flatMap { i in layer.parameters.map { matrix[i, $0] } }
    }
  }

  @Test(arguments: sources)
  func `its matrices are blocks of the full one`(_ source: SignalSource) throws {
    try forAllNetworks(seeds: 0..<20) { network, parameters, samples, label in
      guard network.output.hasFisherMetric || source == .empiricalFisher else { return }
      let trial = Trial(network, parameters, samples)
      let full = try trial.estimator(.full(source)).fullMatrix()!
      let layerwise = try trial.estimator(.layerwise(source))
      for (layer, block) in blocks(full, network).enumerated() {
        expectClose(
          layerwise.unitMatrix(layer: layer, unit: 0)?.elements ?? [], block, tolerance: 1e-13,
          label)
        #expect(layerwise.matrices(of: layer) == [network.layers[layer].parameters])
      }
      #expect(layerwise.fullMatrix() == nil)
    }
  }

  /// With more and with fewer columns than parameters of a layer, with averages and by eigenvalues.
  @Test(
    arguments: [4, 60],
    [
      (Damping.additive(0.1), MetricAveraging.memoryless),
      (.additive(0.1), MetricAveraging(rate: 0.4)),
      (Damping(pseudoInverse: 1e-9), .memoryless),
      (Damping(additive: 0.1, output: 0.2), .memoryless),
    ])
  func `its step solves each block`(_ count: Int, _ kind: (Damping, MetricAveraging)) throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered([4, 7, 6, 3], activation: .tanh, output: .softmax)
    let parameters = randomParameters(network, using: &stream)
    let trial = Trial(network, parameters, randomSamples(network, count: count, using: &stream))
    let estimator = try MetricEstimator<Double>(
      .layerwiseNaturalGradient, damping: kind.0, averaging: kind.1, network,
      maximumBatchSize: count, stream: stream)
    estimator.estimate(at: trial.workspace, parameters)
    var step = Displacement<Double>(network)
    try estimator.solve(trial.gradient, into: &step)
    for (layer, place) in network.layers.enumerated() {
      let matrix = estimator.unitMatrix(layer: layer, unit: 0)!
      let image = (0..<matrix.rows).map { i in
        dot(matrix.row(i), Array(step.elements[place.parameters]))
          + kind.0.additive * step.elements[place.parameters.lowerBound + i]
      }
      // The gradient of few samples is in the range of the matrix; what eigenvalues leave out is not.
      let gradient = Array(trial.gradient.elements[place.parameters])
      expectClose(
        image, gradient, tolerance: 1e-7, ofLargest: kind.0.pseudoInverse == nil ? 1e-12 : 1e-6,
        "layer \(layer)")
    }
  }

  @Test func `a singular block names its layer`() throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered([4, 7, 3], activation: .tanh, output: .square)
    let parameters = randomParameters(network, using: &stream)
    let trial = Trial(network, parameters, randomSamples(network, count: 3, using: &stream))
    let error = #expect(throws: MetricError.self) {
      _ = try trial.step(.metric(.layerwiseNaturalGradient, .none))
    }
    guard case .notPositiveDefinite(layer: 0, unit: nil, _, _) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect("\(try #require(error))".hasPrefix("the metric of layer 0 is not positive definite"))
  }

  @Test func `the matrix over many batches, its products and its solves`() throws {
    var stream = RandomStream(seed: 6)
    let network = try Network.layered([3, 5, 2], activation: .tanh, output: .softmax)
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 30, using: &stream)
    let model = Model(network: network, parameters: parameters)
    let matrix = try MetricMatrix<Double>(
      .layerwiseNaturalGradient, of: model, over: samples, batch: 7)
    let full = try MetricMatrix<Double>(.naturalGradient, of: model, over: samples).dense()
    let dense = try matrix.dense()
    for (layer, block) in zip(network.layers, blocks(full, network)) {
      expectClose(
        layer.parameters.flatMap { i in layer.parameters.map { dense[i, $0] } }, block,
        tolerance: 1e-12, "block")
    }
    #expect(dense[0, network.parameterCount - 1] == 0)
    let gradient = Gradient((0..<network.parameterCount).map { _ in stream.normal() as Double })
    let solution = try matrix.solve(gradient, damping: 0.1)
    expectClose(
      matrix.apply(solution).elements.enumerated().map { $1 + 0.1 * solution.elements[$0] },
      gradient.elements, tolerance: 1e-10, "solve")
  }

  @Test(arguments: Scaling.allCases)
  func `Levenberg–Marquardt trains by it`(_ scaling: Scaling) throws {
    var stream = RandomStream(seed: 7)
    let network = try Network.layered([2, 6, 5, 1], activation: .tanh, output: .square)
    let start = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 60, using: &stream)
    var settings = LevenbergMarquardtSettings()
    (settings.metric, settings.scaling) = (.layerwiseNaturalGradient, scaling)
    let descent = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    let first = descent.loss
    for _ in 0..<60 { try descent.iterate() }
    #expect(descent.loss < 0.7 * first, "\(first) → \(descent.loss)")
  }

  @Test func `that of residuals is the block of the full one`() throws {
    let network = try Network.layered([2, 5, 4, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 8)
    let parameters = randomParameters(network, using: &stream)
    let points = Matrix<Double>(
      rows: 2, columns: 9, elements: (0..<18).map { _ in stream.normal() })
    let linear = LinearOperator(value: 1, gradient: [1, 0], laplacian: [-0.1, -0.1])
    let problem = try ResidualProblem(network, [ResidualSet("inside", linear, at: points)])
    let full = try problem.matrix(.naturalGradient, at: parameters).dense()
    let layerwise = try problem.matrix(.layerwiseNaturalGradient, at: parameters).dense()
    for (layer, block) in zip(network.layers, blocks(full, network)) {
      expectClose(
        layer.parameters.flatMap { i in layer.parameters.map { layerwise[i, $0] } }, block,
        tolerance: 1e-13, "block")
    }
  }
}
