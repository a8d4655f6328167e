import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct GradientTests {
  /// The derivative of the loss by central differences, extrapolated to fourth order.
  private func difference(
    _ trial: Trial<Double>, _ parameter: Int, _ h: Double = 2e-4
  ) -> Double {
    func slope(_ h: Double) -> Double {
      let losses = [h, -h].map { change in
        var moved = trial.parameters
        moved[parameter] += change
        trial.workspace.forward(moved)
        return trial.workspace.loss()
      }
      return (losses[0] - losses[1]) / (2 * h)
    }
    return (4 * slope(h) - slope(2 * h)) / 3
  }

  /// Whether a unit is so close to its kink that a difference would step over it, or a spherical
  /// output to the pole of its loss.
  private func isNearKink(_ reference: ReferenceNetwork) -> Bool {
    if reference.output.model == .spherical,
      reference.samples.contains(where: { reference.outputs($0).contains { abs($0) < 0.1 } })
    {
      return true
    }
    return reference.units.contains { unit in
      guard [.relu, .positivePower(2), .leakyRelu(0.1), .elu].contains(unit.activation) else {
        return false
      }
      return reference.samples.contains { sample in
        let y = zip(unit.parameters, unit.sources).reduce(0) {
          $0 + reference.theta[$1.0] * sample.activities[$1.1]
        }
        return abs(y) < 0.01
      }
    }
  }

  @Test(arguments: Activation.every, OutputModel.allCases)
  func `the gradient is minus the derivative of the loss`(
    _ activation: Activation, _ model: OutputModel
  ) throws {
    var checked = 0
    try forAllNetworks(
      seeds: 0..<8, NetworkKinds(activations: [activation], models: [model])
    ) { network, parameters, samples, label in
      if isNearKink(ReferenceNetwork(network, parameters, samples)) { return }
      checked += 1
      let trial = Trial(network, parameters, samples)
      let expected = parameters.elements.indices.map { -difference(trial, $0) }
      // Differences lose u L/h = 1e-12 L to rounding and h⁴ = 2e-15 times a fifth derivative.
      let scale = expected.map(abs).max()! + trial.loss
      let worst = zip(trial.gradient.elements, expected).map { abs($0 - $1) }.max()!
      #expect(worst < 1e-6 * scale, "\(label): deviation \(worst), scale \(scale)")
    }
    #expect(checked > 0)
  }

  @Test func `losses, activities and gradients agree with a scalar twin`() throws {
    try forAllNetworks(seeds: 0..<400) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let reference = ReferenceNetwork(network, parameters, samples)
      // Rounding only: sums of some tens of terms, and cancellation in 1 − p.
      expectClose(trial.workspace.sampleLosses, reference.losses, tolerance: 1e-11, label)
      expectClose(
        trial.workspace.activities.matrix(0..<network.rowCount).transposed.elements,
        reference.samples.flatMap(\.activities), tolerance: 1e-12, label)
      expectClose(trial.gradient.elements, reference.gradient, tolerance: 1e-10, label)
      let mean = reference.losses.reduce(0, +) / Double(samples.count)
      expectClose([trial.loss], [mean], tolerance: 1e-11, label)
    }
  }

  @Test func `transfer rates agree with a scalar twin`() throws {
    try forAllNetworks(seeds: 400..<600) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let reference = ReferenceNetwork(network, parameters, samples)
      let rates = trial.workspace.transferRates(parameters)
      let actual = reference.units.flatMap { unit in
        (0..<samples.count).flatMap { x in
          (0..<network.outputCount).map { rates[unit.layer][unit.index, $0 * samples.count + x] }
        }
      }
      let expected = reference.units.indices.flatMap { k in
        reference.samples.flatMap { $0.rates[k] }
      }
      expectClose(actual, expected, tolerance: 1e-11, label)
    }
  }
}
