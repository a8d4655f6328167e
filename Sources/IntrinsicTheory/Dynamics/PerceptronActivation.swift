import Foundation

/// The activation function g of a teacher and its student, with its first two derivatives.
///
/// A function may have a kink at 0 and nowhere else; derivatives there do not matter.
public struct PerceptronActivation: Sendable {
  /// How it is called.
  public let name: String
  /// g
  public let value: @Sendable (Double) -> Double
  /// g′
  public let derivative: @Sendable (Double) -> Double
  /// g″, but for the kink
  public let secondDerivative: @Sendable (Double) -> Double
  /// Whether the integrals are known in closed form.
  let closedForm: ClosedForm?

  /// Activations whose integrals have closed forms.
  enum ClosedForm: Sendable {
    case relu, identity, error
  }

  public init(
    name: String, value: @escaping @Sendable (Double) -> Double,
    derivative: @escaping @Sendable (Double) -> Double,
    secondDerivative: @escaping @Sendable (Double) -> Double
  ) {
    self.init(name, nil, value, derivative, secondDerivative)
  }

  private init(
    _ name: String, _ closedForm: ClosedForm?, _ value: @escaping @Sendable (Double) -> Double,
    _ derivative: @escaping @Sendable (Double) -> Double,
    _ secondDerivative: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.value = value
    self.derivative = derivative
    self.secondDerivative = secondDerivative
    self.closedForm = closedForm
  }

  /// The same function, with integrals by quadrature even where they have closed forms.
  public var byQuadrature: PerceptronActivation {
    PerceptronActivation(name, nil, value, derivative, secondDerivative)
  }
}

extension PerceptronActivation {
  /// g(x) = max(x, 0)
  public static let relu = PerceptronActivation(
    "relu", .relu, { max($0, 0) }, { $0 > 0 ? 1 : 0 }, { _ in 0 })

  /// g(x) = x
  public static let identity = PerceptronActivation(
    "identity", .identity, { $0 }, { _ in 1 }, { _ in 0 })

  /// g(x) = erf(x/√2), by which Luo et al. 2019 analyze sigmoids.
  public static let error = PerceptronActivation(
    "erf", .error, { erf($0 * 0.5.squareRoot()) },
    { (2 / Double.pi).squareRoot() * exp(-$0 * $0 / 2) },
    { -(2 / Double.pi).squareRoot() * $0 * exp(-$0 * $0 / 2) })

  /// g(x) = 1/(1 + e⁻ˣ)
  public static let sigmoid = PerceptronActivation(
    "sigmoid", nil, logistic, { logistic($0) * logistic(-$0) },
    { logistic($0) * logistic(-$0) * (logistic(-$0) - logistic($0)) })

  /// g(x) = tanh x
  public static let tanh = PerceptronActivation(
    "tanh", nil, { Foundation.tanh($0) }, { 1 - squared(Foundation.tanh($0)) },
    { -2 * Foundation.tanh($0) * (1 - squared(Foundation.tanh($0))) })

  /// g(x) = ln(1 + eˣ)
  public static let softplus = PerceptronActivation(
    "softplus", nil, { max($0, 0) + log1p(exp(-abs($0))) }, logistic,
    { logistic($0) * logistic(-$0) })

  /// Those with a name.
  public static let named = [relu, identity, error, sigmoid, tanh, softplus]
}

/// 1/(1 + e⁻ˣ)
@Sendable func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

@Sendable private func squared(_ x: Double) -> Double { x * x }
