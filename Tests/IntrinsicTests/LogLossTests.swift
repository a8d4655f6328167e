import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct LogLossTests {
  static let kinds = NetworkKinds(models: [.exponential, .softmax])

  @Test func `logarithms of moderate losses and their gradients are those of the losses`() throws {
    try forAllNetworks(seeds: 0..<200, Self.kinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let workspace = Workspace<Double>(network, maximumBatchSize: samples.count)
      workspace.load(samples)
      var gradient = Gradient<Double>(network)
      let logLoss = workspace.logLossAndGradient(parameters, into: &gradient)

      let sampleLosses = Self.losses(trial.workspace, samples)
      let loss = sampleLosses.reduce(0, +) / Double(samples.count)
      // Losses down to e⁻⁴⁰ are sums of a few terms here.
      #expect(abs(logLoss - log(loss)) <= 1e-13 * max(1, abs(log(loss))), "\(label)")
      expectClose(
        workspace.sampleLosses, sampleLosses.map { log($0) }, tolerance: 1e-13, label)
      #expect(
        abs(exp(logLoss) - trial.loss) <= 1e-14 * max(1, trial.loss) * 100, "\(label)")
      // The direct gradient has the rounding errors of 1 − p, which matter for small losses.
      let scale = trial.gradient.elements.map(abs).max()!
      for (a, b) in zip(gradient.elements, trial.gradient.elements) {
        #expect(abs(a * loss - b) <= 1e-12 * scale + 1e-14, "\(label)")
      }
    }
  }

  /// Losses by definition, from the outputs.
  private static func losses(
    _ workspace: Workspace<Double>, _ samples: Samples<Double>
  ) -> [Double] {
    let a = workspace.outputs
    return (0..<samples.count).map { x in
      switch samples.targets {
      case .values(let y):
        (0..<a.rows).reduce(0) { $0 + exp(-y[$1, x] * a[$1, x]) }
      case .classes(let classes):
        log1p(
          (0..<a.rows).reduce(0) {
            $1 == classes[x] ? $0 : $0 + exp(a[$1, x] - a[classes[x], x])
          })
      }
    }
  }

  /// One linear layer without bias on unit vectors: outputs are what the weights say.
  private func workspace(
    _ output: OutputModel, outputs: [[Double]], targets: Targets<Double>
  ) throws -> (Workspace<Double>, Parameters<Double>) {
    let samples = outputs[0].count
    let network = try Network.layered(
      [samples, outputs.count], activation: .identity, output: output, bias: false)
    let workspace = Workspace<Double>(network, maximumBatchSize: samples)
    let identity = (0..<samples).map { row in (0..<samples).map { row == $0 ? 1.0 : 0 } }
    workspace.load(Samples(inputs: Matrix(identity), targets: targets))
    return (workspace, Parameters(outputs.flatMap { $0 }))
  }

  @Test(arguments: [300, 1000, 1e5, -1000])
  func `closed forms far below the least positive number`(_ margin: Double) throws {
    // Labels 1 and −1 with margins m and m + 1: n L = e⁻ᵐ (1 + 1/e).
    let (binary, weights) = try workspace(
      .exponential, outputs: [[margin, -margin - 1]], targets: .values(Matrix([[1, -1]])))
    var gradient = Gradient<Double>(binary.network)
    let logLoss = binary.logLossAndGradient(weights, into: &gradient)
    #expect(abs(logLoss - (-margin + log1p(exp(-1.0)) - log(2.0))) <= 1e-15 * abs(margin))
    let share = 1 / (1 + exp(-1.0))
    // Differences of numbers of the size of the margin.
    expectClose(
      gradient.elements, [share, share - 1], tolerance: 4e-16 * abs(margin), "binary")
    #expect(binary.leastMargin() == margin)

    // Three classes whose others are m and m + 1 below: ℓ = ln(1 + e⁻ᵐ (1 + 1/e)).
    let (softmax, outputs) = try workspace(
      .softmax, outputs: [[margin], [0], [-1]], targets: .classes([0]))
    gradient = Gradient(softmax.network)
    let logOther = -margin + log1p(exp(-1.0))
    let loss = max(logOther, 0) + log1p(exp(-abs(logOther)))
    let expected = margin > 0 ? logOther : log(loss)
    #expect(
      abs(softmax.logLossAndGradient(outputs, into: &gradient) - expected)
        <= 1e-15 * max(abs(margin), 1))
    // (1 − p)/ℓ is 1 where the loss is small and 1/ℓ where it is large.
    let total: Double = margin > 0 ? 1 : 1 / loss
    expectClose(
      gradient.elements, [total, -share * total, (share - 1) * total],
      tolerance: 4e-16 * abs(margin), "classes")
    #expect(softmax.leastMargin() == margin)
  }

  @Test(arguments: [OutputModel.exponential, .softmax])
  func `gradients at e^-1000 are those of differences`(_ output: OutputModel) throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered(
      [3, 4, output == .softmax ? 3 : 2], activation: .positivePower(2), output: output,
      bias: false)
    let parameters = Parameters(
      randomParameters(network, using: &stream).elements.map { 12 * $0 })
    // Labels are what the network says, so that all margins are positive.
    let inputs = randomMatrix(3, 6, using: &stream)
    let workspace = Workspace<Double>(network, maximumBatchSize: 6)
    workspace.load(inputs: inputs)
    workspace.forward(parameters)
    let a = workspace.outputs
    let targets: Targets<Double> =
      output == .softmax
      ? .classes((0..<6).map { x in (0..<3).max { a[$0, x] < a[$1, x] }! })
      : .values(a.map { $0 > 0 ? 1 : -1 })
    // The degree of the network is 3.
    workspace.load(Samples(inputs: inputs, targets: targets))
    workspace.forward(parameters)
    let factor = Foundation.cbrt(1000 / workspace.leastMargin())
    let scaled = Parameters(parameters.elements.map { factor * $0 })
    var gradient = Gradient<Double>(network)
    let logLoss = workspace.logLossAndGradient(scaled, into: &gradient)
    #expect(logLoss < -990 && logLoss > -1010)
    let h = 1e-5
    func value(_ index: Int, _ change: Double) -> Double {
      var moved = scaled
      moved[index] += change
      workspace.forward(moved)
      return workspace.logLoss()
    }
    let slopes = scaled.elements.indices.map {
      -(8 * (value($0, h) - value($0, -h)) - value($0, 2 * h) + value($0, -2 * h)) / (12 * h)
    }
    // Values of 1000 are known to 1e-13, divided by the step of 1e-5; slopes are some 1000.
    expectClose(gradient.elements, slopes, tolerance: 1e-9, ofLargest: 1e-9, "\(output)")
  }

  @Test func `an output that is not a number is not hidden`() throws {
    for output in [OutputModel.exponential, .softmax] {
      let (workspace, weights) = try workspace(
        output, outputs: [[.nan, 1], [0, 2]],
        targets: output == .softmax ? .classes([1, 0]) : .values(Matrix([[1, 1], [1, 1]])))
      workspace.forward(weights)
      #expect(workspace.logLoss().isNaN, "\(output)")
    }
  }
}
