import IntrinsicMath

/// An activation function s of the caller's: a = s(y).
///
///     struct Mish: ActivationFunction {
///       let name = "mish"
///       func value(_ y: Double) -> Double { y * tanh(log1p(exp(y))) }
///       func derivative(_ y: Double) -> Double { … }
///     }
///     Activation.register(Mish())
///     let network = try Network.layered([2, 8, 1], activation: .custom(Mish()), output: .square)
///
/// It is computed in Double, an element at a time: some nanoseconds each, against a fraction of one for the
/// functions of the library.
public protocol ActivationFunction: Sendable {
  /// The name in files and network words: lower-case letters, and unlike those of the library.
  var name: String { get }

  /// The degree p if s(ρy) = ρ^p s(y) for ρ > 0; nil for others.
  var homogeneityDegree: Int? { get }

  /// s(y).
  func value(_ y: Double) -> Double

  /// s′(y).
  func derivative(_ y: Double) -> Double

  /// s″(y), for second derivatives with respect to inputs (``InputDerivatives``); nil at every y unless offered.
  func secondDerivative(_ y: Double) -> Double?

  /// s‴(y), for training on second derivatives (``ResidualProblem``); nil at every y unless offered.
  func thirdDerivative(_ y: Double) -> Double?
}

extension ActivationFunction {
  public var homogeneityDegree: Int? { nil }
  public func secondDerivative(_ y: Double) -> Double? { nil }
  public func thirdDerivative(_ y: Double) -> Double? { nil }
}

/// An activation function of the caller's as part of a network: the same function if it has the same name.
public struct CustomActivation: Hashable, Sendable {
  public let function: any ActivationFunction

  public init(_ function: some ActivationFunction) { self.function = function }

  public static func == (a: CustomActivation, b: CustomActivation) -> Bool {
    a.function.name == b.function.name
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(function.name) }

  private static let registry = Registry<CustomActivation>()

  static func registered(_ name: String) -> CustomActivation? { registry[name] }

  fileprivate static func register(_ activation: CustomActivation) {
    let name = activation.function.name
    precondition(
      !name.isEmpty && name.allSatisfy { $0.isLetter && $0.isLowercase },
      "an activation named “\(name)”; a name has lower-case letters only")
    precondition(
      !Activation.plain.contains { $0.description == name },
      "the library has an activation named “\(name)” itself")
    registry[name] = activation
  }

  /// a = s(y) and, unless `r` is nil, r = s′(y).
  func apply<T: Scalar>(
    count: Int, y: UnsafePointer<T>, a: UnsafeMutablePointer<T>, r: UnsafeMutablePointer<T>?
  ) {
    for index in 0..<count {
      // The memory of y may be that of a.
      let y = Double(y[index])
      a[index] = T(function.value(y))
      if let r { r[index] = T(function.derivative(y)) }
    }
  }
}

extension Activation {
  /// A function of the caller's.
  public static func custom(_ function: some ActivationFunction) -> Activation {
    .custom(CustomActivation(function))
  }

  /// Makes a function of the caller's known by its name to files and network words; one of the same name is
  /// replaced. A program that reads a network with it calls this first.
  public static func register(_ function: some ActivationFunction) {
    CustomActivation.register(CustomActivation(function))
  }
}
