import IntrinsicMath

/// The activation function s of a unit: a = s(y).
public enum Activation: Hashable, Sendable {
  /// a = y
  case identity
  /// a = max(y, 0), with s′(0) = 0
  case relu
  /// a = 1/(1 + e⁻ʸ)
  case sigmoid
  /// a = tanh y
  case tanh
  /// a = 1.7159 tanh(2y/3)
  case scaledTanh
  /// a = ln(1 + eʸ)
  case softplus
  /// a = [y]₊^p, positively homogeneous of degree p ≥ 2
  case positivePower(Int)
  /// a = y^p, homogeneous of degree p ≥ 2
  case power(Int)

  /// The number under which the vector kernels know the function.
  var code: Int32 {
    switch self {
    case .identity: 0
    case .relu: 1
    case .sigmoid: 2
    case .tanh: 3
    case .scaledTanh: 4
    case .softplus: 5
    case .positivePower: 6
    case .power: 7
    }
  }

  /// The exponent of the powers, 1 for the other functions.
  var exponent: Int {
    switch self {
    case .positivePower(let p), .power(let p): p
    default: 1
    }
  }

  /// The degree p of a positively homogeneous function, s(ρy) = ρ^p s(y) for ρ > 0; nil for others.
  public var homogeneityDegree: Int? {
    switch self {
    case .identity, .relu: 1
    case .positivePower(let p), .power(let p): p
    case .sigmoid, .tanh, .scaledTanh, .softplus: nil
    }
  }

  /// Activities a = s(y) and, unless `r` is nil, derivatives r = s′(y), for `count` units × samples.
  func apply<T: Scalar>(
    count: Int, y: UnsafePointer<T>, a: UnsafeMutablePointer<T>, r: UnsafeMutablePointer<T>?
  ) {
    T.kernels.activate(code, Int32(exponent), count, y, a, r)
  }
}

extension Activation: CustomStringConvertible {
  public var description: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .scaledTanh: "scaledtanh"
    case .softplus: "softplus"
    case .positivePower(let p): "positivepower\(p)"
    case .power(let p): "power\(p)"
    }
  }
}

/// By name, as in `description`.
extension Activation: LosslessStringConvertible, Codable {
  public init?(_ description: String) {
    let plain: [Activation] = [.identity, .relu, .sigmoid, .tanh, .scaledTanh, .softplus]
    if let match = plain.first(where: { $0.description == description }) {
      self = match
    } else if let p = Self.exponent(in: description, after: "positivepower") {
      self = .positivePower(p)
    } else if let p = Self.exponent(in: description, after: "power") {
      self = .power(p)
    } else {
      return nil
    }
  }

  private static func exponent(in text: String, after name: String) -> Int? {
    guard text.hasPrefix(name), let p = Int(text.dropFirst(name.count)), p >= 2
    else { return nil }
    return p
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let activation = Activation(name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "there is no activation “\(name)”")
    }
    self = activation
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
