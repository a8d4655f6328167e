import Foundation
import IntrinsicMath

extension Activation {
  /// Whether s″ exists everywhere, and the library or the function's owner has it.
  public var hasSecondDerivative: Bool {
    switch self {
    case .relu, .leakyRelu, .elu: false
    case .positivePower(let p): p > 2
    case .custom(let activation): activation.function.secondDerivative(0) != nil
    case .identity, .sigmoid, .tanh, .scaledTanh, .softplus, .power, .gelu, .silu, .sine: true
    }
  }

  /// s″ from the pre-activations y, the activities a = s(y) and the derivatives r = s′(y) of `count` elements.
  func secondDerivative<T: Scalar>(
    count: Int, y: UnsafePointer<T>, a: UnsafePointer<T>, r: UnsafePointer<T>,
    into second: UnsafeMutablePointer<T>
  ) {
    func each(_ derivative: (Int) -> T) { for i in 0..<count { second[i] = derivative(i) } }
    switch self {
    case .relu, .leakyRelu, .elu: preconditionFailure("\(self) has no second derivative")
    case .identity: each { _ in 0 }
    case .tanh: each { -2 * a[$0] * r[$0] }
    case .scaledTanh:
      // s = A tanh(c y): s″ = −2 c s′ s/A.
      let factor = T(-2 * (2.0 / 3) / 1.7159)
      each { factor * a[$0] * r[$0] }
    case .sigmoid: each { (1 - 2 * a[$0]) * r[$0] }
    case .softplus: each { r[$0] * (1 - r[$0]) }
    case .sine(let frequency):
      let square = T(frequency * frequency)
      each { -square * a[$0] }
    case .silu:
      // s = y σ with σ = 1/(1 + e⁻ʸ): s″ = σ′ (2 + y (1 − 2σ)).
      each { i in
        let y = Double(y[i])
        let sigma = 1 / (1 + exp(-y))
        return T(sigma * (1 - sigma) * (2 + y * (1 - 2 * sigma)))
      }
    case .gelu:
      // s = y Φ(y) with the normal density φ: s″ = φ (2 − y²).
      each { i in
        let y = Double(y[i])
        return T(exp(-y * y / 2) / (2 * Double.pi).squareRoot() * (2 - y * y))
      }
    case .positivePower(let p), .power(let p):
      let factor = Double(p * (p - 1))
      let isZeroBelow = self == .positivePower(p)
      each { isZeroBelow && y[$0] <= 0 ? 0 : T(factor * pow(Double(y[$0]), Double(p - 2))) }
    case .custom(let activation):
      each { T(activation.function.secondDerivative(Double(y[$0])) ?? .nan) }
    }
  }
}
