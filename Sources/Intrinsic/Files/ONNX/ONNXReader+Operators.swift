import Foundation
import IntrinsicData
import IntrinsicMath

/// What operators make of values.
extension ONNXReader {
  /// The value of an operator.
  mutating func value(of node: ONNXOperator) throws(DataError) -> Value {
    if node.type == "Constant" { return .constant(try node.constant(in: url)) }
    var operands: [Value] = []
    for name in node.inputs where !name.isEmpty {
      guard let value = values[name] else {
        throw .malformed(
          node.place, found: "it reads “\(name)”, which no operator before it has made",
          remedy: "The file is damaged; export it again.")
      }
      operands.append(value)
    }
    guard let first = operands.first else { throw node.refusal() }
    // What comes after the outputs makes labels of them.
    if operands.contains(where: { if case .outcome = $0 { true } else { false } }) {
      takeClasses(node, operands)
      return .outcome
    }
    if node.type == "Shape"
      || operands.contains(where: { if case .sizes = $0 { true } else { false } }),
      !["Reshape", "Expand"].contains(node.type)
    {
      return .sizes
    }
    if node.type == "Concat" { return try concatenation(node, operands) }
    if operands.count == 2, let operation = Self.operations[node.type] {
      return try binary(node, operands[0], operands[1], operation)
    }
    if node.type == "Where", operands.count == 3 { return try .signal(choice(node, operands)) }
    switch first {
    case .constant(let constant):
      return try .constant(folded(node, constant, operands.dropFirst().first))
    case .signal(let signal): return try value(of: node, signal, Array(operands.dropFirst()))
    case .several(let signals) where ["Gemm", "MatMul"].contains(node.type):
      return try .signal(dense(node, signals, Array(operands.dropFirst())))
    case .several, .sizes, .outcome: throw node.refusal()
    }
  }

  private mutating func value(
    of node: ONNXOperator, _ signal: Signal, _ rest: [Value]
  ) throws(DataError) -> Value {
    if let function = try pointwise(node, rest) {
      var result = signal
      result.function = signal.function.then(node.type, function.numbers, function.value)
      return .signal(result)
    }
    switch node.type {
    case "Identity", "Dropout", "Cast": return .signal(signal)
    case "Gemm", "MatMul": return try .signal(dense(node, [signal], rest))
    case "Conv": return try .signal(convolution(node, signal, rest))
    case "BatchNormalization": return try .signal(batchNormalization(node, signal, rest))
    case "MaxPool", "AveragePool": return try .signal(pooling(node, signal))
    case "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax":
      return try .signal(globalPooling(node, signal, rest))
    case "Sum" where rest.isEmpty: return .signal(signal)
    case "Sum": return try .signal(sum(node, [.signal(signal)] + rest))
    case "Flatten", "Reshape", "Squeeze": return try .signal(flat(node, signal, rest))
    case "Transpose": return try .signal(transposed(node, signal))
    case "Scaler" where node.isForTables:
      var result = signal
      let (offset, scale) = (node.reals("offset") ?? [0], node.reals("scale") ?? [1])
      guard signal.layer < 0, [1, inputSizes[0]].contains(offset.count),
        [1, inputSizes[0]].contains(scale.count)
      else { throw node.refusal() }
      result.map.compose([1], offset.map { -$0 })
      result.map.compose(scale, [0])
      return .signal(result)
    case "Softmax", "LogSoftmax":
      guard signal.isFlat, output == nil else { throw node.refusal("of anything but the outputs") }
      output = (signal, true)
      return .outcome
    case "ArgMax", "TopK":
      output = (signal, true)
      return .outcome
    default: throw node.refusal()
    }
  }

  /// The function of single numbers that an operator is; nil if it is none.
  private func pointwise(
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

  private static let operations: [String: @Sendable (Double, Double) -> Double] = [
    "Add": { $0 + $1 }, "Sub": { $0 - $1 }, "Mul": { $0 * $1 }, "Div": { $0 / $1 },
    "Pow": { pow($0, $1) }, "Max": { max($0, $1) }, "Min": { min($0, $1) },
    "Greater": { $0 > $1 ? 1 : 0 }, "GreaterOrEqual": { $0 >= $1 ? 1 : 0 },
    "Less": { $0 < $1 ? 1 : 0 }, "LessOrEqual": { $0 <= $1 ? 1 : 0 },
  ]

  private mutating func binary(
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
      guard isAffine, let numbers = ONNXInputMap.numbers(constant, sizes: inputSizes) else {
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

  /// One function where another is not 0, and a third where it is.
  private func choice(_ node: ONNXOperator, _ operands: [Value]) throws(DataError) -> Signal {
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

  /// Constants that are worked out of others.
  private func folded(_ node: ONNXOperator, _ constant: ONNXConstant, _ second: Value?)
    throws(DataError) -> ONNXConstant
  {
    var result = constant
    switch node.type {
    case "Identity", "Cast", "Dropout": break
    case "Unsqueeze", "Squeeze", "Flatten":
      // Sizes of 1 come and go.
      result.shape = constant.shape.filter { $0 != 1 }
    case "ReduceL2":
      var axes = (node.integers("axes") ?? []).map { $0 < 0 ? $0 + constant.shape.count : $0 }
      if case .constant(let list)? = second { axes = list.numbers.map { Int($0) } }
      guard axes.allSatisfy(constant.shape.indices.contains) else { throw node.refusal() }
      result = constant.lengths(over: axes.isEmpty ? Array(constant.shape.indices) : axes)
    case "Reshape":
      guard case .constant(let target)? = second else { throw node.refusal() }
      var shape = target.numbers.map { Int($0) }
      if let open = shape.firstIndex(of: -1) {
        let others = shape.filter { $0 != -1 }.reduce(1, *)
        shape[open] = others > 0 ? constant.numbers.count / others : 0
      }
      guard shape.allSatisfy({ $0 > 0 }), shape.reduce(1, *) == constant.numbers.count else {
        throw node.refusal()
      }
      result.shape = shape
    case "Transpose":
      guard constant.shape.count == 2 else {
        throw node.refusal("of a constant of other than two axes")
      }
      let (rows, columns) = (constant.shape[0], constant.shape[1])
      result.shape = [columns, rows]
      result.numbers = (0..<constant.numbers.count).map {
        constant.numbers[$0 % rows * columns + $0 / rows]
      }
    default: throw node.refusal("of constants")
    }
    return result
  }

  /// Rows of numbers one after the other.
  private mutating func concatenation(_ node: ONNXOperator, _ operands: [Value]) throws(DataError)
    -> Value
  {
    var signals: [Signal] = []
    for operand in operands {
      switch operand {
      case .signal(let signal) where signal.isFlat: signals.append(signal)
      case .several(let list): signals += list
      default: throw node.refusal("of anything but rows of units")
      }
    }
    if try isOfTwoClasses(node, signals) { return .outcome }
    return .several(signals)
  }

  /// Names of classes, where labels are looked up.
  private mutating func takeClasses(_ node: ONNXOperator, _ operands: [Value]) {
    if node.type == "LabelEncoder" { classes = node.texts("values_strings") ?? classes }
    if node.type == "ArrayFeatureExtractor", case .constant(let constant)? = operands.first {
      classes =
        constant.texts ?? constant.numbers.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }
    }
    if node.type == "ZipMap" {
      classes =
        node.texts("classlabels_strings") ?? node.integers("classlabels_int64s")?.map { "\($0)" }
        ?? classes
    }
  }
}
