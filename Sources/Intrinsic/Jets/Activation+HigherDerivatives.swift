import IntrinsicMath

extension Activation {
  /// The order of the highest derivative of s that the library or the function's owner has, 1, 2 or 3: where it
  /// is 3, s″ exists everywhere, and s‴ may jump.
  public var smoothness: Int {
    switch self {
    case .group(let group): group.function == .identity ? 3 : 0
    case .relu, .leakyRelu, .elu: 1
    case .positivePower(let p): p > 2 ? 3 : 1
    case .custom(let activation):
      activation.function.secondDerivative(0) == nil
        ? 1 : activation.function.thirdDerivative(0) == nil ? 2 : 3
    case .identity, .sigmoid, .tanh, .scaledTanh, .softplus, .power, .gelu, .silu, .sine: 3
    }
  }

  /// s″ and, unless nil, s‴ from the pre-activations y, the activities a = s(y) and the derivatives r = s′(y) of
  /// `count` elements.
  func higherDerivatives<T: Scalar>(
    count: Int, y: UnsafePointer<T>, a: UnsafePointer<T>, r: UnsafePointer<T>,
    second: UnsafeMutablePointer<T>, third: UnsafeMutablePointer<T>?
  ) {
    if case .custom(let activation) = self {
      for i in 0..<count {
        let y = Double(y[i])
        second[i] = T(activation.function.secondDerivative(y) ?? .nan)
        if let third { third[i] = T(activation.function.thirdDerivative(y) ?? .nan) }
      }
      return
    }
    precondition(smoothness >= (third == nil ? 2 : 3), "\(self) has no such derivative")
    T.higherDerivatives(
      activation: code, p: parameter, count: count, y: y, a: a, r: r, second: second, third: third)
  }
}
