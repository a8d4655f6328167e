import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct MonteCarloTests {
  static let models: [(OutputModel, Activation)] = [
    (.square, .identity), (.square, .tanh), (.bernoulli, .sigmoid), (.bernoulli, .scaledTanh),
    (.softmax, .identity), (.softmax, .tanh), (.spherical, .identity), (.spherical, .softplus),
    (.poisson, .identity), (.poisson, .tanh), (.huber, .identity),
  ]

  private func trial(_ model: OutputModel, _ activation: Activation) throws -> Trial<Double> {
    var stream = RandomStream(seed: 12)
    let network = try Network.layered(
      [2, 3, 3], activation: .tanh, outputActivation: activation, output: model)
    var parameters = randomParameters(network, using: &stream)
    for unit in 0..<3 { parameters[network.parameters(layer: 1, unit: unit).lowerBound] += 1 }
    return Trial(network, parameters, randomSamples(network, count: 5, using: &stream))
  }

  /// Metrics of `count` estimates in a row.
  private func draws(_ trial: Trial<Double>, _ metric: Metric, count: Int, seed: UInt64) throws
    -> [[Double]]
  {
    let estimator = try trial.estimator(metric, seed: seed)
    return (0..<count).map { _ in
      estimator.estimate(at: trial.workspace, trial.parameters)
      return trial.entries(of: estimator)
    }
  }

  @Test(arguments: models, [1, 3])
  func `the mean over draws is the Fisher metric`(
    _ kind: (model: OutputModel, activation: Activation), _ samples: Int
  ) throws {
    let trial = try trial(kind.model, kind.activation)
    for (metric, exact) in [
      (Metric.monteCarloUnitwiseNaturalGradient(samples: samples), Metric.unitwiseNaturalGradient),
      (.monteCarloNaturalGradient(samples: samples), .naturalGradient),
    ] {
      let expected = try trial.entries(exact)
      let count = 1500
      let values = try draws(trial, metric, count: count, seed: 77)
      var worst = 0.0
      for i in expected.indices {
        let mean = values.reduce(0) { $0 + $1[i] } / Double(count)
        let variance = values.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) } / Double(count)
        let error = (variance / Double(count)).squareRoot()
        let scale = expected.map(abs).max()!
        if error > 1e-12 * scale { worst = max(worst, abs(mean - expected[i]) / error) }
      }
      // Some hundred correlated entries: 4.5 deviations have probability below 1e-3 by chance, and
      // the seed is fixed. A missing factor shows as some tens of deviations.
      #expect(worst < 4.5, "\(kind), \(metric)")
    }
  }

  @Test func `the error falls with the square root of the number of draws`() throws {
    let trial = try trial(.softmax, .identity)
    let exact = try trial.entries(.unitwiseNaturalGradient)
    let errors = try [2, 200].map { samples in
      let values = try draws(
        trial, .monteCarloUnitwiseNaturalGradient(samples: samples), count: 60, seed: 5)
      let squares = values.map { zip($0, exact).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) }
      return (squares.reduce(0, +) / 60).squareRoot()
    }
    // A hundred times the draws: a tenth of the error, up to the 60 repetitions' own noise of
    // about 10 % each.
    #expect(errors[0] / errors[1] > 7.5 && errors[0] / errors[1] < 13, "\(errors)")
  }

  @Test(arguments: Metric.every.filter(\.isStochastic))
  func `a seed gives the same draws bit for bit, another seed others`(_ metric: Metric) throws {
    let trial = try trial(.bernoulli, .sigmoid)
    let first = try draws(trial, metric, count: 3, seed: 5)
    #expect(try draws(trial, metric, count: 3, seed: 5) == first)
    #expect(try draws(trial, metric, count: 3, seed: 6) != first)
    #expect(first[0] != first[1], "each estimate draws again")
  }

  @Test func `cost is a column for each draw or output`() throws {
    let network = try trial(.softmax, .identity).network
    func columns(_ source: SignalSource) -> Int {
      SignalPass<Double>(
        source, network, outputDamping: 0, maximumBatchSize: 5, stream: RandomStream(seed: 1)
      ).columnCount
    }
    #expect(columns(.monteCarlo(samples: 7)) == 7)
    #expect(columns(.fisher) == 3)
    #expect(columns(.empiricalFisher) == 1)
  }

  @Test func `columns in several chunks are the columns of one`() throws {
    // 12,288 scalars a chunk: 130 units × 30 samples leave 3 of the 30 outputs or draws in each.
    var stream = RandomStream(seed: 13)
    for model in [OutputModel.softmax, .bernoulli] {
      let network = try Network.layered(
        [3, 100, 30], activation: .tanh,
        outputActivation: model == .bernoulli ? .sigmoid : .identity, output: model)
      let parameters = randomParameters(network, using: &stream)
      let samples = randomSamples(network, count: 30, using: &stream)
      let whole = Trial(network, parameters, samples)
      var sum = try whole.entries(.diagonalNaturalGradient).map { _ in 0.0 }
      for x in 0..<30 {
        let single = Trial(network, parameters, samples.subset([x]))
        sum = zip(sum, try single.entries(.diagonalNaturalGradient)).map { $0 + $1 / 30 }
      }
      expectClose(
        try whole.entries(.diagonalNaturalGradient), sum, tolerance: 1e-12, "\(model)")
    }
  }
}
