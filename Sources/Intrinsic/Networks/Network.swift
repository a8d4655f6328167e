import IntrinsicMath

/// A network: a directed acyclic graph of units, ordered in layers, with an output model.
///
/// A layer is a set of units that can be computed together; it may read any earlier units. A network
/// is only an architecture; its parameters are a separate value, ``Parameters``.
///
/// All activities form one matrix of units × samples, whose rows are in this order: a constant row
/// of ones (row 0), the inputs, then for each layer its units, preceded by another constant row for
/// all but the last. The constant rows make a bias an ordinary weight: a dense unit reads the
/// contiguous rows ã = (1, a_i…). Where activities form images, a unit is a channel, with a row for
/// each pixel; rows go by pixel, then channel.
public struct Network: Sendable {
  /// The number of inputs.
  public let inputCount: Int
  /// The shape of the inputs, if they form an image.
  public let inputImage: ImageShape?
  /// From the first above the inputs to the outputs; each reads earlier ones.
  public let layers: [Layer]
  /// What the activities of the last layer mean.
  public let output: OutputModel
  /// The number of rows of the activity matrix, constant rows included.
  public let rowCount: Int
  /// The number of parameters of all layers.
  public let parameterCount: Int
  /// The row of each unit; units are numbered from 0, inputs first, in the order of the builder.
  public private(set) var unitRows: [Int]

  /// Rows that nothing overwrites before the first accumulation of backpropagated signals.
  let rowsToClear: [Range<Int>]
  /// The same if signals past the output layer are written one output at a time.
  let rowsToClearForScatter: [Range<Int>]

  /// One layer of units.
  public struct Layer: Sendable {
    /// How its units read earlier ones.
    public let connection: any Connection
    /// s of each of its units.
    public let activation: Activation
    /// Whether the first parameter of each unit is a bias.
    public let hasBias: Bool
    /// Whether its parameters are the output parameters ϑ of a softmax model: one factor for each
    /// unit of the layer below.
    public let holdsOutputParameters: Bool
    /// How its units are reparametrized; nil if they are not.
    public let affine: UnitAffine?
    /// How its pre-activations are normalized; nil if they are not.
    public let normalization: Normalization?
    /// The shape of its activities, if they form an image.
    public let image: ImageShape?
    /// The probability that an activity is dropped in training.
    public let dropout: Double
    /// Its rows of the activity matrix.
    public let rows: Range<Int>
    /// Its part of the parameter vector.
    public let parameters: Range<Int>
    /// Whether its backpropagated signals are added to those of later layers.
    let accumulatesSignals: Bool
    /// Its groups, if its activities are vectors.
    package let groups: GroupLayout?
    /// The connection for products with squared parameters.
    let squaredConnection: any Connection

    /// The number of units: those that own parameters, or channels.
    public var unitCount: Int { connection.unitCount }
    /// The number of rows of each unit.
    public var positions: Int { connection.positions }
    /// The maximum pooling that the layer is, if it is one.
    var maximumPooling: Pooling? {
      guard let pooling = connection as? Pooling, pooling.isMaximum else { return nil }
      return pooling
    }
    /// Whether r = s′(y) is 1 everywhere, so that nothing need be multiplied by it.
    var derivativeIsOne: Bool {
      activation.isIdentity && affine == nil && normalization == nil && dropout == 0
    }

    /// Whether it is normalized and its activities are not ẑ.
    var hidesNormalized: Bool {
      guard let normalization else { return false }
      return activation != .identity || normalization.gain == .exponential || dropout > 0
    }
  }

  /// A layer before its place in the network is known.
  struct Draft {
    var connection: any Connection
    var activation: Activation
    var hasBias: Bool
    var holdsOutputParameters = false
    var affine: UnitAffine?
    var normalization: Normalization?
    var image: ImageShape?
    var dropout = 0.0

    var groups: GroupLayout? {
      guard case .group(let group) = activation else { return nil }
      return group.layout(units: connection.unitCount)
    }
  }

  init(
    inputCount: Int, inputImage: ImageShape? = nil, drafts: [Draft], output: OutputModel,
    unitRows: [Int]
  ) throws(NetworkError) {
    for draft in drafts {
      if case .power(let p) = draft.activation, p < 2 {
        throw .exponentTooSmall(activation: draft.activation)
      }
      if case .positivePower(let p) = draft.activation, p < 2 {
        throw .exponentTooSmall(activation: draft.activation)
      }
    }
    if case .huber(let threshold) = output, !(threshold > 0 && threshold.isFinite) {
      throw .invalidThreshold(threshold)
    }
    let outputActivation = drafts.last!.activation
    if output == .bernoulli, OutputModel.bernoulliScale(outputActivation) == nil {
      throw .incompatibleOutput(model: output, activation: outputActivation)
    }
    for (index, draft) in drafts.enumerated() {
      guard let normalization = draft.normalization else { continue }
      if index == drafts.count - 1 { throw .outputNormalized }
      let gains = normalization.gain == .none ? nil : drafts[index + 1]
      if normalization.isCentred && !draft.hasBias && gains?.hasBias != true {
        throw .centredWithoutBias(layer: index)
      }
      if draft.affine != nil { throw .normalizedAndReparametrized(layer: index) }
    }
    for (index, draft) in drafts.enumerated() where draft.dropout != 0 {
      if index == drafts.count - 1 { throw .outputDropped }
      guard draft.dropout > 0, draft.dropout < 1 else {
        throw .invalidDropout(layer: index, probability: draft.dropout)
      }
    }
    for (index, draft) in drafts.enumerated() {
      guard case .group(let group) = draft.activation else { continue }
      let connection = draft.connection
      if connection.positions > 1 || draft.affine != nil || draft.normalization != nil
        || draft.dropout > 0
      {
        throw .groupsNotAlone(layer: index)
      }
      if index > 0, drafts[index - 1].normalization.map({ $0.gain != .none }) == true {
        throw .groupsNotAlone(layer: index)
      }
      if group.layout(units: connection.unitCount) == nil {
        throw .incompleteGroup(layer: index, units: connection.unitCount, sizes: group.sizes)
      }
      if index == drafts.count - 1 && group.function != .identity { throw .outputGrouped }
    }
    if drafts.last!.affine != nil { throw .outputReparametrized }
    if (drafts.last!.connection as? Pooling)?.isMaximum == true { throw .outputIsMaximum }
    if drafts.last!.holdsOutputParameters && output != .softmax {
      throw .noOutputParameters(model: output)
    }
    self.inputCount = inputCount
    self.inputImage = inputImage
    self.output = output
    self.unitRows = unitRows

    var rows: [Range<Int>] = []
    var row = 1 + inputCount
    for (index, draft) in drafts.enumerated() {
      if index < drafts.count - 1 { row += 1 }
      rows.append(row..<row + draft.connection.rowCount)
      row += draft.connection.rowCount
    }
    rowCount = row

    var touched = Set<Int>()
    var toClear = Set(inputCount + 1..<rows.last!.lowerBound)
    var accumulates = [Bool](repeating: false, count: drafts.count)
    for index in drafts.indices.reversed() {
      let sources = drafts[index].connection.sourceRows.filter { $0 > inputCount }
      accumulates[index] = !sources.isDisjoint(with: touched)
      if !accumulates[index] { toClear.subtract(sources) }
      touched.formUnion(sources)
    }
    rowsToClear = Self.ranges(toClear)
    rowsToClearForScatter = Self.ranges(
      toClear.union(drafts.last!.connection.sourceRows.filter { $0 > inputCount }))

    var first = 0
    layers = drafts.indices.map { index in
      let draft = drafts[index]
      defer { first += draft.connection.parameterCount }
      return Layer(
        connection: draft.connection, activation: draft.activation, hasBias: draft.hasBias,
        holdsOutputParameters: draft.holdsOutputParameters, affine: draft.affine,
        normalization: draft.normalization, image: draft.image, dropout: draft.dropout,
        rows: rows[index],
        parameters: first..<first + draft.connection.parameterCount,
        accumulatesSignals: accumulates[index], groups: draft.groups,
        squaredConnection: draft.connection.squared)
    }
    parameterCount = first
  }

  /// The same network with unit k known under the number that `numbers[k]` had.
  func renumbered(_ numbers: [Int]) -> Network {
    var result = self
    result.unitRows = numbers.map { unitRows[$0] }
    return result
  }

  /// The first layer whose activities are vectors; nil if those of all units are numbers.
  public var groupedLayer: Int? { layers.firstIndex { $0.groups != nil } }

  /// Whether activities of any layer share parameters.
  public var sharesParameters: Bool { layers.contains { $0.connection.sharesParameters } }

  /// The rows of the inputs and of the units of layers with the given counts.
  static func unitRows(inputCount: Int, _ counts: [Int]) -> [Int] {
    var rows = Array(1..<1 + inputCount)
    for (index, count) in counts.enumerated() {
      let first = rows.last! + (index < counts.count - 1 ? 2 : 1)
      rows += first..<first + count
    }
    return rows
  }

  /// The rows of the inputs.
  public var inputRows: Range<Int> { 1..<1 + inputCount }
  /// The rows of the outputs.
  public var outputRows: Range<Int> { layers.last!.rows }
  /// Whether the output model has parameters of its own, Pr(k) ∝ e^{ϑ_k a_k} (Ollivier 2015, Remark
  /// 16). They are those of the last layer, which multiplies each unit below by its ϑ.
  public var hasOutputParameters: Bool { layers.last!.holdsOutputParameters }
  /// The number of outputs.
  public var outputCount: Int { outputRows.count }
  /// The first row that belongs to units rather than inputs.
  var firstHiddenRow: Int { 1 + inputCount }
  /// The number of rows from the first that belongs to units.
  var hiddenRowCount: Int { rowCount - firstHiddenRow }
  /// The rows whose activity is 1.
  var constantRows: [Int] { [0] + layers.dropLast().map { $0.rows.lowerBound - 1 } }

  /// The indices of one unit's incoming parameters in the parameter vector, bias first.
  public func parameters(layer: Int, unit: Int) -> Range<Int> {
    let range = layers[layer].connection.parameters(of: unit)
    let start = layers[layer].parameters.lowerBound
    return start + range.lowerBound..<start + range.upperBound
  }

  private static func ranges(_ rows: Set<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for row in rows.sorted() {
      if let last = result.last, last.upperBound == row {
        result[result.count - 1] = last.lowerBound..<row + 1
      } else {
        result.append(row..<row + 1)
      }
    }
    return result
  }
}
