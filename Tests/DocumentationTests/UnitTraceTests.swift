import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@Suite struct UnitTraceTests {
  @Test(arguments: [
    Modulus.expand(.fisher), .expand(.empiricalFisher), .backpropagated,
    .expand(.monteCarlo(samples: 2)),
  ])
  func `the step divides by the mean eigenvalue of each unit matrix`(_ modulus: Modulus) throws {
    for seed in 0..<20 {
      let trial = try Trial(seed: UInt64(seed), inputs: 5, samples: 12)
      let stream = RandomStream(seed: 1)
      let rule = try UnitTrace<Double>(
        modulus, damping: 0.1, trial.network, maximumBatchSize: 12, stream: stream)
      let step = try trial.step(rule)
      let metric = try MetricEstimator<Double>(
        .reduced(modulus, .unitwise), damping: .none, trial.network, maximumBatchSize: 12,
        stream: stream)
      metric.estimate(at: trial.workspace, trial.parameters)
      for (index, layer) in trial.network.layers.enumerated() {
        for unit in 0..<layer.unitCount {
          let matrix = metric.unitMatrix(layer: index, unit: unit)!
          let trace = (0..<matrix.rows).reduce(0) { $0 + matrix[$1, $1] }
          for parameter in trial.network.parameters(layer: index, unit: unit) {
            let expected = trial.gradient[parameter] / (trace / Double(matrix.rows) + 0.1)
            // Rounding of sums over 12 samples.
            #expect(
              abs(step[parameter] - expected) <= 1e-12 * (1 + abs(expected)), "seed \(seed)")
          }
        }
      }
    }
  }

  /// How far the step of a rule on a transformed model is from the transformed step, relative to it.
  private func deviation(
    of rule: (Network) throws -> any StepRule<Double>, under change: Transformation, on trial: Trial
  ) throws -> Double {
    let image = try change.applied(
      to: Model(network: trial.network, parameters: trial.parameters))
    let other = Trial(
      image.network, image.parameters, change.applied(to: trial.samples))
    let step = try trial.step(rule(trial.network))
    let imageStep = try other.step(rule(other.network))
    let back = try change.inverse.applied(to: imageStep, of: image.network)
    let errors = zip(back.elements, step.elements).map { abs($0 - $1) }
    return errors.max()! / step.elements.map(abs).max()!
  }

  @Test func `a rotation of the inputs does not change the step`() throws {
    for seed in 0..<20 {
      let trial = try Trial(seed: UInt64(seed), inputs: 2, samples: 12)
      let angle = 0.3 + 0.05 * Double(seed)
      let rotation = try Transformation.recombination(
        Matrix([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]]), shift: [0, 0])
      let trace = try deviation(
        of: { network in
          try UnitTrace<Double>(
            .expand(.fisher), damping: 0, network, maximumBatchSize: 12,
            stream: RandomStream(seed: 1))
        }, under: rotation, on: trial)
      #expect(trace < 1e-10, "seed \(seed): \(trace)")
      let diagonal = try deviation(
        of: { network in
          try UnitDiagonal(network, maximumBatchSize: 12)
        }, under: rotation, on: trial)
      #expect(diagonal > 1e-3, "seed \(seed): the diagonal does not see it: \(diagonal)")
    }
  }

  private func rule(_ trial: Trial) throws -> UnitTrace<Double> {
    try UnitTrace(
      .backpropagated, damping: 1e-3, trial.network, maximumBatchSize: 50,
      stream: RandomStream(seed: 1))
  }

  @Test func `descent takes the steps of the rule`() throws {
    let trial = try Trial(seed: 3, inputs: 4, samples: 50)
    let descent = try Descent(
      rule: rule(trial), trial.network, from: trial.parameters, stepSize: .constant(0.05),
      maximumBatchSize: 50, stream: RandomStream(seed: 2))
    let twin = try rule(trial)
    var (parameters, losses) = (trial.parameters, [Double]())
    for _ in 0..<50 {
      losses.append(try descent.step(on: trial.samples))
      let here = Trial(trial.network, parameters, trial.samples)
      #expect(losses.last == here.loss)
      parameters.move(by: try here.step(twin), stepSize: 0.05)
    }
    #expect(descent.parameters.elements == parameters.elements)
    #expect(zip(losses, losses.dropFirst()).allSatisfy(>))
    #expect(descent.optimizerState.isEmpty)
  }
}

/// The undamped diagonal natural gradient as a rule, to compare with.
private final class UnitDiagonal: StepRule {
  typealias T = Double

  private let metric: MetricEstimator<Double>

  init(_ network: Network, maximumBatchSize: Int) throws {
    metric = try MetricEstimator(
      .diagonalNaturalGradient, damping: .none, network, maximumBatchSize: maximumBatchSize,
      stream: RandomStream(seed: 1))
  }

  func step(
    for gradient: Gradient<Double>, at workspace: Workspace<Double>,
    _ parameters: Parameters<Double>, into step: inout Displacement<Double>
  ) throws {
    metric.estimate(at: workspace, parameters)
    try metric.solve(gradient, into: &step)
  }

  func code(_ coder: CheckpointCoder<Double>) {}
}
