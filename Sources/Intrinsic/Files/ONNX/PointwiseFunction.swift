import IntrinsicMath

/// A function of one number that operators of a graph put together, such as x · Φ(x) out of Erf, Add and Mul.
struct PointwiseFunction {
  let value: (Double) -> Double
  /// The constants in it.
  var numbers: [Double] = []
  /// The operators in it, in their order.
  var operators: [String] = []

  static var identity: PointwiseFunction { PointwiseFunction { $0 } }

  var isIdentity: Bool { operators.isEmpty }

  /// x ↦ g(f(x)), f this one.
  func then(
    _ name: String, _ numbers: [Double] = [], _ g: @escaping (Double) -> Double
  ) -> PointwiseFunction {
    PointwiseFunction(
      value: { [value] in g(value($0)) }, numbers: self.numbers + numbers,
      operators: operators + [name])
  }

  /// x ↦ g(f(x), h(x)).
  func with(
    _ other: PointwiseFunction, _ name: String, _ g: @escaping (Double, Double) -> Double
  ) -> PointwiseFunction {
    PointwiseFunction(
      value: { [value] in g(value($0), other.value($0)) }, numbers: numbers + other.numbers,
      operators: operators + other.operators + [name])
  }

  /// Where functions are compared: no multiples of a period, and no whole numbers but 0.
  private static let places = (-40...40).map { Double($0) * 0.17 }

  /// The activation that it is, by its values to single precision; nil if there is none.
  var activation: Activation? {
    if isIdentity { return .identity }
    let values = Self.places.map(value)
    return candidates.first { candidate in
      var known = Self.places
      candidate.apply(count: known.count, y: Self.places, a: &known, r: nil)
      return zip(values, known).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
    }
  }

  private var candidates: [Activation] {
    var list: [Activation] = [
      .identity, .relu, .sigmoid, .tanh, .scaledTanh, .softplus, .gelu, .silu, .elu,
    ]
    let slope = -value(-1)
    if (0..<1).contains(slope) {
      // As it was written in decimal digits, not as the nearest binary number in single precision.
      list.append(.leakyRelu(Self.decimal(slope)))
    }
    list += (2...8).flatMap { [.positivePower($0), .power($0)] }
    list += numbers.filter { $0 > 0 }.map { .sine(Self.decimal($0)) }
    return list
  }

  /// The number whose shortest text in single precision this is.
  private static func decimal(_ value: Double) -> Double { Double("\(Float(value))")! }

  /// a and b if it is x ↦ a x + b.
  var affine: (a: Double, b: Double)? {
    let b = value(0)
    let a = value(1) - b
    let isAffine = Self.places.allSatisfy {
      abs(value($0) - a * $0 - b) <= 1e-9 * (abs(a * $0) + abs(b))
    }
    return isAffine ? (a, b) : nil
  }
}
