import IntrinsicMath

/// What a pooling keeps of the activities under its window.
public enum PoolingKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// The largest; nothing beside the image counts.
  case maximum
  /// The mean over the whole window, with zeros beside the image.
  case average
}

/// Layers whose activities form images, and sums of layers.
///
///     var builder = NetworkBuilder(image: ImageShape(height: 32, width: 32, channels: 3))
///     let first = try builder.convolution(32, kernel: 3, padding: 1, .relu)
///     let second = try builder.convolution(32, kernel: 3, padding: 1, .identity)
///     try builder.sum(of: [first, second], .relu)       // a skip connection
///     try builder.pool(.maximum, size: 2)
///     builder.dense(10, .identity)                      // reads all pixels and channels
///     let network = try builder.build(output: .softmax)
extension NetworkBuilder {
  /// The shape of a layer, if its activities form an image.
  public func image(of source: Source) -> ImageShape? {
    source.index < 0 ? inputImage : items[source.index].image
  }

  /// Adds a convolution: `channels` units, each with one activity at every place of the window, all
  /// with the same parameters: a bias, then weights by window row, window column and channel that is
  /// read. The windows overlap the image by `padding` zeros on each side. A normalization takes its
  /// statistics of each channel over all places and samples.
  ///
  /// - Throws: if the layer reads no image, or the window does not fit it.
  @discardableResult
  public mutating func convolution(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, _ activation: Activation,
    reading: Source? = nil, bias: Bool = true, normalization: Normalization? = nil,
    dropout: Double = 0
  ) throws(NetworkError) -> Source {
    try convolution(
      channels, Window(kernel, stride: stride, padding: padding), activation, reading: reading,
      bias: bias, normalization: normalization, dropout: dropout)
  }

  /// Adds a convolution with any window.
  @discardableResult
  public mutating func convolution(
    _ channels: Int, _ window: Window, _ activation: Activation, reading: Source? = nil,
    bias: Bool = true, normalization: Normalization? = nil, dropout: Double = 0
  ) throws(NetworkError) -> Source {
    add(
      try convolutionItem(
        channels, window, activation, reading: reading ?? last, bias: bias,
        normalization: normalization, dropout: dropout))
  }

  /// A convolution as one layer, without one for gains.
  func convolutionItem(
    _ channels: Int, _ window: Window, _ activation: Activation, reading source: Source,
    bias: Bool, normalization: Normalization?, dropout: Double
  ) throws(NetworkError) -> Item {
    let grid = try grid(window, on: source)
    if channels < 1 { throw .emptyLayer(layer: items.count) }
    let image = ImageShape(height: grid.height, width: grid.width, channels: channels)
    if !image.isValid { throw .invalidImage(layer: items.count, image: image) }
    return Item(
      units: image.count, activation: activation, hasBias: bias,
      wiring: .convolution(reading: source, grid), normalization: normalization, image: image,
      dropout: dropout)
  }

  /// Adds a pooling of each channel under a square window, which moves by its size unless a stride
  /// is given.
  ///
  /// - Throws: if the layer reads no image, or the window does not fit it.
  @discardableResult
  public mutating func pool(
    _ kind: PoolingKind, size: Int, stride: Int? = nil, padding: Int = 0,
    _ activation: Activation = .identity, reading: Source? = nil
  ) throws(NetworkError) -> Source {
    try pool(
      kind, Window(size, stride: stride ?? size, padding: padding), activation, reading: reading)
  }

  /// Adds a pooling with any window.
  @discardableResult
  public mutating func pool(
    _ kind: PoolingKind, _ window: Window, _ activation: Activation = .identity,
    reading: Source? = nil
  ) throws(NetworkError) -> Source {
    let source = reading ?? last
    let grid = try grid(window, on: source)
    let image = ImageShape(
      height: grid.height, width: grid.width, channels: grid.input.channels)
    items.append(
      Item(
        units: image.count, activation: activation, hasBias: false,
        wiring: .pooling(kind, reading: source, grid), image: image))
    return last
  }

  /// Adds a pooling of each channel over the whole image.
  @discardableResult
  public mutating func globalPool(
    _ kind: PoolingKind, _ activation: Activation = .identity, reading: Source? = nil
  ) throws(NetworkError) -> Source {
    guard let image = image(of: reading ?? last) else { throw .noImage(layer: items.count) }
    return try pool(
      kind, Window(height: image.height, width: image.width), activation, reading: reading)
  }

  /// Adds the sum of layers of the same shape, such as the two branches of a skip connection.
  @discardableResult
  public mutating func sum(
    of sources: [Source], _ activation: Activation = .identity
  ) throws(NetworkError) -> Source {
    precondition(
      !sources.isEmpty && sources.allSatisfy { $0.index < items.count }
        && Set(sources).count == sources.count, "a sum is of earlier layers, each once")
    let images = sources.map(image(of:))
    let counts = sources.map { units(of: $0).count }
    if Set(images).count > 1 || Set(counts).count > 1 {
      throw .branchesDiffer(
        layer: items.count,
        shapes: zip(images, counts).map { $0?.description ?? "\($1) units" })
    }
    items.append(
      Item(
        units: counts[0], activation: activation, hasBias: false, wiring: .sum(of: sources),
        image: images[0]))
    return last
  }

  /// The places of a window on the image of a layer.
  private func grid(_ window: Window, on source: Source) throws(NetworkError) -> WindowGrid {
    precondition(source.index < items.count, "a layer reads an earlier one")
    let layer = items.count
    guard let image = image(of: source) else { throw .noImage(layer: layer) }
    if !image.isValid { throw .invalidInputs(image) }
    if !window.fits(image) {
      throw .windowDoesNotFit(layer: layer, window: window, image: image)
    }
    return WindowGrid(image, window)
  }

  /// The connection of an item that reads images or sums layers, with the first row of each layer.
  func imageConnection(of item: Item, firstRow: (Source) -> Int) -> any Connection {
    let firstHiddenRow = inputCount + 1
    switch item.wiring {
    case .convolution(let source, let grid):
      return Convolution(
        units: item.image!.channels, grid, firstRow: firstRow(source), hasBias: item.hasBias,
        firstHiddenRow: firstHiddenRow)
    case .pooling(let kind, let source, let grid):
      return Pooling(
        grid, firstRow: firstRow(source), isMaximum: kind == .maximum,
        firstHiddenRow: firstHiddenRow)
    case .sum(let sources):
      let channels = item.image?.channels ?? item.units
      return Summation(
        units: channels, positions: item.units / max(channels, 1), sources: sources.map(firstRow),
        firstHiddenRow: firstHiddenRow)
    case .dense, .sparse, .oneToOne, .custom: preconditionFailure("no image is read")
    }
  }
}
