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
  /// a = y Φ(y), Φ the normal distribution function (Hendrycks and Gimpel 2016), in its exact form
  case gelu
  /// a = y/(1 + e⁻ʸ), also known as swish
  case silu
  /// a = y for y > 0, eʸ − 1 otherwise (Clevert et al. 2016 with α = 1)
  case elu
  /// a = y for y > 0, the slope 0 ≤ p < 1 times y otherwise; s′(0) = p
  case leakyRelu(Double)
  /// a = sin(ω y), ω > 0 (Sitzmann et al. 2020)
  case sine(Double)
  /// A function of the caller's, known to files by its name
  case custom(CustomActivation)
  /// A function of several units at once, whose activities are one vector
  case group(GroupActivation)

  /// A leaky rectifier with the slope 0.01.
  public static let leakyRelu = leakyRelu(0.01)

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
    case .gelu: 8
    case .silu: 9
    case .elu: 10
    case .leakyRelu: 11
    case .sine: 12
    case .custom: preconditionFailure("the vector kernels know no custom functions")
    case .group(let group): preconditionFailure("\(group) is no function of one unit")
    }
  }

  /// The number p that the function depends on, 1 for those without.
  var parameter: Double {
    switch self {
    case .positivePower(let p), .power(let p): Double(p)
    case .leakyRelu(let p), .sine(let p): p
    default: 1
    }
  }

  /// The degree p of a positively homogeneous function, s(ρy) = ρ^p s(y) for ρ > 0; nil for others.
  public var homogeneityDegree: Int? {
    switch self {
    case .identity, .relu: 1
    case .positivePower(let p), .power(let p): p
    case .leakyRelu: 1
    case .custom(let activation): activation.function.homogeneityDegree
    case .group(let group): group.function == .identity ? 1 : nil
    case .sigmoid, .tanh, .scaledTanh, .softplus, .gelu, .silu, .elu, .sine: nil
    }
  }

  /// Whether a = y.
  var isIdentity: Bool {
    switch self {
    case .identity: true
    case .group(let group): group.function == .identity
    default: false
    }
  }

  /// Activities a = s(y) and, unless `r` is nil, derivatives r = s′(y), for `count` units × samples.
  func apply<T: Scalar>(
    count: Int, y: UnsafePointer<T>, a: UnsafeMutablePointer<T>, r: UnsafeMutablePointer<T>?
  ) {
    switch self {
    case .custom(let activation): return activation.apply(count: count, y: y, a: a, r: r)
    case .group(let group) where group.function == .identity:
      return Activation.identity.apply(count: count, y: y, a: a, r: r)
    default: break
    }
    T.activate(activation: code, p: parameter, count: count, y: y, a: a, r: r)
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
    case .gelu: "gelu"
    case .silu: "silu"
    case .elu: "elu"
    case .leakyRelu(let p): p == 0.01 ? "leakyrelu" : "leakyrelu\(p)"
    case .sine(let p): p == 1 ? "sine" : "sine\(p)"
    case .custom(let activation): activation.function.name
    case .group(let group): group.description
    }
  }
}

/// By name, as in `description`.
extension Activation: LosslessStringConvertible, Codable {
  public init?(_ description: String) {
    if let match = Self.plain.first(where: { $0.description == description }) {
      self = match
    } else if let p = Self.number(in: description, after: "leakyrelu"), (0..<1).contains(p) {
      self = .leakyRelu(p)
    } else if let p = Self.number(in: description, after: "sine"), p > 0 {
      self = .sine(p)
    } else if let p = Self.exponent(in: description, after: "positivepower") {
      self = .positivePower(p)
    } else if let p = Self.exponent(in: description, after: "power") {
      self = .power(p)
    } else if let function = CustomActivation.registered(description) {
      self = .custom(function)
    } else if let group = GroupActivation(description) {
      self = .group(group)
    } else {
      return nil
    }
  }

  /// Functions whose name is a word.
  static let plain: [Activation] = [
    .identity, .relu, .sigmoid, .tanh, .scaledTanh, .softplus, .gelu, .silu, .elu, .leakyRelu,
    .sine(1),
  ]

  private static func number(in text: String, after name: String) -> Double? {
    guard text.hasPrefix(name), let p = Double(text.dropFirst(name.count)), p.isFinite else {
      return nil
    }
    return p
  }

  private static func exponent(in text: String, after name: String) -> Int? {
    guard text.hasPrefix(name), let p = Int(text.dropFirst(name.count)), p >= 2, p < 1 << 31
    else { return nil }
    return p
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let activation = Activation(name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "there is no activation “\(name)”; if it is of your own, call "
          + "Activation.register before networks are read")
    }
    self = activation
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
