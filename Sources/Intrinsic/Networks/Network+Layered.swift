extension Network {
  /// A layered dense network.
  ///
  /// - Parameters:
  ///   - sizes: the number of inputs, of the units of each hidden layer, and of the outputs.
  ///   - activation: s of hidden units.
  ///   - outputActivation: s of the outputs.
  ///   - output: what the activities of the outputs mean.
  ///   - bias: whether units have a bias.
  ///   - outputParameters: whether the output model has trainable parameters of its own; softmax only.
  ///   - normalization: that of hidden layers; nil for none.
  ///   - dropout: the probability that a hidden activity is dropped in training.
  /// - Throws: if a size is below 1, or activation, normalization and output model do not go together.
  public static func layered(
    _ sizes: [Int], activation: Activation, outputActivation: Activation = .identity,
    output: OutputModel, bias: Bool = true, outputParameters: Bool = false,
    normalization: Normalization? = nil, dropout: Double = 0
  ) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(inputs: sizes.first ?? 0)
    for (index, size) in sizes.dropFirst().enumerated() {
      let isOutput = index == sizes.count - 2
      builder.dense(
        size, isOutput ? outputActivation : activation, bias: bias,
        normalization: isOutput ? nil : normalization, dropout: isOutput ? 0 : dropout)
    }
    return try builder.build(output: output, outputParameters: outputParameters)
  }
}
