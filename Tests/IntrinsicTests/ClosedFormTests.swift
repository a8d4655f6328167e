import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct ClosedFormTests {
  @Test(arguments: [Metric.naturalGradient, .unitwiseNaturalGradient, .backpropagatedMetric])
  func `linear regression is solved in one step from anywhere`(_ metric: Metric) throws {
    for seed in 0..<10 {
      var stream = RandomStream(seed: UInt64(seed))
      let network = try Network.layered([3, 2], activation: .identity, output: .square)
      let samples = randomSamples(network, count: 12, using: &stream)
      let start = Parameters<Double>((0..<8).map { _ in 10 * stream.normal() })
      let descent = try Descent(
        .metric(metric, .none), network, from: start, stepSize: .constant(1), maximumBatchSize: 12,
        stream: stream)
      try descent.step(on: samples)
      // The normal equations of least squares, (Σ x̃ x̃ᵀ) w = Σ x̃ y.
      guard case .values(let targets) = samples.targets else {
        Issue.record("targets are no values")
        return
      }
      let columns = (0..<12).map { x in [1] + (0..<3).map { samples.inputs[$0, x] } }
      let matrix = (0..<4).map { i in
        (0..<4).map { j in columns.reduce(0) { $0 + $1[i] * $1[j] } }
      }
      let expected = (0..<2).flatMap { unit -> [Double] in
        let y = targets.row(unit)
        return solve(matrix, (0..<4).map { i in dot(columns.map { $0[i] }, y) })
      }
      // Condition numbers of 12 normal samples are below 1e3.
      expectClose(descent.parameters.elements, expected, tolerance: 1e-11, "seed \(seed)")
    }
  }

  @Test(arguments: [Activation.sigmoid, .tanh, .scaledTanh])
  func `the natural step of one logistic unit is the Newton step`(_ activation: Activation) throws {
    var stream = RandomStream(seed: 2)
    let network = try Network.layered(
      [2, 1], activation: activation, outputActivation: activation, output: .bernoulli)
    let samples = randomSamples(network, count: 20, using: &stream)
    let trial = Trial(network, randomParameters(network, using: &stream), samples)
    guard case .values(let targets) = samples.targets else {
      Issue.record("targets are no values")
      return
    }
    // p = 1/(1 + e^(−sy)): gradient E[s (t − p) x̃], Hessian E[s² p (1 − p) x̃ x̃ᵀ].
    let s = [Activation.sigmoid: 1, .tanh: 2, .scaledTanh: 4.0 / 3][activation]!
    var (gradient, hessian) = ([0.0, 0, 0], [[0.0, 0, 0], [0, 0, 0], [0, 0, 0]])
    for x in 0..<20 {
      let input = [1, samples.inputs[0, x], samples.inputs[1, x]]
      let p = 1 / (1 + exp(-s * dot(input, trial.parameters.elements)))
      for i in 0..<3 {
        gradient[i] += s * (targets[0, x] - p) * input[i] / 20
        for j in 0..<3 { hessian[i][j] += s * s * p * (1 - p) * input[i] * input[j] / 20 }
      }
    }
    let newton = solve(hessian, gradient)
    for metric in [Metric.naturalGradient, .unitwiseNaturalGradient, .backpropagatedMetric] {
      expectClose(
        try trial.step(.metric(metric, .none)), newton, tolerance: 1e-12, "\(activation)")
    }
  }

  @Test func `the unitwise step is the weighted least-squares fit of the desired change`() throws {
    // Ollivier 2015, Proposition 32: min over λ of Σ_x W (Σ_i λ_i a_i − b/(r Φ))², W = r² Φ.
    try forAllNetworks(
      seeds: 0..<20,
      NetworkKinds(
        wirings: [.dense], activations: [.sigmoid, .tanh], models: [.softmax], width: 2...4,
        batch: 30...40, biases: [true])
    ) { network, parameters, samples, label in
      let reference = ReferenceNetwork(network, parameters, samples)
      let trial = Trial(network, parameters, samples)
      let step = try trial.step(.metric(.unitwiseNaturalGradient, .none))
      for (k, unit) in reference.units.enumerated() {
        // The residual of the fit is orthogonal to every incoming activity, with weights W.
        let products = unit.sources.map { row in
          reference.samples.map { sample -> (Double, Double) in
            let r = sample.slopes[unit.row]
            let phi = reference.modulus(k, sample, .fisher) / (r * r)
            let b = dot(
              sample.rates[k], reference.output.signal(reference.outputs(sample), sample.target))
            let fit = zip(unit.parameters, unit.sources).reduce(0) {
              $0 + step[$1.0] * sample.activities[$1.1]
            }
            let weight = r * r * phi * sample.activities[row]
            return (weight * fit, weight * b / (r * phi))
          }
        }
        for terms in products {
          let residual = terms.reduce(0) { $0 + $1.0 - $1.1 }
          let scale = terms.reduce(0) { $0 + abs($1.0) + abs($1.1) }
          // The residual of a Cholesky solution is small whatever the condition number, up to
          // cancellation among the terms of a large step.
          #expect(abs(residual) < 1e-9 * scale, "\(label), unit \(k)")
        }
      }
    }
  }

  @Test func `a deep linear network has the gradient of the product of its matrices`() throws {
    var stream = RandomStream(seed: 4)
    let network = try Network.layered(
      [2, 2, 2], activation: .identity, output: .square, bias: false)
    let samples = randomSamples(network, count: 6, using: &stream)
    let trial = Trial(network, randomParameters(network, using: &stream), samples)
    guard case .values(let y) = samples.targets else {
      Issue.record("targets are no values")
      return
    }
    let w = trial.parameters.elements
    let (v, u) = ([[w[0], w[1]], [w[2], w[3]]], [[w[4], w[5]], [w[6], w[7]]])
    // ∂L/∂V = Uᵀ E[(UVx − y) xᵀ]
    var expected = [Double](repeating: 0, count: 4)
    for x in 0..<6 {
      let input = [samples.inputs[0, x], samples.inputs[1, x]]
      let output = multiply(u, multiply(v, input))
      let error = [y[0, x] - output[0], y[1, x] - output[1]]
      for i in 0..<2 {
        for j in 0..<2 {
          expected[2 * i + j] += (u[0][i] * error[0] + u[1][i] * error[1]) * input[j] / 6
        }
      }
    }
    expectClose(Array(trial.gradient.elements[..<4]), expected, tolerance: 1e-14, "∂L/∂V")
  }

  @Test func `losses in bits are losses in nats over ln 2`() {
    #expect(abs(bits(nats: Foundation.log(8)) - 3) < 1e-15)
  }
}
