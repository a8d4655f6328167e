import IntrinsicData
import IntrinsicMath

/// The operators on images.
extension ONNXReader {
  /// The window of a convolution or a pooling over an image.
  private func window(
    _ node: ONNXOperator, _ kernel: [Int], over image: ImageShape
  ) throws(DataError) -> Window {
    let strides = node.integers("strides") ?? [1, 1]
    var pads = node.integers("pads") ?? [0, 0, 0, 0]
    guard kernel.count == 2, strides.count == 2, pads.count == 4,
      (node.integers("dilations") ?? [1, 1]).allSatisfy({ $0 == 1 }),
      (kernel + strides).allSatisfy({ (1...1_000_000).contains($0) }),
      pads.allSatisfy({ (0...1_000_000).contains($0) })
    else { throw node.refusal("of anything but rows and columns without gaps") }
    let sizes = [image.height, image.width]
    if let name = node.text("auto_pad"), name.hasPrefix("SAME") {
      for axis in 0..<2 {
        let places = (sizes[axis] + strides[axis] - 1) / strides[axis]
        let total = max((places - 1) * strides[axis] + kernel[axis] - sizes[axis], 0)
        let (less, more) = (total / 2, total - total / 2)
        (pads[axis], pads[axis + 2]) = name == "SAME_LOWER" ? (more, less) : (less, more)
      }
    }
    for axis in 0..<2 where pads[axis] != pads[axis + 2] {
      // Zeros at an end that no window comes to make no difference.
      let places = (sizes[axis] + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis] + 1
      let reached = (places - 1) * strides[axis] + kernel[axis] - pads[axis] - sizes[axis]
      guard reached <= pads[axis], pads[axis] < pads[axis + 2] || reached <= 0,
        (sizes[axis] + 2 * pads[axis] - kernel[axis]) / strides[axis] + 1 == places
      else { throw node.refusal("with other zeros before an image than after it") }
      pads[axis + 2] = pads[axis]
    }
    if node.integer("ceil_mode", orElse: 0) == 1 {
      for axis in 0..<2 where (sizes[axis] + 2 * pads[axis] - kernel[axis]) % strides[axis] != 0 {
        throw node.refusal("with windows that leave the image (ceil_mode)")
      }
    }
    return Window(
      height: kernel[0], width: kernel[1], verticalStride: strides[0], horizontalStride: strides[1],
      verticalPadding: pads[0], horizontalPadding: pads[1])
  }

  private mutating func reading(
    _ node: ONNXOperator, _ signal: Signal
  ) throws(DataError) -> (ImageShape, ONNXLayers.Reference) {
    guard !signal.channelsAreLast || signal.layer < 0,
      let image = try image(of: signal, for: node.name)
    else { throw node.refusal("of anything but an image with its channels first") }
    return (image, try reference(to: signal, for: node.name))
  }

  private func image(
    _ node: ONNXOperator, _ window: Window, over image: ImageShape, channels: Int
  ) throws(DataError) -> ImageShape {
    let (rows, columns) = (
      image.height + 2 * window.verticalPadding - window.height,
      image.width + 2 * window.horizontalPadding - window.width
    )
    guard rows >= 0, columns >= 0 else { throw node.refusal("with a window larger than the image") }
    let (height, width) = (
      rows / window.verticalStride + 1, columns / window.horizontalStride + 1
    )
    guard let count = ONNXConstant.product(of: [height, width, channels]), count <= 1 << 32 else {
      throw node.refusal("of \(height) × \(width) × \(channels) activities")
    }
    return ImageShape(height: height, width: width, channels: channels)
  }

  mutating func convolution(
    _ node: ONNXOperator, _ signal: Signal, _ rest: [Value]
  ) throws(DataError) -> Signal {
    guard let weights = try constant(node, rest.first), weights.shape.count == 4 else {
      throw node.refusal("of anything but images")
    }
    let (source, reference) = try reading(node, signal)
    guard node.integer("group", orElse: 1) == 1, weights.shape[1] == source.channels else {
      throw node.refusal("in groups of channels")
    }
    let window = try window(node, Array(weights.shape[2...]), over: source)
    let bias = try constant(node, rest.dropFirst().first)?.numbers
    guard bias == nil || bias!.count == weights.shape[0] else {
      throw node.refusal("with \(bias!.count) biases for \(weights.shape[0]) channels")
    }
    return add(
      .init(
        kind: .convolution, units: weights.shape[0],
        image: try image(node, window, over: source, channels: weights.shape[0]),
        reads: [reference], window: window, weights: weights.numbers, weightShape: weights.shape,
        bias: bias, name: node.name))
  }

  mutating func pooling(_ node: ONNXOperator, _ signal: Signal) throws(DataError) -> Signal {
    let (source, reference) = try reading(node, signal)
    let window = try window(node, node.integers("kernel_shape") ?? [], over: source)
    let isAverage = node.type == "AveragePool"
    if isAverage, window.verticalPadding + window.horizontalPadding > 0,
      node.integer("count_include_pad", orElse: 0) == 0
    {
      throw node.refusal("that leaves the zeros beside the image out of means")
    }
    return add(
      .init(
        kind: isAverage ? .averagePooling : .maximumPooling, units: source.channels,
        image: try image(node, window, over: source, channels: source.channels),
        reads: [reference], window: window, name: node.name))
  }

  /// The mean, or the largest, of each channel.
  mutating func globalPooling(
    _ node: ONNXOperator, _ signal: Signal, _ rest: [Value]
  ) throws(DataError) -> Signal {
    if node.type.hasPrefix("Reduce") {
      let listed = try constant(node, rest.first)?.integers
      let axes = node.integers("axes") ?? listed
      guard axes.map({ Set($0.map { $0 < 0 ? $0 + 4 : $0 }) }) == [2, 3] else {
        throw node.refusal("over anything but the places of an image")
      }
    }
    let (source, reference) = try reading(node, signal)
    var result = add(
      .init(
        kind: node.type.hasSuffix("Max") || node.type == "GlobalMaxPool"
          ? .maximumPooling : .averagePooling,
        units: source.channels,
        image: ImageShape(height: 1, width: 1, channels: source.channels), reads: [reference],
        window: Window(height: source.height, width: source.width), name: node.name))
    result.isFlat = node.type.hasPrefix("Reduce") && node.integer("keepdims", orElse: 1) == 0
    return result
  }

  /// An image as one row of numbers, or inputs as an image.
  mutating func flat(
    _ node: ONNXOperator, _ signal: Signal, _ rest: [Value]
  ) throws(DataError) -> Signal {
    var result = signal
    let count = signal.layer < 0 ? layers.inputs : layers.layers[signal.layer].count
    switch (node.type, rest.first) {
    case ("Flatten", _):
      guard node.integer("axis", orElse: 1) == 1 else { throw node.refusal("of samples") }
    case ("Squeeze", _):
      guard let image = try image(of: signal, for: node.name), image.height * image.width == 1
      else { return signal }
    case ("Reshape", .constant(let target)?):
      let sizes = Array(target.integers.dropFirst())
      if sizes.count == 3, signal.layer < 0 {
        let known = ONNXConstant.product(of: sizes.filter { $0 > 0 }) ?? count + 1
        let full = sizes.map { $0 > 0 ? $0 : count / known }
        guard ONNXConstant.product(of: full) == count,
          full[0] == 1 || signal.isFlat == false || full[1] * full[2] == 1
        else { throw node.refusal("of inputs to an image of several channels") }
        layers.image = ImageShape(height: full[1], width: full[2], channels: full[0])
        result.isFlat = false
        return result
      }
      // Of several outputs in one row, some converters make one column.
      guard sizes.isEmpty && count == 1 || sizes.count == 1 && [-1, 1, count].contains(sizes[0])
      else { throw node.refusal() }
    case ("Reshape", .sizes?): break
    default: throw node.refusal()
    }
    result.isFlat = true
    return result
  }

  /// Channels from the last place to the first, or back.
  mutating func transposed(_ node: ONNXOperator, _ signal: Signal) throws(DataError) -> Signal {
    var result = signal
    switch (node.integers("perm"), signal.isFlat) {
    case ([0, 3, 1, 2], false):
      if signal.layer < 0, layers.image == nil {
        result.channelsAreLast = true
        try settle(result, node.name)
        return result
      }
      guard signal.channelsAreLast else { throw node.refusal() }
      result.channelsAreLast = false
    case ([0, 2, 3, 1], false):
      guard signal.layer >= 0, !signal.channelsAreLast else { throw node.refusal() }
      result.channelsAreLast = true
    default: throw node.refusal()
    }
    return result
  }
}
