import IntrinsicMath

extension Network {
  /// The parameters with which a network of sigmoid units computes what the same network of tanh
  /// units, inputs included, computes with `parameters`: activities a and 2a − 1 correspond
  /// (Ollivier 2015, 46–47, solved for the sigmoid side).
  ///
  ///     w = 4 w′,  w_0 = 2 w′_0 − ½ Σ_i w_i
  ///
  /// Inputs of the tanh side are 2x − 1. Every unit must have a bias.
  public func sigmoidParameters<T: Scalar>(fromTanh parameters: Parameters<T>) -> Parameters<T> {
    var result = parameters
    forEachUnit { bias, weights in
      for weight in weights { result[weight] = 4 * parameters[weight] }
      let sum = weights.reduce(T(0)) { $0 + result[$1] }
      result[bias] = 2 * parameters[bias] - sum / 2
    }
    return result
  }

  /// The inverse of `sigmoidParameters(fromTanh:)`: w′ = w/4, w′_0 = w_0/2 + ¼ Σ_i w_i (Ollivier
  /// 2015, 46–47).
  public func tanhParameters<T: Scalar>(fromSigmoid parameters: Parameters<T>) -> Parameters<T> {
    var result = parameters
    forEachUnit { bias, weights in
      for weight in weights { result[weight] = parameters[weight] / 4 }
      let sum = weights.reduce(T(0)) { $0 + parameters[$1] }
      result[bias] = parameters[bias] / 2 + sum / 4
    }
    return result
  }

  private func forEachUnit(_ body: (_ bias: Int, _ weights: Range<Int>) -> Void) {
    for (index, layer) in layers.enumerated() {
      precondition(layer.hasBias, "layer \(index) has no bias, which the conversion needs")
      for unit in 0..<layer.rows.count {
        let range = self.parameters(layer: index, unit: unit)
        body(range.lowerBound, range.dropFirst())
      }
    }
  }
}
