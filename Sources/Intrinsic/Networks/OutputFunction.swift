import Foundation

/// A model of independent outputs of the caller's: for each output, the probability of a target y given its
/// activity a.
///
///     struct Laplace: OutputFunction {
///       let name = "laplace"
///       func loss(_ a: Double, target y: Double) -> Double { abs(y - a) + log(2) }
///       func derivative(_ a: Double, target y: Double) -> Double { a > y ? 1 : -1 }
///       func fisherInformation(_ a: Double) -> Double { 1 }
///     }
///     OutputModel.register(Laplace())
///     let network = try builder.build(output: .custom(Laplace()))
///
/// It is computed in Double, an output and a sample at a time.
public protocol OutputFunction: Sendable {
  /// The name in files: lower-case letters, and unlike those of the library.
  var name: String { get }

  /// −ln p(y | a) in nats.
  func loss(_ a: Double, target y: Double) -> Double

  /// ∂ loss/∂a.
  func derivative(_ a: Double, target y: Double) -> Double

  /// E_y[(∂ loss/∂a)²], y drawn from the model: its Fisher information on a.
  func fisherInformation(_ a: Double) -> Double

  /// Whether there is a Fisher information; true unless given. A loss that is no −ln p has none, and no Fisher
  /// metric is asked for it.
  var hasFisherInformation: Bool { get }

  /// The prediction in units of the target, such as its mean; a unless given.
  func prediction(_ a: Double) -> Double

  /// What targets may be: “numbers from 0 to 1”, …; nil for all numbers.
  var targetRange: String? { get }

  /// Whether y may be a target; true unless given.
  func accepts(_ y: Double) -> Bool
}

extension OutputFunction {
  public var hasFisherInformation: Bool { true }
  public var targetRange: String? { nil }
  public func prediction(_ a: Double) -> Double { a }
  public func accepts(_ y: Double) -> Bool { true }
}

/// A model of independent outputs of the caller's as part of a network: the same model if it has the same
/// name.
public struct CustomOutput: Hashable, Sendable {
  /// In a box: Swift 6.3.1 crashes on errors with larger payloads.
  private final class Box: Sendable {
    let function: any OutputFunction
    init(_ function: some OutputFunction) { self.function = function }
  }

  private let box: Box

  public var function: any OutputFunction { box.function }

  public init(_ function: some OutputFunction) { box = Box(function) }

  public static func == (a: CustomOutput, b: CustomOutput) -> Bool {
    a.function.name == b.function.name
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(function.name) }

  private static let registry = Registry<CustomOutput>()

  static func registered(_ name: String) -> CustomOutput? { registry[name] }

  fileprivate static func register(_ output: CustomOutput) {
    let name = output.function.name
    precondition(
      !name.isEmpty && name.allSatisfy { $0.isLetter && $0.isLowercase },
      "an output model named “\(name)”; a name has lower-case letters only")
    precondition(
      !OutputModel.allCases.contains { $0.description == name },
      "the library has an output model named “\(name)” itself")
    registry[name] = output
  }
}

extension OutputModel {
  /// A model of the caller's.
  public static func custom(_ function: some OutputFunction) -> OutputModel {
    .custom(CustomOutput(function))
  }

  /// Makes a model of the caller's known by its name to files; one of the same name is replaced. A program
  /// that reads a network with it calls this first.
  public static func register(_ function: some OutputFunction) {
    CustomOutput.register(CustomOutput(function))
  }
}

/// Counts with the mean e^a: p(y | a) = e^{ya − e^a}/y!.
struct PoissonOutput: OutputFunction {
  let name = "poisson"
  func loss(_ a: Double, target y: Double) -> Double { exp(a) - y * a + lgamma(y + 1).0 }
  func derivative(_ a: Double, target y: Double) -> Double { exp(a) - y }
  func fisherInformation(_ a: Double) -> Double { exp(a) }
  func prediction(_ a: Double) -> Double { exp(a) }
  var targetRange: String? { "numbers from 0" }
  func accepts(_ y: Double) -> Bool { y >= 0 }
}

/// ρ(u) = u²/2 for |u| ≤ δ, δ|u| − δ²/2 beyond, u = y − a: −ln of the density e^{−ρ(u)}/Z but for ln Z, with
/// Z = √(2π)(2Φ(δ) − 1) + 2e^{−δ²/2}/δ. Its Fisher information is E[ρ″] = √(2π)(2Φ(δ) − 1)/Z.
struct HuberOutput: OutputFunction {
  let threshold: Double
  var name: String { "huber\(threshold)" }

  func loss(_ a: Double, target y: Double) -> Double {
    let u = abs(y - a)
    return u <= threshold ? u * u / 2 : threshold * (u - threshold / 2)
  }

  func derivative(_ a: Double, target y: Double) -> Double {
    min(max(a - y, -threshold), threshold)
  }

  func fisherInformation(_ a: Double) -> Double {
    let inside = (2 * Double.pi).squareRoot() * erf(threshold / 2.0.squareRoot())
    return inside / (inside + 2 * exp(-threshold * threshold / 2) / threshold)
  }
}
