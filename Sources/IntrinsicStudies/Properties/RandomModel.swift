import Intrinsic
import IntrinsicMath

/// A random network with parameters and samples, small enough for matrices over all parameters.
struct RandomModel {
  let model: Model
  let samples: Samples<Double>

  /// - Parameters:
  ///   - output: the output model; its outputs are sigmoid units for Bernoulli, linear otherwise.
  ///   - activation: of the hidden units; drawn if nil.
  ///   - samples: their number; twice the parameters if nil, so that no matrix is singular.
  init(
    output: OutputModel, activation: Activation? = nil, samples count: Int? = nil,
    using stream: inout RandomStream
  ) throws {
    let inputs = Int.random(in: 2...4, using: &stream)
    var builder = NetworkBuilder(inputs: inputs)
    for _ in 0..<Int.random(in: 1...2, using: &stream) {
      let hidden =
        activation ?? [.tanh, .sigmoid, .softplus, .scaledTanh].randomElement(
          using: &stream)!
      builder.dense(Int.random(in: 2...4, using: &stream), hidden)
    }
    let outputs = Int.random(in: 2...3, using: &stream)
    builder.dense(outputs, output == .bernoulli ? .sigmoid : .identity)
    let network = try builder.build(output: output)
    var parameters: Parameters<Double> = Initialization.normal(gain: 1.5)
      .parameters(network, using: &stream)
    for layer in network.layers.indices {
      for unit in 0..<network.layers[layer].rows.count {
        parameters[network.parameters(layer: layer, unit: unit).lowerBound] =
          0.5 * stream.normal()
      }
    }
    model = Model(network: network, parameters: parameters)
    let size = count ?? 2 * network.parameterCount
    let x = Matrix<Double>(
      rows: inputs, columns: size,
      elements: (0..<inputs * size).map { _ in stream.normal() })
    let targets: Targets<Double> =
      output.targetsAreClasses
      ? .classes((0..<size).map { _ in Int.random(in: 0..<outputs, using: &stream) })
      : .values(
        Matrix(
          rows: outputs, columns: size,
          elements: (0..<outputs * size).map { _ in
            output == .bernoulli ? (Bool.random(using: &stream) ? 1 : 0) : stream.normal()
          }))
    samples = Samples(inputs: x, targets: targets)
  }

  /// The first step of a method, with the gradient that it comes from.
  func step(_ method: Optimizer, _ stream: RandomStream) throws -> (
    step: Displacement<Double>, gradient: Gradient<Double>
  ) {
    let workspace = Workspace<Double>(model.network, maximumBatchSize: samples.count)
    workspace.load(samples)
    var gradient = Gradient<Double>(model.network)
    workspace.lossAndGradient(model.parameters, into: &gradient)
    var step = Displacement<Double>(model.network)
    let rule: any StepRule<Double> = try method.rule(
      for: model.network, maximumBatchSize: samples.count, stream: stream)
    try rule.step(for: gradient, at: workspace, model.parameters, into: &step)
    return (step, gradient)
  }

  /// The loss of each sample in nats at θ + ηδθ.
  func losses(after step: Displacement<Double>, _ stepSize: Double) -> [Double] {
    var parameters = model.parameters
    parameters.move(by: step, stepSize: stepSize)
    let workspace = Workspace<Double>(model.network, maximumBatchSize: samples.count)
    workspace.load(samples)
    workspace.forward(parameters)
    _ = workspace.loss()
    return workspace.sampleLosses
  }
}
