import Intrinsic
import IntrinsicMath

/// A change of how a function is written: it maps a network, its parameters and the inputs, so that
/// the function stays the same.
///
///     let g = Transformation.affine(layer: 0, change).then(.inputInversion([0, 2], of: 4))
///     let other = try g.applied(to: model)
///     other.predictions(for: g.applied(to: inputs))   // = model.predictions(for: inputs)
///
/// On parameters it is an affine map θ ↦ Lθ + c, so a displacement of them goes to Lδθ.
public struct Transformation: Sendable {
  /// What it is made of, in the order of application.
  public let kinds: [Kind]
  private let parts: [any Reparametrization]

  init(_ kind: Kind, _ parts: [any Reparametrization]) {
    kinds = [kind]
    self.parts = parts
  }

  private init(kinds: [Kind], parts: [any Reparametrization]) {
    self.kinds = kinds
    self.parts = parts
  }

  /// What changes nothing.
  public static let identity = Transformation(kinds: [], parts: [])

  /// This transformation followed by another.
  public func then(_ next: Transformation) -> Transformation {
    Transformation(kinds: kinds + next.kinds, parts: parts + next.parts)
  }

  /// The transformation that undoes this one.
  public var inverse: Transformation {
    Transformation(kinds: kinds.reversed(), parts: parts.reversed().map { $0.inverse })
  }

  /// The model that computes the same function of the transformed inputs.
  public func applied(to model: Model) throws(TransformationError) -> Model {
    if model.network.isNormalized, !kinds.allSatisfy({ $0 == .directionScaling }) {
      throw .normalizedNetwork
    }
    var network = model.network
    var vector = model.parameters.elements
    for part in parts {
      vector = try part.vector(vector, of: network, isDisplacement: false)
      network = try part.network(network)
    }
    return Model(network: network, parameters: Parameters(vector))
  }

  /// The inputs of the transformed model, input units × samples.
  public func applied(to inputs: Matrix<Double>) -> Matrix<Double> {
    parts.reduce(inputs) { $1.inputs($0) }
  }

  /// Samples with the inputs of the transformed model.
  public func applied(to samples: Samples<Double>) -> Samples<Double> {
    Samples(inputs: applied(to: samples.inputs), targets: samples.targets)
  }

  /// The displacement Lδθ that changes the transformed model as `displacement` changes a model of
  /// `network`.
  public func applied(
    to displacement: Displacement<Double>, of network: Network
  ) throws(TransformationError) -> Displacement<Double> {
    var network = network
    var vector = displacement.elements
    for part in parts {
      vector = try part.vector(vector, of: network, isDisplacement: true)
      network = try part.network(network)
    }
    return Displacement(vector)
  }
}

/// One elementary transformation.
protocol Reparametrization: Sendable {
  /// The architecture after it.
  func network(_ network: Network) throws(TransformationError) -> Network
  /// Parameters θ of `network`, or a displacement of them, in the new coordinates.
  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double]
  /// Inputs, units × samples, in the new coordinates.
  func inputs(_ inputs: Matrix<Double>) -> Matrix<Double>
  var inverse: any Reparametrization { get }
}

extension Reparametrization {
  func network(_ network: Network) throws(TransformationError) -> Network { network }
  func inputs(_ inputs: Matrix<Double>) -> Matrix<Double> { inputs }
}
