import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Rules over other rules, against what they are by definition.
@Suite struct CompositionTests {
  private static let network = try! Network.layered(
    [4, 5, 3], activation: .tanh, output: .softmax)

  /// Trials at random parameters: another gradient each.
  private func trials(_ count: Int) -> [Trial<Double>] {
    (0..<count).map {
      var stream = RandomStream(seed: UInt64(20 + $0))
      let parameters: Parameters<Double> = Initialization.normal(gain: 1)
        .parameters(Self.network, using: &stream)
      return Trial(
        Self.network, parameters, randomSamples(Self.network, count: 20, using: &stream))
    }
  }

  private func steps(_ optimizer: Optimizer, _ trials: [Trial<Double>]) throws -> [[Double]] {
    let rule: any StepRule<Double> = try optimizer.rule(
      for: Self.network, maximumBatchSize: trials[0].workspace.maximumBatchSize,
      stream: RandomStream(seed: 1))
    var step = Displacement<Double>(Self.network)
    return try trials.map {
      try rule.step(for: $0.gradient, at: $0.workspace, $0.parameters, into: &step)
      return step.elements
    }
  }

  @Test func `momentum over gradient descent is momentum`() throws {
    let trials = trials(4)
    let composed = try steps(.gradientDescent.withMomentum(0.7), trials)
    let builtIn = try steps(.momentum(0.7), trials)
    for (a, b) in zip(composed, builtIn) { expectClose(a, b, tolerance: 1e-15, "") }
  }

  @Test func `Nesterov over gradient descent is Nesterov`() throws {
    let trials = trials(4)
    let rule = MomentumRule<Double>(
      over: EuclideanRule(), beta: 0.7, isNesterov: true, Self.network)
    var step = Displacement<Double>(Self.network)
    let builtIn = try steps(.nesterov(0.7), trials)
    for (trial, expected) in zip(trials, builtIn) {
      try rule.step(for: trial.gradient, at: trial.workspace, trial.parameters, into: &step)
      expectClose(step.elements, expected, tolerance: 1e-15, "")
    }
  }

  @Test func `momentum over a metric sums its steps`() throws {
    let trials = trials(3)
    let metric = Optimizer.metric(.unitwiseNaturalGradient, .additive(0.1))
    let single = try steps(metric, trials)
    let summed = try steps(metric.withMomentum(0.5), trials)
    let expected = single[0].indices.map {
      single[2][$0] + 0.5 * single[1][$0] + 0.25 * single[0][$0]
    }
    expectClose(summed[2], expected, tolerance: 1e-14, "v")
  }

  @Test func `weight decay subtracts the parameters, whatever the step`() throws {
    let trials = trials(2)
    let plain = try steps(.adam, trials)
    let decayed = try steps(.adam.withWeightDecay(0.3), trials)
    for (t, trial) in trials.enumerated() {
      let expected = plain[t].indices.map { plain[t][$0] - 0.3 * trial.parameters[$0] }
      expectClose(decayed[t], expected, tolerance: 1e-14, "step \(t)")
    }
  }

  @Test func `the gradient is clipped to its norm before the rule sees it`() throws {
    let trial = trials(1)[0]
    let norm = trial.gradient.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let clipped = try steps(.gradientDescent.clipped(toGradientNorm: norm / 3), [trial])[0]
    expectClose(clipped, trial.gradient.elements.map { $0 / 3 }, tolerance: 1e-14, "above")
    let free = try steps(.gradientDescent.clipped(toGradientNorm: 2 * norm), [trial])[0]
    #expect(free == trial.gradient.elements)
  }

  @Test func `the step is clipped to its length in the metric`() throws {
    let trial = trials(1)[0]
    let metric = Optimizer.metric(.naturalGradient, .additive(0.1))
    let step = try steps(metric, [trial])[0]
    let estimator = try trial.estimator(.naturalGradient, .additive(0.1))
    let matrix = estimator.fullMatrix()!
    func length(_ v: [Double]) -> Double {
      var sum = 0.0
      for i in v.indices {
        for j in v.indices { sum += v[i] * matrix[i, j] * v[j] }
        sum += 0.1 * v[i] * v[i]
      }
      return sum.squareRoot()
    }
    let bound = length(step) / 2
    let clipped = try steps(metric.clipped(toLength: bound), [trial])[0]
    #expect(abs(length(clipped) / bound - 1) < 1e-10)
    expectClose(clipped, step.map { $0 / 2 }, tolerance: 1e-10, "shortened, not turned")
    #expect(try steps(metric.clipped(toLength: 3 * bound), [trial])[0] == step)
  }

  @Test func `an error of a rule is the error of the training`() throws {
    struct Refusal: Error, CustomStringConvertible { let description = "no step today" }
    final class Stubborn: StepRule {
      func step(
        for gradient: Gradient<Double>, at workspace: Workspace<Double>,
        _ parameters: Parameters<Double>, into step: inout Displacement<Double>
      ) throws { throw Refusal() }
      func code(_ coder: CheckpointCoder<Double>) {}
    }
    let trial = trials(1)[0]
    let descent = try Descent<Double>(
      rule: Stubborn(), Self.network, from: trial.parameters, stepSize: .constant(1),
      maximumBatchSize: 20, stream: RandomStream(seed: 1))
    let error = #expect(throws: DescentError.self) { try descent.step(on: trial.samples) }
    #expect(error?.description == "no step today")
    #expect(descent.steps == 0 && descent.parameters.elements == trial.parameters.elements)
  }

  @Test func `values of composed optimizers read back`() throws {
    let optimizer = Optimizer.quasiDiagonal.withMomentum(0.9).clipped(toLength: 2)
      .withWeightDecay(0.1).clipped(toGradientNorm: 1)
    let data = try JSONEncoder().encode(optimizer)
    #expect(try JSONDecoder().decode(Optimizer.self, from: data) == optimizer)
    #expect(optimizer.stepSize == .constant(0.005 * (1 - 0.9)))
  }
}
