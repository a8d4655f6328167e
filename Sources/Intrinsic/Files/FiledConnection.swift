import IntrinsicMath

/// What network files need to know of a connection beside its units.
protocol FiledConnection: Connection {
  var kind: NetworkDescription.Layer.Kind { get }
  /// A row of each layer that is read, in the order of the weights; nil where files list edges.
  var readRows: [Int]? { get }
  /// How it reads an image.
  var window: Window? { get }
  /// The caller's description of a custom layer.
  var custom: CustomLayerDescription? { get }
  /// The shape in files of `count` weights of all units.
  func weightShape(count: Int) -> [Int]
  /// The weights of a unit, bias left out, in the order of files; nil if that is their own.
  ///
  /// - Parameter image: the shape of the layer that a row belongs to, if it is one.
  func fileOrder(image: (_ row: Int) -> ImageShape?) -> [Int]?
}

extension FiledConnection {
  var window: Window? { nil }
  var custom: CustomLayerDescription? { nil }
  func weightShape(count: Int) -> [Int] { [count] }
  func fileOrder(image: (_ row: Int) -> ImageShape?) -> [Int]? { nil }
}

extension ImageShape {
  /// Where the channels of pixels are, channel after channel.
  fileprivate var channelsFirst: [Int] {
    (0..<channels).flatMap { channel in (0..<positions).map { $0 * channels + channel } }
  }
}

extension Dense: FiledConnection {
  var kind: NetworkDescription.Layer.Kind { .dense }
  var readRows: [Int]? { blocks.map { $0.upperBound - 1 } }
  func weightShape(count: Int) -> [Int] { [unitCount, count / unitCount] }

  func fileOrder(image: (_ row: Int) -> ImageShape?) -> [Int]? {
    var order: [Int] = []
    for (position, block) in blocks.enumerated() {
      let count = block.count - (position == 0 && hasBias ? 1 : 0)
      let places = image(block.upperBound - 1)?.channelsFirst ?? Array(0..<count)
      let start = order.count
      order += places.map { start + $0 }
    }
    return order
  }
}

extension Sparse: FiledConnection {
  var kind: NetworkDescription.Layer.Kind { .sparse }
  var readRows: [Int]? { nil }
}

extension Gains: FiledConnection {
  var kind: NetworkDescription.Layer.Kind { .oneToOne }
  var readRows: [Int]? { [firstRow] }
}

extension Convolution: FiledConnection {
  var kind: NetworkDescription.Layer.Kind { .convolution }
  var readRows: [Int]? { [inputRow] }
  var window: Window? { grid.window }

  func weightShape(count: Int) -> [Int] {
    [unitCount, grid.input.channels, grid.window.height, grid.window.width]
  }

  func fileOrder(image: (_ row: Int) -> ImageShape?) -> [Int]? {
    ImageShape(
      height: grid.window.height, width: grid.window.width, channels: grid.input.channels
    ).channelsFirst
  }
}

extension Pooling: FiledConnection {
  var kind: NetworkDescription.Layer.Kind { isMaximum ? .maximumPooling : .averagePooling }
  var readRows: [Int]? { [inputRow] }
  var window: Window? { grid.window }
}

extension Summation: FiledConnection {
  var kind: NetworkDescription.Layer.Kind { .sum }
  var readRows: [Int]? { sources }
}
