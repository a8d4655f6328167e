extension Network {
  /// A layered dense network: `sizes` from inputs to outputs, hidden units with one activation and
  /// one normalization.
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
