import IntrinsicData
import IntrinsicMath

/// The operators that are layers, or part of one.
extension ONNXReader {
  func constant(_ node: ONNXOperator, _ value: Value?) throws(DataError) -> ONNXConstant? {
    switch value {
    case nil: return nil
    case .constant(let constant): return constant
    default: throw node.refusal("with weights that depend on the inputs")
    }
  }

  mutating func add(_ layer: ONNXLayers.Layer) -> Signal {
    layers.layers.append(layer)
    return Signal(layer: layers.layers.count - 1, isFlat: layer.image == nil)
  }

  mutating func dense(
    _ node: ONNXOperator, _ signals: [Signal], _ rest: [Value]
  ) throws(DataError) -> Signal {
    guard let weights = try constant(node, rest.first), weights.shape.count == 2,
      node.integer("transA", orElse: 0) == 0
    else { throw node.refusal() }
    let (rows, columns) = (weights.shape[0], weights.shape[1])
    let isTransposed = node.integer("transB", orElse: 0) == 1
    let (units, fanIn) = isTransposed ? (rows, columns) : (columns, rows)
    let factor = node.real("alpha", orElse: 1)
    func weight(_ unit: Int, _ source: Int) -> Double {
      factor * weights.numbers[isTransposed ? unit * columns + source : source * columns + unit]
    }
    var parts: [(layer: Int, reference: ONNXLayers.Reference, columns: [Int])] = []
    for signal in signals {
      guard signal.isFlat else { throw node.refusal("of an image that has not been flattened") }
      let reference = try reference(to: signal, for: node.name)
      let image = signal.layer < 0 ? layers.image : layers.layers[signal.layer].image
      let count = signal.layer < 0 ? layers.inputs : layers.layers[signal.layer].count
      let first = parts.reduce(0) { $0 + $1.columns.count }
      let isLast = signal.layer < 0 ? inputChannelsAreLast : signal.channelsAreLast
      parts.append(
        (
          signal.layer, reference,
          (0..<count).map { index in
            guard let image, isLast else { return first + index }
            let pixels = image.height * image.width
            return first + index % pixels * image.channels + index / pixels
          }
        ))
    }
    // Sources in the order of layers, and of images by channel, as network files have them.
    parts.sort { $0.layer < $1.layer }
    let order = parts.flatMap(\.columns)
    guard order.count == fanIn, units > 0 else {
      throw node.refusal("with \(fanIn) weights for a unit that reads \(order.count)")
    }
    guard Set(parts.map(\.layer)).count == parts.count else {
      throw node.refusal("that reads a layer twice")
    }
    let bias = try constant(node, rest.dropFirst().first).map { (constant) throws(DataError) in
      guard constant.scalar != nil || constant.numbers.count == units else {
        throw node.refusal("with \(constant.numbers.count) biases for \(units) units")
      }
      let factor = node.real("beta", orElse: 1)
      return (0..<units).map { factor * (constant.scalar ?? constant.numbers[$0]) }
    }
    return add(
      .init(
        kind: .dense, units: units, reads: parts.map(\.reference),
        weights: (0..<units).flatMap { unit in order.map { weight(unit, $0) } },
        weightShape: [units, fanIn], bias: bias, name: node.name))
  }

  mutating func batchNormalization(
    _ node: ONNXOperator, _ signal: Signal, _ rest: [Value]
  ) throws(DataError) -> Signal {
    var lists: [[Double]] = []
    for value in rest { lists.append(try constant(node, value)!.numbers) }
    guard lists.count == 4 else { throw node.refusal("without scale, shift, mean and variance") }
    let epsilon = node.real("epsilon", orElse: 1e-5)
    let variance = lists[3].map { $0 + epsilon }
    let units =
      signal.layer >= 0 ? layers.layers[signal.layer].units : inputSizes.first!
    guard lists.allSatisfy({ $0.count == units }), variance.allSatisfy({ $0 > 0 }) else {
      throw node.refusal("of other than \(units) units with variances above 0")
    }
    var result = signal
    if signal.layer < 0 {
      guard signal.isFlat == (inputSizes.count == 1), !signal.channelsAreLast else {
        throw node.refusal("of images that have been flattened or transposed")
      }
      let a = zip(lists[0], variance).map { $0 / $1.squareRoot() }
      let b = zip(zip(a, lists[2]), lists[1]).map { $1 - $0.0 * $0.1 }
      let pixels = inputSizes.dropFirst().reduce(1, *)
      func spread(_ list: [Double]) -> [Double] {
        list.flatMap { [Double](repeating: $0, count: pixels) }
      }
      result.map.compose(spread(a), spread(b))
      return result
    }
    let layer = layers.layers[signal.layer]
    guard !layer.weights.isEmpty, layer.normalization == nil, layer.activations.isEmpty,
      signal.version == layer.version, signal.function.isIdentity,
      signal.isFlat == (layer.image == nil)
    else {
      throw node.refusal("of anything but the pre-activations of a dense layer or a convolution")
    }
    layers.layers[signal.layer].version += 1
    layers.layers[signal.layer].normalization = .init(
      mean: lists[2], variance: variance, gain: lists[0], shift: lists[1], name: node.name)
    result.version += 1
    return result
  }

  mutating func sum(_ node: ONNXOperator, _ operands: [Value]) throws(DataError) -> Signal {
    var reads: [ONNXLayers.Reference] = []
    var image: ImageShape?
    var (counts, forms): (Set<Int>, Set<Bool>) = ([], [])
    for operand in operands {
      guard case .signal(let signal) = operand, !signal.channelsAreLast || signal.isFlat else {
        throw node.refusal("of anything but layers of one shape")
      }
      reads.append(try reference(to: signal, for: node.name))
      image = try self.image(of: signal, for: node.name)
      counts.insert(signal.layer < 0 ? layers.inputs : layers.layers[signal.layer].count)
      forms.insert(signal.isFlat)
    }
    guard counts.count == 1, forms.count == 1, Set(reads).count == reads.count else {
      throw node.refusal("of anything but different layers of one shape")
    }
    return add(
      .init(
        kind: .sum, units: image?.channels ?? counts.first!, image: image, reads: reads,
        name: node.name))
  }

  /// Takes the probabilities 1 − p and p of two classes, p by a sigmoid, for a softmax of two units, the first of
  /// them 0.
  mutating func isOfTwoClasses(_ signals: [Signal]) -> Bool {
    guard signals.count == 2, signals[0].layer == signals[1].layer, signals[1].layer >= 0,
      signals[1].function.activation == .sigmoid, output == nil
    else { return false }
    let complement = signals[0].function.then("Sub") { 1 - $0 }
    let index = signals[0].layer
    let layer = layers.layers[index]
    guard complement.activation == .sigmoid, layer.units == 1, layer.kind == .dense,
      layer.normalization == nil, layer.activations.isEmpty,
      signals.allSatisfy({ $0.version == layer.version })
    else { return false }
    layers.layers[index].units = 2
    layers.layers[index].weights = layer.weights.map { _ in 0 } + layer.weights
    layers.layers[index].weightShape = [2, layer.weights.count]
    layers.layers[index].bias = layer.bias.map { [0] + $0 }
    layers.layers[index].version += 1
    output = (Signal(layer: index, version: layer.version + 1, isFlat: true), true)
    return true
  }
}
