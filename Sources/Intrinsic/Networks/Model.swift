import IntrinsicMath

/// A network with its parameters: what computes a function.
public struct Model: Sendable {
  public let network: Network
  public let parameters: Parameters<Double>

  public init(network: Network, parameters: Parameters<Double>) {
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
    self.network = network
    self.parameters = parameters
  }

  /// What the model says about each input, outputs × samples: the probabilities of a Bernoulli
  /// model, whose activities depend on the kind of unit, and the activities of the others.
  public func predictions(for inputs: Matrix<Double>) -> Matrix<Double> {
    let workspace = Workspace<Double>(network, capacity: inputs.columns)
    workspace.load(inputs: inputs)
    workspace.forward(parameters)
    return network.output == .bernoulli ? workspace.probabilities : workspace.outputs
  }
}
