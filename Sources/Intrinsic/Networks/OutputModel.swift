/// What the output activities mean: a probability model of the target, and its loss.
///
/// With a the vector of output activities and y the target (Ollivier 2015, Example 1, for the first four):
///
/// | model | loss (nats) | Fisher matrix on a |
/// |---|---|---|
/// | square | ½‖y − a‖² | Id |
/// | Bernoulli | −Σ y ln p + (1−y) ln(1−p) | diag 1/(p(1−p)), for p = a ∈ [0, 1] |
/// | softmax | −ln(e^{a_y}/S), S = Σ e^{a_j} | diag(p) − p pᵀ, p = e^a/S |
/// | spherical | −ln(a_y²/S), S = Σ a_j² | (4/S) Id − 4 a aᵀ/S² |
/// | exponential | Σ exp(−y a), y = ±1 | none |
/// | Poisson | Σ e^a − y a + ln y! | diag e^a |
/// | Huber | Σ ½(y − a)² up to \|y − a\| = δ, δ(\|y − a\| − δ/2) beyond | a number times Id |
/// | custom | ``OutputFunction`` | diagonal |
public enum OutputModel: Hashable, Sendable {
  /// Gaussian of variance 1 around the activities.
  case square
  /// Independent bits. The activation must be of sigmoid type; an activity of tanh type with
  /// values in [−A, A] stands for the probability ½ + a/(2A).
  case bernoulli
  /// One class, with probabilities e^{a_k}/S.
  case softmax
  /// One class, with probabilities a_k²/S.
  case spherical
  /// The exponential loss of Morwani and Ramaswamy 2022. It is no probability model: it has
  /// gradients and outer products, but no Fisher metric.
  case exponential
  /// Independent counts with means e^a.
  case poisson
  /// Gaussian of variance 1 up to the distance δ from the activities, exponential beyond (Huber 1964).
  case huber(Double)
  /// Independent outputs of the caller's, known to files by their name.
  case custom(CustomOutput)

  /// The Huber loss with δ = 1.345, which keeps 95 % of the efficiency of the square loss on Gaussian data.
  public static let huber = huber(1.345)

  /// Whether targets are classes rather than values.
  public var targetsAreClasses: Bool { self == .softmax || self == .spherical }

  /// Whether the model has a Fisher metric.
  public var hasFisherMetric: Bool {
    self != .exponential && function?.hasFisherInformation != false
  }

  /// Whether its Fisher matrix on activities is diagonal.
  var fisherMatrixIsDiagonal: Bool { self == .square || self == .bernoulli || function != nil }

  /// What an activity predicts in units of the target; itself for models without ``OutputFunction``.
  package func prediction(_ a: Double) -> Double { function?.prediction(a) ?? a }

  /// What a model of independent outputs that has no vector kernels is computed with.
  var function: (any OutputFunction)? {
    switch self {
    case .poisson: PoissonOutput()
    case .huber(let threshold): HuberOutput(threshold: threshold)
    case .custom(let output): output.function
    case .square, .bernoulli, .softmax, .spherical, .exponential: nil
    }
  }

  /// The derivative of what the model is about, a probability for Bernoulli and the activity itself
  /// otherwise, with respect to the activity: ½ for tanh, whose activities stand for ½ + a/2.
  func slope(_ activation: Activation) -> Double {
    switch (self, activation) {
    case (.bernoulli, .tanh): 0.5
    case (.bernoulli, .scaledTanh): 0.5 / 1.7159
    default: 1
    }
  }

  /// The factor s for which a Bernoulli output has probability sigmoid(s·y), y the pre-activation;
  /// nil for activations that are not probabilities.
  static func bernoulliScale(_ activation: Activation) -> Double? {
    switch activation {
    case .sigmoid: 1
    case .tanh: 2
    case .scaledTanh: 4.0 / 3
    default: nil
    }
  }
}

extension OutputModel: CustomStringConvertible {
  public var description: String {
    switch self {
    case .square: "square"
    case .bernoulli: "bernoulli"
    case .softmax: "softmax"
    case .spherical: "spherical"
    case .exponential: "exponential"
    case .poisson: "poisson"
    case .huber(let threshold): self == .huber ? "huber" : "huber\(threshold)"
    case .custom(let output): output.function.name
    }
  }
}

/// The models of the library.
extension OutputModel: CaseIterable {
  public static let allCases: [OutputModel] = [
    .square, .bernoulli, .softmax, .spherical, .exponential, .poisson, .huber,
  ]
}

/// By name, as in `description`.
extension OutputModel: LosslessStringConvertible, Codable {
  public init?(_ description: String) {
    if let known = Self.allCases.first(where: { $0.description == description }) {
      self = known
    } else if description.hasPrefix("huber"), let threshold = Double(description.dropFirst(5)),
      threshold > 0, threshold.isFinite
    {
      self = .huber(threshold)
    } else if let output = CustomOutput.registered(description) {
      self = .custom(output)
    } else {
      return nil
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let model = OutputModel(name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "there is no output model “\(name)”; if it is of your own, call "
          + "OutputModel.register before networks are read")
    }
    self = model
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
