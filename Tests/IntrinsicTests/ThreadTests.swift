import IntrinsicMath
import Testing

@testable import Intrinsic

/// Steps on several threads, of networks so large that every operation is split.
@Suite struct ThreadTests {
  private static let methods: [Optimizer] = [
    .gradientDescent, .momentum(0.9), .nesterov(0.9), .batchAdaGrad(epsilon: 1e-3),
    .adaGrad(epsilon: 1e-3), .rmsProp(decay: 0.9, epsilon: 1e-3), .adam, .quasiDiagonal,
    .metric(.quasiDiagonalNaturalGradient, .additive(0.1)),
    .metric(
      .quasiDiagonalBackpropagatedMetric, .additive(0.1),
      MetricAveraging(rate: 0.3, batchFraction: 0.5)),
    .metric(.diagonalGaussNewton, Damping(output: 1, kurtosis: 3)),
    .metric(.pathSGD, .none), .metric(.ddpSGD(.half(.secondMoment)), .none),
  ]

  @Test(arguments: methods)
  func `any number of threads takes the same steps`(_ method: Optimizer) throws {
    var stream = RandomStream(seed: 1)
    let network = try Network.layered([150, 240, 170, 5], activation: .relu, output: .softmax)
    let start =
      Initialization.normal(gain: 2).parameters(network, using: &stream) as Parameters<Double>
    let count = 40
    let samples = Samples<Double>(
      inputs: Matrix(
        rows: 150, columns: count, elements: (0..<150 * count).map { _ in stream.normal() }),
      targets: .classes((0..<count).map { $0 % 5 }))
    let ends = try [1, 2, 3].map { threads in
      let descent = try Descent<Double>(
        method, network, from: start, stepSize: .constant(0.01), maximumBatchSize: count,
        stream: RandomStream(seed: 2), threads: threads)
      for _ in 0..<3 { try descent.step(on: samples) }
      return descent.parameters.elements
    }
    let size = ends[0].map(abs).max()!
    for end in ends.dropFirst() {
      let deviation = zip(ends[0], end).map { abs($0 - $1) }.max()!
      // Sums are split in other places; nearly singular units magnify their rounding.
      #expect(deviation < 1e-8 * size, "\(method)")
    }
    #expect(zip(ends[0], start.elements).contains { abs($0 - $1) > 1e-4 }, "\(method)")
  }

  private static let unitwise: [(Damping, MetricAveraging, Int)] = [
    (.additive(0.1), MetricAveraging(rate: 0.5), 90),
    (Damping(pseudoInverse: 1e-6), .memoryless, 90),
    (.additive(0.1), .memoryless, 90), (.additive(0.1), .memoryless, 20),
  ]

  /// Solves with averages, with the pseudo-inverse, with matrices of one batch, and in the space of samples,
  /// of units too large for lanes.
  @Test(arguments: unitwise)
  func `unitwise matrices give the same bits on any number of threads`(
    _ damping: Damping, _ averaging: MetricAveraging, _ count: Int
  ) throws {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered([90, 80, 4], activation: .tanh, output: .softmax)
    let start =
      Initialization.normal(gain: 1).parameters(network, using: &stream) as Parameters<Double>
    let inputs = Matrix(
      rows: 90, columns: count, elements: (0..<90 * count).map { _ in stream.normal() })
    let workspace = Workspace<Double>(network, maximumBatchSize: count)
    let samples = Samples<Double>(
      inputs: inputs, targets: .classes((0..<count).map { $0 % 4 }))
    var gradient = Gradient<Double>(network)
    for index in 0..<network.parameterCount { gradient[index] = stream.normal() }
    let steps = try [1, 2, 3].map { (threads: Int) -> [Double] in
      let estimator = try MetricEstimator<Double>(
        .unitwiseNaturalGradient, damping: damping, averaging: averaging, network,
        maximumBatchSize: count, stream: RandomStream(seed: 2), threads: threads)
      var (ignored, step) = (Gradient<Double>(network), Displacement<Double>(network))
      workspace.load(samples)
      workspace.lossAndGradient(start, into: &ignored)
      for _ in 0..<2 {
        estimator.estimate(at: workspace, start)
        try estimator.solve(gradient, into: &step)
      }
      return step.elements
    }
    #expect(steps[0] == steps[1] && steps[0] == steps[2])
    #expect(steps[0].allSatisfy { $0 != 0 && $0.isFinite })
  }
}
