import IntrinsicData

/// What version 0.1 called parts of a metric, for its checkpoints and the options of its runs.
package enum FormerNames {
  private static let keys = [
    "discount": "rate", "evolution": "averaging", "outputMetric": "output",
    "samplingNoise": "kurtosis",
    "signals": "expand", "sampleSums": "reduce", "outerProduct": "empiricalFisher",
  ]

  /// The header of a checkpoint with the names of today.
  static func renewed(header text: String) -> String {
    keys.reduce(into: text) { text, name in
      text = text.replacing("\"\(name.key)\":", with: "\"\(name.value)\":")
    }
  }

  /// The options of a run with the names of today.
  package static func renewed(options text: String) -> String {
    text.replacing(#/"discount"\s*:/#, with: "\"averagingRate\":")
      .replacing("\"output-metric\"", with: "\"output\"")
      .replacing("\"sampling-noise\"", with: "\"kurtosis\"")
  }

  /// A tensor of a checkpoint under the name of today.
  static func renewed(_ tensor: NamedTensor) -> NamedTensor {
    let name = tensor.name.hasSuffix(".spread") ? tensor.name.dropLast(6) + "variance" : tensor.name
    return NamedTensor(
      name.replacing("half_spread_derivative", with: "half_variance_derivative"), tensor.tensor)
  }
}
