import IntrinsicMath

/// A network with its parameters: what computes a function.
public struct Model: Sendable {
  /// The architecture.
  public let network: Network
  /// θ.
  public let parameters: Parameters<Double>
  /// Statistics of layers whose normalization depends on the batch, by index: those of training, with
  /// which samples are independent. Empty for statistics of whatever batch there is.
  public let statistics: [Int: NormalizationStatistics<Double>]

  /// A network with its parameters.
  ///
  /// - Parameters:
  ///   - network: the architecture.
  ///   - parameters: as many as the network has.
  ///   - statistics: of all layers whose normalization depends on the batch, or of none.
  public init(
    network: Network, parameters: Parameters<Double>,
    statistics: [Int: NormalizationStatistics<Double>] = [:]
  ) {
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
    if !statistics.isEmpty {
      for (index, layer) in network.layers.enumerated()
      where layer.normalization?.usesBatch == true {
        precondition(
          statistics[index]?.mean.count == layer.unitCount,
          "statistics of \(statistics[index]?.mean.count ?? 0) units for layer \(index), which has "
            + "\(layer.unitCount)")
      }
    }
    self.network = network
    self.parameters = parameters
    self.statistics = statistics
  }

  /// The model without normalization that computes the same function on whatever samples; itself
  /// where nothing is normalized. Layers whose normalization depends on the batch need statistics.
  public var folded: Model {
    guard network.isNormalized else { return self }
    let plain = network.folded(parameters, statistics)
    return Model(network: plain.network, parameters: plain.parameters)
  }

  /// What the model says about each input, outputs × samples: the probabilities of a Bernoulli
  /// model, whose activities depend on the kind of unit, the means of a Poisson model or what a model of
  /// the caller's predicts (``OutputFunction/prediction(_:)``), and the activities of the others.
  public func predictions(for inputs: Matrix<Double>) -> Matrix<Double> {
    let workspace = Workspace<Double>(network, maximumBatchSize: inputs.columns)
    if !statistics.isEmpty { workspace.freeze(statistics) }
    workspace.load(inputs: inputs)
    workspace.forward(parameters)
    if network.output == .bernoulli { return workspace.probabilities }
    guard let function = network.output.function else { return workspace.outputs }
    return workspace.outputs.map { function.prediction($0) }
  }
}
