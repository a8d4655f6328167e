import IntrinsicMath

/// Builds a network layer by layer; each layer may read any of the earlier ones.
///
///     var builder = NetworkBuilder(inputs: 784)
///     let hidden = builder.dense(500, .relu)
///     builder.dense(10, .identity, reading: [.inputs, hidden])  // with a skip connection
///     let network = try builder.build(output: .softmax)
public struct NetworkBuilder {
  /// A layer that others can read.
  public struct Source: Hashable, Sendable {
    let index: Int
    /// The inputs of the network.
    public static let inputs = Source(index: -1)
  }

  enum Wiring {
    case dense(reading: [Source])
    /// For each unit the units that it reads, numbered over the whole network.
    case sparse(incoming: [[Int]])
    case oneToOne(reading: Source)
    case convolution(reading: Source, WindowGrid)
    case pooling(PoolingKind, reading: Source, WindowGrid)
    case sum(of: [Source])
    /// A layer of the caller's.
    case custom(reading: [Source], any CustomLayer)

    /// The layers that are read, but for sparse wiring.
    var sources: [Source] {
      switch self {
      case .dense(let sources), .sum(let sources), .custom(let sources, _): sources
      case .oneToOne(let source), .convolution(let source, _), .pooling(_, let source, _): [source]
      case .sparse: []
      }
    }
  }

  /// One layer of the network.
  struct Item {
    /// The number of activities.
    var units: Int
    let activation: Activation
    let hasBias: Bool
    let wiring: Wiring
    var normalization: Normalization?
    /// The shape of the activities, if they form an image.
    var image: ImageShape?
    var dropout = 0.0
  }

  let inputCount: Int
  let inputImage: ImageShape?
  var items: [Item] = []

  /// Begins with inputs that form no image.
  public init(inputs: Int) {
    inputCount = inputs
    inputImage = nil
  }

  /// Begins with inputs that form an image: by height, then width, then channel.
  public init(image: ImageShape) {
    inputCount = image.isValid ? image.count : 0
    inputImage = image
  }

  /// The layer added last, or the inputs.
  public var last: Source { Source(index: items.count - 1) }

  /// The numbers of the units of a layer over the whole network, inputs first from 0; every activity
  /// of an image counts.
  public func units(of source: Source) -> Range<Int> {
    guard source.index >= 0 else { return 0..<inputCount }
    let first = items[..<source.index].reduce(inputCount) { $0 + $1.units }
    return first..<first + items[source.index].units
  }

  /// Adds a layer whose units read all units of the given layers (the last one by default).
  ///
  /// - Parameters:
  ///   - units: the number of units.
  ///   - activation: s of each unit.
  ///   - reading: the layers that it reads; the last one by default.
  ///   - bias: whether units have a bias, or a shift where a normalization has gains.
  ///   - normalization: one with gains makes two layers of it; the second one is returned.
  ///   - dropout: the probability that an activity is dropped in training.
  @discardableResult
  public mutating func dense(
    _ units: Int, _ activation: Activation, reading: [Source]? = nil, bias: Bool = true,
    normalization: Normalization? = nil, dropout: Double = 0
  ) -> Source {
    let sources = reading ?? [last]
    precondition(
      !sources.isEmpty && sources.allSatisfy { $0.index < items.count }
        && Set(sources).count == sources.count,
      "a dense layer reads at least one earlier layer, each once")
    return add(
      Item(
        units: units, activation: activation, hasBias: bias,
        wiring: .dense(reading: sources.sorted { $0.index < $1.index }),
        normalization: normalization, dropout: dropout))
  }

  /// Adds an item, and the gains of its normalization as a layer of their own.
  mutating func add(_ item: Item) -> Source {
    guard let normalization = item.normalization, normalization.gain != .none else {
      return append(item)
    }
    let source = append(
      Item(
        units: item.units, activation: .identity, hasBias: false, wiring: item.wiring,
        normalization: normalization, image: item.image))
    return append(
      Item(
        units: item.units, activation: item.activation, hasBias: item.hasBias,
        wiring: .oneToOne(reading: source), image: item.image, dropout: item.dropout))
  }

  /// Adds one layer as it is.
  mutating func append(_ item: Item) -> Source {
    items.append(item)
    return last
  }

  /// Adds a layer whose unit k reads the units `incoming[k]`, numbered over the whole network;
  /// repeated numbers collapse.
  @discardableResult
  public mutating func sparse(
    incoming: [[Int]], _ activation: Activation, bias: Bool = true,
    normalization: Normalization? = nil, dropout: Double = 0
  ) -> Source {
    add(
      Item(
        units: incoming.count, activation: activation, hasBias: bias,
        wiring: .sparse(incoming: incoming), normalization: normalization, dropout: dropout))
  }

  /// Adds a layer of units that read the last layer through random links.
  ///
  /// - Parameters:
  ///   - units: the number of units.
  ///   - activation: s of each unit.
  ///   - links: the number of partners that each reading unit draws, or that each unit that is read
  ///     draws if `fromSources`.
  ///   - fromSources: whether the units that are read draw their readers.
  ///   - distinct: whether partners are different; otherwise they are drawn with replacement and
  ///     duplicates collapse.
  ///   - bias: whether units have a bias.
  ///   - stream: where partners are drawn from.
  /// - Throws: if there are fewer units than different partners to draw.
  @discardableResult
  public mutating func randomSparse(
    _ units: Int, _ activation: Activation, links: Int, fromSources: Bool = false,
    distinct: Bool = true, bias: Bool = true, using stream: inout RandomStream
  ) throws(NetworkError) -> Source {
    let sources = self.units(of: last)
    let (drawing, available) = fromSources ? (sources.count, units) : (units, sources.count)
    if distinct && links > available || links < 1 {
      throw .sparsityTooLarge(layer: items.count, links: links, available: available)
    }
    var incoming = [[Int]](repeating: [], count: units)
    for drawer in 0..<drawing {
      let partners =
        distinct
        ? stream.distinct(links, below: available)
        : (0..<links).map { _ in Int.random(in: 0..<available, using: &stream) }
      for partner in partners {
        let (reader, source) = fromSources ? (partner, drawer) : (drawer, partner)
        incoming[reader].append(sources.lowerBound + source)
      }
    }
    return sparse(incoming: incoming, activation, bias: bias)
  }

  /// The network, or what is wrong with it.
  ///
  /// - Parameters:
  ///   - output: what the activities of the last layer mean.
  ///   - outputParameters: whether the output model has trainable parameters ϑ of its own,
  ///     Pr(k) ∝ e^{ϑ_k a_k} (Ollivier 2015, Remark 16); softmax only. They become a last layer, and
  ///     are trained in the metric that the output model gives them.
  /// - Throws: the first thing that is wrong: a layer without units, a unit that nothing reads, an
  ///   activation that the output model cannot take, ….
  public func build(
    output: OutputModel, outputParameters: Bool = false
  ) throws(NetworkError) -> Network {
    if outputParameters {
      var builder = self
      builder.sparse(incoming: units(of: last).map { [$0] }, .identity, bias: false)
      return try builder.network(output, holdsOutputParameters: true)
    }
    return try network(output, holdsOutputParameters: false)
  }

  private func network(
    _ output: OutputModel, holdsOutputParameters: Bool
  ) throws(NetworkError) -> Network {
    if let inputImage, !inputImage.isValid { throw .invalidInputs(inputImage) }
    if inputCount < 1 { throw .noInputs }
    if items.isEmpty { throw .emptyLayer(layer: 0) }
    for (index, item) in items.enumerated() where item.units < 1 {
      throw .emptyLayer(layer: index)
    }
    let unitRows = Network.unitRows(inputCount: inputCount, items.map(\.units))
    try checkUse()
    var drafts: [Network.Draft] = []
    for (index, item) in items.enumerated() {
      let connection: any Connection
      switch item.wiring {
      case .dense(let sources):
        connection = Dense(
          unitCount: item.units,
          blocks: sources.enumerated().map { position, source in
            let units = self.units(of: source)
            let bias = position == 0 && item.hasBias ? 1 : 0
            return unitRows[units.lowerBound] - bias..<unitRows[units.upperBound - 1] + 1
          }, firstHiddenRow: inputCount + 1, hasBias: item.hasBias)
      case .sparse(let incoming):
        let earlier = self.units(of: Source(index: index)).lowerBound
        var rows: [[Int]] = []
        for (unit, list) in incoming.enumerated() {
          if list.isEmpty { throw .unitWithoutIncomingEdge(unit: earlier + unit) }
          for source in list where source < 0 || source >= earlier {
            throw .unknownUnit(edge: unit, unit: source, count: earlier)
          }
          rows.append((item.hasBias ? [0] : []) + Set(list).sorted().map { unitRows[$0] })
        }
        connection = Sparse(incoming: rows, firstHiddenRow: inputCount + 1)
      case .custom(let sources, let layer):
        let rows = sources.map { source in
          let units = self.units(of: source)
          return unitRows[units.lowerBound]..<unitRows[units.upperBound - 1] + 1
        }
        connection = self.connection(
          of: item,
          at: ConnectionPlace(
            sources: rows, hasBias: item.hasBias, firstHiddenRow: inputCount + 1), layer)
      case .convolution, .pooling, .sum:
        connection = imageConnection(of: item) { unitRows[self.units(of: $0).lowerBound] }
      case .oneToOne(let source):
        let units = self.units(of: source)
        let rows = unitRows[units.lowerBound]..<unitRows[units.upperBound - 1] + 1
        let isLogarithmic = items[source.index].normalization?.gain == .exponential
        connection = Gains(
          source: rows, channels: item.image?.channels ?? rows.count, hasBias: item.hasBias,
          isLogarithmic: isLogarithmic, firstHiddenRow: inputCount + 1)
      }
      drafts.append(
        Network.Draft(
          connection: connection, activation: item.activation, hasBias: item.hasBias,
          holdsOutputParameters: holdsOutputParameters && index == items.count - 1,
          normalization: item.normalization, image: item.image, dropout: item.dropout))
    }
    return try Network(
      inputCount: inputCount, inputImage: inputImage, drafts: drafts, output: output,
      unitRows: unitRows)
  }

  /// Every hidden unit must be read by another one, and those below gains by nothing else.
  private func checkUse() throws(NetworkError) {
    var used = Set<Int>()
    for (index, item) in items.enumerated() {
      if index > 0, let kind = items[index - 1].normalization, kind.gain != .none {
        let below = units(of: Source(index: index - 1))
        if let unit = used.union(reads(of: items[(index + 1)...])).first(where: below.contains) {
          throw .readsBelowGains(unit: unit)
        }
      }
      used.formUnion(reads(of: [item]))
    }
    for unit in inputCount..<units(of: last).lowerBound where !used.contains(unit) {
      throw .danglingUnit(unit: unit)
    }
  }

  /// The units that some layers read.
  private func reads(of items: some Sequence<Item>) -> Set<Int> {
    var used = Set<Int>()
    for item in items {
      for source in item.wiring.sources { used.formUnion(units(of: source)) }
      if case .sparse(let incoming) = item.wiring { for list in incoming { used.formUnion(list) } }
    }
    return used
  }
}
