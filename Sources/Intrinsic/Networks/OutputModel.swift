/// What the output activities mean: a probability model of the target, and its loss.
///
/// With a the vector of output activities and y the target (Ollivier 2015, Example 1):
///
/// | model | loss (nats) | Fisher matrix on a |
/// |---|---|---|
/// | square | ½‖y − a‖² | Id |
/// | Bernoulli | −Σ y ln p + (1−y) ln(1−p) | diag 1/(p(1−p)), for p = a ∈ [0, 1] |
/// | softmax | −ln(e^{a_y}/S), S = Σ e^{a_j} | diag(p) − p pᵀ, p = e^a/S |
/// | spherical | −ln(a_y²/S), S = Σ a_j² | (4/S) Id − 4 a aᵀ/S² |
/// | exponential | Σ exp(−y a), y = ±1 | none |
public enum OutputModel: String, Hashable, Sendable, Codable, CaseIterable {
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

  /// Whether targets are classes rather than values.
  public var targetsAreClasses: Bool { self == .softmax || self == .spherical }
  /// Whether the model has a Fisher metric.
  public var hasFisherMetric: Bool { self != .exponential }

  /// Whether its Fisher matrix on activities is diagonal.
  var fisherMatrixIsDiagonal: Bool { self == .square || self == .bernoulli }

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
