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
      if case .constant(let list)? = second { axes = list.integers }
      guard axes.allSatisfy(constant.shape.indices.contains) else { throw node.refusal() }
      result = constant.lengths(over: axes.isEmpty ? Array(constant.shape.indices) : axes)
    case "Reshape":
      guard case .constant(let target)? = second else { throw node.refusal() }
      var shape = target.integers
      if let open = shape.firstIndex(of: -1) {
        let others = ONNXConstant.product(of: shape.filter { $0 != -1 }) ?? 0
        shape[open] = others > 0 ? constant.numbers.count / others : 0
      }
      guard shape.allSatisfy({ $0 > 0 }), ONNXConstant.product(of: shape) == constant.numbers.count
      else {
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
    if isOfTwoClasses(signals) { return .outcome }
    return .several(signals)
  }

  /// Names of classes, where labels are looked up.
  private mutating func takeClasses(_ node: ONNXOperator, _ operands: [Value]) {
    if node.type == "LabelEncoder" { classes = node.texts("values_strings") ?? classes }
    if node.type == "ArrayFeatureExtractor", case .constant(let constant)? = operands.first {
      classes =
        constant.texts
        ?? constant.numbers.map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\($0)" }
    }
    if node.type == "ZipMap" {
      classes =
        node.texts("classlabels_strings") ?? node.integers("classlabels_int64s")?.map { "\($0)" }
        ?? classes
    }
  }
}
