import IntrinsicMath

/// What a checkpoint holds beside arrays: of what training it is, and how far that is.
struct CheckpointHeader: Codable, Equatable {
  static let currentVersion = 2
  /// The version of this header; 1 had other names for the parts of a metric.
  var version = CheckpointHeader.currentVersion
  let scalar: String
  let network: NetworkDescription
  /// A digest of the edges of sparse layers and of the caller's own, and the order of units.
  let edges: String
  let settings: TrainingSettings
  /// The name of a rule that stands in the place of the optimizer of the settings.
  var rule: String?
  let data: DataFingerprint
  var records: [TrainingRecord] = []
  var bestEpoch: Int?

  /// - Parameter scalar: the name of the type of all numbers.
  init(
    _ network: Network, _ settings: TrainingSettings, rule: String?, _ data: DataFingerprint,
    scalar: String
  ) {
    self.scalar = scalar
    self.rule = rule
    self.network = NetworkDescription(network)
    edges = Self.digest(ofEdgesOf: network)
    self.settings = settings
    self.data = data
  }

  private static func digest(ofEdgesOf network: Network) -> String {
    var digest = Digest()
    for row in network.unitRows { withUnsafeBytes(of: row) { digest.take($0) } }
    for layer in network.layers where [.sparse, .custom].contains(layer.filedConnection.kind) {
      for unit in 0..<layer.connection.unitCount {
        for position in 0..<layer.positions {
          layer.connection.incomingRows(of: unit, at: position)
            .withUnsafeBytes { digest.take($0) }
        }
      }
    }
    return digest.text
  }

  /// The first thing in which a training differs from this one so that it cannot go on from here.
  /// The number of epochs and the patience may differ.
  func difference(from other: CheckpointHeader) -> CheckpointError.Difference? {
    zip(identity, other.identity).first { $0.value != $1.value }
      .map { .init(what: $0.what, saved: $0.value, given: $1.value) }
  }

  /// What must be the same.
  private var identity: [(what: String, value: String)] {
    var list = [
      ("the arithmetic", scalar), ("the number of inputs", "\(network.inputs)"),
      ("the image", network.image.map { "\($0)" } ?? "none"),
      ("the number of layers", "\(network.layers.count)"),
    ]
    for (index, layer) in network.layers.enumerated() {
      list.append(("layer \(index)", layer.summary))
    }
    list.append(("the output model", "\(network.output)"))
    list.append(("the digest of the edges", edges))
    list.append(("the optimizer", rule ?? "\(settings.optimizer)"))
    list.append(("the step size", "\(settings.stepSize)"))
    list.append(("the batch size", "\(settings.batch)"))
    list.append(("the gamma decay", settings.gammaDecay.map { "\($0)" } ?? "none"))
    list.append(("the seed", "\(settings.seed)"))
    list.append(("the number of threads", "\(settings.threads)"))
    list.append(("the number of training samples", "\(data.train.samples)"))
    list.append(("the number of validation samples", "\(data.validation?.samples ?? 0)"))
    list.append(("the digest of the training samples", data.train.digest))
    list.append(("the digest of the validation samples", data.validation?.digest ?? "none"))
    return list
  }
}

extension NetworkDescription.Layer {
  /// The layer in some words.
  fileprivate var summary: String {
    var words = ["\(kind.rawValue) of \(units) \(activation)"]
    if !bias { words.append("without bias") }
    if let reads { words.append("reading \(reads.joined(separator: ", "))") }
    if let custom { words.append("of the kind \(custom.name) \(custom.value)") }
    if let window { words.append("under \(window)") }
    if let affine { words.append("reparametrized by \(affine)") }
    if let normalization { words.append("normalized by \(normalization)") }
    if let dropout { words.append("with dropout \(dropout)") }
    return words.joined(separator: " ")
  }
}
