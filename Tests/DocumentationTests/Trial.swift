import Intrinsic
import IntrinsicMath

/// A network with parameters and samples, after a forward and a backward pass.
struct Trial {
  let network: Network
  let parameters: Parameters<Double>
  let samples: Samples<Double>
  let workspace: Workspace<Double>
  let loss: Double
  let gradient: Gradient<Double>

  init(_ network: Network, _ parameters: Parameters<Double>, _ samples: Samples<Double>) {
    self.network = network
    self.parameters = parameters
    self.samples = samples
    workspace = Workspace(network, maximumBatchSize: samples.count)
    workspace.load(samples)
    var gradient = Gradient<Double>(network)
    loss = workspace.lossAndGradient(parameters, into: &gradient)
    self.gradient = gradient
  }

  /// A network with random parameters, biases included, on random samples.
  init(_ network: Network, seed: UInt64, samples: Int) {
    let stream = RandomStream(seed: seed)
    var (weights, inputs, targets) = (
      stream.child("weights"), stream.child("inputs"), stream.child("targets")
    )
    var parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &weights)
    for index in 0..<parameters.count { parameters[index] += 0.3 * weights.normal() }
    let outputs = network.outputCount
    self.init(
      network, parameters,
      Samples(
        inputs: Matrix(
          rows: network.inputCount, columns: samples,
          elements: (0..<network.inputCount * samples).map { _ in inputs.normal() }),
        targets: network.output == .softmax
          ? .classes((0..<samples).map { _ in Int.random(in: 0..<outputs, using: &targets) })
          : .values(
            Matrix(
              rows: outputs, columns: samples,
              elements: (0..<outputs * samples).map { _ in targets.normal() }))))
  }

  init(seed: UInt64, inputs: Int, samples: Int) throws {
    let network = try Network.layered([inputs, 6, 5, 3], activation: .tanh, output: .softmax)
    self.init(network, seed: seed, samples: samples)
  }

  func step(_ rule: any StepRule<Double>) throws -> Displacement<Double> {
    var step = Displacement<Double>(network)
    try rule.step(for: gradient, at: workspace, parameters, into: &step)
    return step
  }

  func step(_ method: Optimizer) throws -> Displacement<Double> {
    try step(
      method.rule(for: network, maximumBatchSize: samples.count, stream: RandomStream(seed: 1)))
  }
}
