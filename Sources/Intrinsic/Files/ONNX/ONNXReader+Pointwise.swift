import Foundation
import IntrinsicData
import IntrinsicMath

/// Operators on single numbers: parts of activations, of the parameters of a layer, or of the standardization of inputs.
extension ONNXReader {
  /// The function of single numbers that an operator is; nil if it is none.
  func pointwise(
    _ node: ONNXOperator, _ rest: [Value]
  ) throws(DataError) -> (numbers: [Double], value: (Double) -> Double)? {
    func scalar(_ index: Int) -> Double? {
      guard rest.indices.contains(index), case .constant(let constant) = rest[index] else {
        return nil
      }
      return constant.scalar
    }
    switch node.type {
    case "Relu": return ([], { max($0, 0) })
    case "Sigmoid": return ([], { 1 / (1 + exp(-$0)) })
    case "Tanh": return ([], { tanh($0) })
    case "Softplus": return ([], { max($0, 0) + log1p(exp(-abs($0))) })
    case "Erf": return ([], { erf($0) })
    case "Exp": return ([], { exp($0) })
    case "Sin": return ([1], { sin($0) })
    case "Neg": return ([], { -$0 })
    case "Abs": return ([], { abs($0) })
    case "Sqrt": return ([], { $0.squareRoot() })
    case "Softsign": return ([], { $0 / (1 + abs($0)) })
    case "Elu":
      let alpha = node.real("alpha", orElse: 1)
      return ([], { $0 > 0 ? $0 : alpha * expm1($0) })
    case "LeakyRelu":
      let alpha = node.real("alpha", orElse: 0.01)
      return ([], { $0 > 0 ? $0 : alpha * $0 })
    case "PRelu":
      guard let alpha = scalar(0) else { throw node.refusal("with a slope for each unit") }
      return ([], { $0 > 0 ? $0 : alpha * $0 })
    case "Gelu":
      if node.text("approximate") == "tanh" { throw node.refusal("in its approximate form") }
      return ([], { 0.5 * $0 * (1 + erf($0 * 0.5.squareRoot())) })
    case "Swish": return ([], { $0 / (1 + exp(-$0)) })
    case "Clip":
      let least = node.inputs.dropFirst().first.flatMap { values[$0] }
      let (low, high) = (
        least == nil ? node.real("min", orElse: -.infinity) : scalar(0) ?? -.infinity,
        node.inputs.count > 2
          ? scalar(least == nil ? 0 : 1) ?? .infinity : node.real("max", orElse: .infinity)
      )
      return ([], { min(max($0, low), high) })
    default: return nil
    }
  }

  static let operations: [String: @Sendable (Double, Double) -> Double] = [
    "Add": { $0 + $1 }, "Sub": { $0 - $1 }, "Mul": { $0 * $1 }, "Div": { $0 / $1 },
    "Pow": { pow($0, $1) }, "Max": { max($0, $1) }, "Min": { min($0, $1) },
    "Greater": { $0 > $1 ? 1 : 0 }, "GreaterOrEqual": { $0 >= $1 ? 1 : 0 },
    "Less": { $0 < $1 ? 1 : 0 }, "LessOrEqual": { $0 <= $1 ? 1 : 0 },
  ]

  mutating func binary(
    _ node: ONNXOperator, _ left: Value, _ right: Value,
    _ operation: @escaping (Double, Double) -> Double
  ) throws(DataError) -> Value {
    switch (left, right) {
    case (.signal(let a), .signal(let b))
    where a.layer == b.layer && a.version == b.version && a.layer >= 0:
      if node.type == "Add", let x = a.function.activation, let y = b.function.activation, x != y,
        x == .identity || y == .identity
      {
        return try .signal(sum(node, [left, right]))
      }
      var result = a
      result.function = a.function.with(b.function, node.type, operation)
      return .signal(result)
    case (.signal, .signal) where node.type == "Add": return try .signal(sum(node, [left, right]))
    case (.signal(let signal), .constant(let constant)):
      return try .signal(combined(node, signal, constant) { operation($0, $1) })
    case (.constant(let constant), .signal(let signal)):
      return try .signal(combined(node, signal, constant) { operation($1, $0) })
    case (.constant(let a), .constant(let b)):
      guard let result = a.combined(with: b, operation) else {
        throw node.refusal("of constants of the shapes \(a.shape) and \(b.shape)")
      }
      return .constant(result)
    default: throw node.refusal()
    }
  }

  /// One function where another is not 0, and a third where it is.
  func choice(_ node: ONNXOperator, _ operands: [Value]) throws(DataError) -> Signal {
    var result: Signal?
    var functions: [PointwiseFunction] = []
    for operand in operands {
      switch operand {
      case .signal(let signal)
      where result == nil || signal.layer == result!.layer && signal.version == result!.version:
        result = signal
        functions.append(signal.function)
      case .constant(let constant):
        guard let scalar = constant.scalar else { throw node.refusal() }
        functions.append(PointwiseFunction(value: { _ in scalar }, operators: ["Constant"]))
      default: throw node.refusal()
      }
    }
    guard var result, result.layer >= 0 else { throw node.refusal() }
    let (condition, yes, no) = (functions[0], functions[1], functions[2])
    result.function = PointwiseFunction(
      value: { condition.value($0) != 0 ? yes.value($0) : no.value($0) },
      numbers: functions.flatMap(\.numbers), operators: functions.flatMap(\.operators) + [node.type]
    )
    return result
  }

  /// A signal and a constant: part of the standardization of inputs, of the parameters of a layer, or of an
  /// activation.
  private mutating func combined(
    _ node: ONNXOperator, _ signal: Signal, _ constant: ONNXConstant,
    _ operation: @escaping (Double, Double) -> Double
  ) throws(DataError) -> Signal {
    var result = signal
    let isAffine: Bool =
      switch node.type {
      case "Add", "Sub", "Mul": true
      // The signal by the constant, not the constant by it.
      case "Div": operation(6, 3) == 2
      default: false
      }
    func slopes(_ numbers: [Double]) -> (a: [Double], b: [Double]) {
      let b = numbers.map { operation(0, $0) }
      return (zip(numbers, b).map { operation(1, $0) - $1 }, b)
    }
    if signal.layer < 0 {
      guard isAffine, constant.scalar != nil || !signal.channelsAreLast,
        let numbers = ONNXInputMap.numbers(constant, sizes: inputSizes)
      else {
        throw node.refusal("of the inputs")
      }
      let (a, b) = slopes(numbers)
      result.map.compose(a, b)
      return result
    }
    let layer = layers.layers[signal.layer]
    let isBias =
      node.type == "Add" && layer.bias == nil && layer.normalization == nil
    if isAffine, signal.function.isIdentity, constant.scalar == nil || layer.units == 1 && isBias,
      !layer.weights.isEmpty, layer.activations.isEmpty, signal.version == layer.version,
      let numbers = byUnit(constant, layer, signal)
    {
      let (a, b) = slopes(numbers)
      layers.layers[signal.layer].compose(a, b)
      result.version += 1
      return result
    }
    guard let scalar = constant.scalar else {
      throw node.refusal("with a number for each unit after an activation")
    }
    result.function = signal.function.then(node.type, [scalar]) { operation($0, scalar) }
    return result
  }

  /// A constant as one number for each unit, or channel, of a layer; nil if its shape says something else.
  private func byUnit(_ constant: ONNXConstant, _ layer: ONNXLayers.Layer, _ signal: Signal)
    -> [Double]?
  {
    let units = layer.units
    if let scalar = constant.scalar { return [Double](repeating: scalar, count: units) }
    let axis = signal.isFlat || signal.channelsAreLast ? -1 : -3
    let place = constant.shape.count + axis
    guard place >= 0, constant.numbers.count == units, constant.shape[place] == units,
      layer.image == nil || !signal.isFlat
    else { return nil }
    return constant.numbers
  }
}
