import IntrinsicMath
import Testing

@testable import Intrinsic

/// Properties of a single step of every method.
@Suite struct DescentDirectionTests {
  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `steps point downhill`(_ method: Optimizer) throws {
    try forAllNetworks(seeds: 0..<40) { network, parameters, samples, label in
      guard method.exists(for: network) else { return }
      let trial = Trial(network, parameters, samples)
      if trial.gradient.elements.allSatisfy({ $0 == 0 }) { return }
      let step = try trial.step(method)
      #expect(dot(trial.gradient.elements, step) > 0, "\(label)")
    }
  }

  /// Ollivier 2015, Proposition 28, with the rate of decrease: G·δθ is that of the loss.
  @Test(arguments: Optimizer.every(damping: .additive(1e-2)))
  func `small steps lower the loss by their product with the gradient`(_ method: Optimizer) throws {
    try forAllNetworks(
      seeds: 50..<65, NetworkKinds(activations: NetworkKinds.smooth, depth: 1...3)
    ) { network, parameters, samples, label in
      guard method.exists(for: network) else { return }
      let trial = Trial(network, parameters, samples)
      let step = Displacement<Double>(try trial.step(method))
      // Of length 1e-4, so that the second derivative matters little.
      let size = 1e-4 / dot(step.elements, step.elements).squareRoot()
      var moved = parameters
      moved.move(by: step, stepSize: size)
      let after = Trial(network, moved, samples)
      let decrease = trial.loss - after.loss
      let mean = (trial.gradient(step) + after.gradient(step)) / 2
      #expect(decrease > 0, "\(label)")
      // The trapezoidal rule: an error of third order, and rounding of the loss.
      #expect(
        abs(decrease - size * mean) < 1e-5 * size * trial.gradient(step) + 1e-14 * trial.loss,
        "\(label): \(decrease), \(size * mean)")
    }
  }

  /// A metric that was computed but not applied would leave the gradient.
  @Test(arguments: Metric.every)
  func `a metric was applied`(_ metric: Metric) throws {
    var stream = RandomStream(seed: 3)
    // With one hidden layer the backpropagated metric would be the exact one.
    let network = try Network.layered(
      [4, 5, 4, 3], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli)
    let trial = Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: 20, using: &stream))
    let step = try trial.step(.metric(metric, .additive(1e-3)))
    #expect(sine(step, trial.gradient.elements) > 0.1)
    for other in Metric.every where other != metric {
      let otherStep = try trial.step(.metric(other, .additive(1e-3)))
      #expect(sine(step, otherStep) > 1e-3, "\(metric) and \(other) differ")
    }
  }

  @Test(arguments: Metric.every.filter { !$0.isStochastic })
  func `strong damping leaves the gradient over the damping`(_ metric: Metric) throws {
    try forAllNetworks(seeds: 70..<80) { network, parameters, samples, label in
      guard Optimizer.metric(metric, .none).exists(for: network) else { return }
      let trial = Trial(network, parameters, samples)
      let norm = try trial.entries(metric).map(abs).reduce(0, +)
      let epsilon = 1e8 * (1 + norm)
      let step = try trial.step(.metric(metric, .additive(epsilon)))
      // (A + ε)⁻¹ G = G/ε up to |A|/ε.
      expectClose(
        step.map { $0 * epsilon }, trial.gradient.elements, tolerance: 1e-7, "\(label), \(metric)")
    }
  }

  @Test func `baselines take the steps of their definitions`() throws {
    var stream = RandomStream(seed: 4)
    let network = try Network.layered([3, 2, 2], activation: .tanh, output: .square)
    let parameters = randomParameters(network, using: &stream)
    let trials = (0..<3).map { _ in
      Trial(network, parameters, randomSamples(network, count: 4, using: &stream))
    }
    let rules: [(Optimizer, ([[Double]]) -> [Double])] = [
      (.momentum(0.5), { g in g[2].indices.map { g[2][$0] + 0.5 * g[1][$0] + 0.25 * g[0][$0] } }),
      (
        .nesterov(0.5),
        { g in g[2].indices.map { 1.5 * g[2][$0] + 0.25 * g[1][$0] + 0.125 * g[0][$0] } }
      ),
      (
        .adaGrad(epsilon: 0.1),
        { g in
          g[2].indices.map { i in
            g[2][i] / ((0..<3).reduce(0) { $0 + g[$1][i] * g[$1][i] }.squareRoot() + 0.1)
          }
        }
      ),
      (
        .rmsProp(decay: 0.5, epsilon: 0.1),
        { g in
          g[2].indices.map { i in
            let h = g[2][i] * g[2][i] / 2 + g[1][i] * g[1][i] / 4 + g[0][i] * g[0][i] / 8
            return g[2][i] / (h.squareRoot() + 0.1)
          }
        }
      ),
      (
        .adam(beta1: 0.5, beta2: 0.75, epsilon: 0.1),
        { g in
          g[2].indices.map { i in
            let m = (g[2][i] / 2 + g[1][i] / 4 + g[0][i] / 8) / (1 - 0.125)
            let squares = (0..<3).map { g[$0][i] * g[$0][i] }
            let v = 0.25 * (squares[2] + 0.75 * squares[1] + 0.5625 * squares[0])
            return m / ((v / (1 - 0.421875)).squareRoot() + 0.1)
          }
        }
      ),
    ]
    for (method, expected) in rules {
      let rule: any StepRule<Double> = try method.rule(
        for: network, maximumBatchSize: 4, stream: stream)
      var step = Displacement<Double>(network)
      for trial in trials {
        try rule.step(for: trial.gradient, at: trial.workspace, parameters, into: &step)
      }
      expectClose(
        step.elements, expected(trials.map(\.gradient.elements)), tolerance: 1e-14, "\(method)")
    }
  }

  @Test func `batch AdaGrad divides by the root mean square over samples`() throws {
    try forAllNetworks(seeds: 90..<120) { network, parameters, samples, label in
      let reference = ReferenceNetwork(network, parameters, samples)
      let squares = reference.mean { reference.gradient($0).map { $0 * $0 } }
      let expected = zip(reference.gradient, squares).map { $0 / ($1.squareRoot() + 0.01) }
      let step = try Trial(network, parameters, samples).step(.batchAdaGrad(epsilon: 0.01))
      expectClose(step, expected, tolerance: 1e-10, label)
    }
  }
}
