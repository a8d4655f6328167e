import IntrinsicMath

/// The matrix of a metric at some parameters, a mean over samples: a value apart from training.
///
///     let fisher = try MetricMatrix<Double>(.naturalGradient, of: model, over: samples)
///     let step = try fisher.solve(gradient, damping: 1e-3)
///     let bits = try fisher.logDeterminant(damping: 1e-3)
///
/// It takes displacements to covectors (``apply(_:)``) and back (``solve(_:damping:threads:)``). What a reduction
/// drops is 0, but for the quasi-diagonal one: its matrix is that which its inverse inverts, in each unit
///
///     A_ij = A_0i A_0j/A_00 for i ≠ j,   with A_00, A_0i and A_ii as they are (Ollivier 2015, 22–23)
///
/// Samples are taken in batches, so that memory does not grow with their number. Matrices over different
/// samples merge (``merged(with:)``). Full matrices that do not fit are not formed: they act as products of
/// Jacobians over the samples, which they keep.
public struct MetricMatrix<T: Scalar>: Sendable {
  /// What it is the matrix of.
  public let metric: Metric
  /// Samples that the mean is over.
  public let sampleCount: Int
  /// The number of parameters.
  public let size: Int
  var storage: Storage

  /// The entries that a metric keeps.
  enum Storage: Sendable {
    /// Row after row.
    case full(Matrix<T>)
    /// A matrix for each unit, in the order of the parameters.
    case units([UnitMatrix<T>])
    /// A_ii of all parameters, and A_0i where a unit has a bias, 0 at its place.
    case quasiDiagonal(diagonal: [T], biasRow: [T], units: [UnitPlace])
    case diagonal([T], units: [UnitPlace])
    /// Not formed.
    case products(SampleProducts<T>, scale: T)
  }

  /// Full matrices of more bytes are not formed.
  public static var greatestSize: Int { 2_000_000_000 }

  /// The mean over all samples.
  ///
  /// - Parameters:
  ///   - metric: which matrix.
  ///   - model: the network, and where.
  ///   - samples: inputs × samples; empirical metrics need the targets.
  ///   - batch: samples at a time.
  ///   - isFormed: false for a full matrix that acts as products over the samples; nil to form it if
  ///     it has ``greatestSize`` bytes or less.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of each pass and solve.
  /// - Throws: ``MetricError`` if there is no such metric of the network, if it is to be formed and does
  ///   not fit, or if an entry is not finite.
  /// - Complexity: that of one estimate of the metric for each batch.
  public init(
    _ metric: Metric, of model: Model, over samples: Samples<T>, batch: Int = 500,
    isFormed: Bool? = nil, stream: RandomStream = RandomStream(seed: 0), threads: Int = 1
  ) throws(MetricError) {
    precondition(
      samples.count >= 1 && batch >= 1, "batches of \(batch) of \(samples.count) samples")
    let network = model.network
    network.check(samples)
    self.metric = metric
    sampleCount = samples.count
    size = network.parameterCount
    if case .full(let source) = metric {
      let bytes = Double(size) * Double(size) * Double(MemoryLayout<T>.stride)
      let fits = bytes <= Double(Self.greatestSize)
      if isFormed == true && !fits {
        throw .tooLarge(
          parameters: size, columns: samples.count, gigabytes: (bytes / 1e9).rounded())
      }
      let products = try SampleProducts(
        source, model, samples, batch: batch, stream: stream, threads: threads)
      storage = isFormed ?? fits ? .full(products.dense()) : .products(products, scale: 1)
    } else if case .layerwise(let source) = metric {
      let places = network.places(.layers)
      let largest = places.map(\.parameters.count).reduce(0) { $0 + $1 * $1 }
      let bytes = Double(largest) * Double(MemoryLayout<T>.stride)
      if bytes > Double(Self.greatestSize) {
        throw .tooLarge(
          parameters: size, columns: samples.count, gigabytes: (bytes / 1e9).rounded())
      }
      let products = try SampleProducts(
        source, model, samples, batch: batch, stream: stream, threads: threads)
      storage = .units(
        zip(places, products.blocks(places)).map { UnitMatrix(place: $0, matrix: $1) })
    } else {
      storage = try Self.reduced(
        metric, model, samples, batch: batch, stream: stream, threads: threads)
    }
    if let position = firstNotFinite {
      let owner = network.owner(ofParameter: position)
      throw .notFinite(layer: owner.layer, unit: owner.unit)
    }
  }

  private init(_ metric: Metric, _ sampleCount: Int, _ size: Int, _ storage: Storage) {
    (self.metric, self.sampleCount, self.size, self.storage) = (metric, sampleCount, size, storage)
  }

  /// What `metric` keeps of J Jᵀ, with a column of J for each sample, parameters × samples.
  init(_ metric: Metric, ofFactor j: Matrix<T>, _ network: Network, threads: Int) {
    let places = network.places(metric.partition)
    let (n, m) = (j.rows, j.columns)
    switch metric.reduction {
    case nil where metric.partition == .layers:
      let layers = zip(places, j.unitProducts(places, threads: threads))
        .map { UnitMatrix(place: $0, matrix: $1) }
      self.init(metric, m, n, .units(layers))
    case nil:
      var whole = Matrix<T>(rows: n, columns: n)
      whole.elements.withUnsafeMutableBufferPointer { s in
        j.elements.withUnsafeBufferPointer {
          SymmetricAlgebra<T>.rowProducts(
            n, m, 1, $0.baseAddress!, m, 0, s.baseAddress!, n, threads: threads)
        }
      }
      whole.mirrorLowerTriangle()
      self.init(metric, m, n, .full(whole))
    case .unitwise:
      let units = zip(places, j.unitProducts(places, threads: threads))
        .map { UnitMatrix(place: $0, matrix: $1) }
      self.init(metric, m, n, .units(units))
    case .quasiDiagonal:
      var row = [T](repeating: 0, count: n)
      for place in places where place.hasBias {
        let bias = place.parameters.lowerBound
        for i in place.parameters.dropFirst() { row[i] = j.rowProduct(bias, i) }
      }
      self.init(
        metric, m, n,
        .quasiDiagonal(
          diagonal: (0..<n).map { j.rowProduct($0, $0) }, biasRow: row, units: places))
    case .diagonal:
      self.init(metric, m, n, .diagonal((0..<n).map { j.rowProduct($0, $0) }, units: places))
    }
  }

  /// What a reduction keeps of the blocks of units.
  init(_ metric: Metric, _ blocks: UnitBlocks<T>, _ network: Network, samples: Int) {
    let size = network.parameterCount
    let places = blocks.places
    if metric.reduction == .unitwise {
      let units = places.indices.map { index in
        let n = blocks.size(index)
        return UnitMatrix(
          place: places[index],
          matrix: Matrix(
            rows: n, columns: n,
            elements: Array(UnsafeBufferPointer(start: blocks.block(index), count: n * n))))
      }
      self.init(metric, samples, size, .units(units))
      return
    }
    var diagonal = [T](repeating: 0, count: size)
    var row = diagonal
    for (index, place) in places.enumerated() {
      let (s, n) = (blocks.block(index), blocks.size(index))
      for (i, p) in place.parameters.enumerated() {
        diagonal[p] = s[i * n + i]
        if i > 0 && place.hasBias { row[p] = s[i] }
      }
    }
    self.init(
      metric, samples, size,
      metric.reduction == .diagonal
        ? .diagonal(diagonal, units: places)
        : .quasiDiagonal(diagonal: diagonal, biasRow: row, units: places))
  }

  /// The parameter of the first entry that is NaN or infinite.
  private var firstNotFinite: Int? {
    func first(_ values: [T]) -> Int? { values.firstIndex { !$0.isFinite } }
    switch storage {
    case .full(let matrix): return first(matrix.elements).map { $0 / size }
    case .units(let units):
      return units.first { first($0.matrix.elements) != nil }?.place.parameters.lowerBound
    case .quasiDiagonal(let diagonal, let biasRow, _): return first(diagonal) ?? first(biasRow)
    case .diagonal(let diagonal, _): return first(diagonal)
    case .products: return nil
    }
  }

  /// The matrix times a factor ≥ 0.
  public func scaled(by factor: T) -> MetricMatrix {
    precondition(factor >= 0 && factor.isFinite, "a matrix scaled by \(factor)")
    let storage: Storage =
      switch storage {
      case .full(let matrix): .full(matrix.map { $0 * factor })
      case .units(let units): .units(units.map { $0.scaled(by: factor) })
      case .quasiDiagonal(let diagonal, let row, let units):
        .quasiDiagonal(
          diagonal: diagonal.map { $0 * factor }, biasRow: row.map { $0 * factor }, units: units)
      case .diagonal(let values, let units): .diagonal(values.map { $0 * factor }, units: units)
      case .products(let products, let scale): .products(products, scale: scale * factor)
      }
    return MetricMatrix(metric, sampleCount, size, storage)
  }

  /// The mean over the samples of both: the sum of matrices weighted by counts. Both must be of the same
  /// metric at the same parameters, and formed.
  public func merged(with other: MetricMatrix) -> MetricMatrix {
    precondition(
      metric == other.metric && size == other.size,
      "\(metric) over \(size) parameters merged with \(other.metric) over \(other.size)")
    let total = T(sampleCount + other.sampleCount)
    let (a, b) = (T(sampleCount) / total, T(other.sampleCount) / total)
    func mean(_ x: [T], _ y: [T]) -> [T] { zip(x, y).map { a * $0 + b * $1 } }
    let merged: Storage
    switch (storage, other.storage) {
    case (.full(let x), .full(let y)):
      merged = .full(Matrix(rows: size, columns: size, elements: mean(x.elements, y.elements)))
    case (.units(let x), .units(let y)):
      merged = .units(
        zip(x, y).map { x, y in
          let n = x.matrix.rows
          return UnitMatrix(
            place: x.place,
            matrix: Matrix(
              rows: n, columns: n, elements: mean(x.matrix.elements, y.matrix.elements)))
        })
    case (.quasiDiagonal(let d, let r, let units), .quasiDiagonal(let e, let s, _)):
      merged = .quasiDiagonal(diagonal: mean(d, e), biasRow: mean(r, s), units: units)
    case (.diagonal(let d, let units), .diagonal(let e, _)):
      merged = .diagonal(mean(d, e), units: units)
    default: preconditionFailure("matrices that are not formed do not merge")
    }
    return MetricMatrix(metric, sampleCount + other.sampleCount, size, merged)
  }
}

/// Where the parameters of a unit, of a group or of a layer are.
package struct UnitPlace: Sendable {
  package let layer: Int
  /// Its number in the layer.
  package let unit: Int
  package let parameters: Range<Int>
  /// Those of each unit, bias first if there is one.
  package let components: [Range<Int>]
  /// Those of each group of units whose activities are one vector, or of each unit elsewhere.
  package let groups: [Range<Int>]
  package let hasBias: Bool
}

/// The matrix of one unit.
struct UnitMatrix<T: Scalar>: Sendable {
  let place: UnitPlace
  let matrix: Matrix<T>

  func scaled(by factor: T) -> UnitMatrix {
    UnitMatrix(place: place, matrix: matrix.map { $0 * factor })
  }
}

/// What the parameters of one matrix belong to.
package enum Partition: Sendable {
  case units
  /// Groups of units whose activities are one vector; units elsewhere.
  case groups
  case layers
}

extension Metric {
  /// What each matrix is of, but for full metrics.
  package var partition: Partition {
    if case .layerwise = self { return .layers }
    return reduction == .unitwise ? .groups : .units
  }
}

extension Network {
  /// The units that each matrix of a layer is of.
  private func units(of layer: Int, _ partition: Partition) -> [Range<Int>] {
    let units = 0..<layers[layer].unitCount
    if partition == .layers { return [units] }
    let groups = partition == .groups ? layers[layer].groups?.groups : nil
    return groups ?? units.map { $0..<$0 + 1 }
  }

  private func parameters(_ layer: Int, _ units: Range<Int>) -> Range<Int> {
    parameters(layer: layer, unit: units.lowerBound)
      .lowerBound..<parameters(layer: layer, unit: units.upperBound - 1).upperBound
  }

  /// The parameters of each matrix of a layer.
  func matrices(of layer: Int, _ partition: Partition) -> [Range<Int>] {
    units(of: layer, partition).map { parameters(layer, $0) }
  }

  /// All units, groups or layers with parameters, in their order.
  package func places(_ partition: Partition) -> [UnitPlace] {
    layers.indices.flatMap { layer in
      units(of: layer, partition).enumerated().compactMap { index, units in
        let range = parameters(layer, units)
        if range.isEmpty { return nil }
        let groups = self.units(of: layer, .groups).filter { units.contains($0.lowerBound) }
        return UnitPlace(
          layer: layer, unit: index, parameters: range,
          components: units.map { parameters(layer: layer, unit: $0) },
          groups: groups.map { parameters(layer, $0) }, hasBias: layers[layer].hasBias)
      }
    }
  }
}

extension MetricMatrix {
  /// A reduced metric: the mean of the estimates of all batches.
  private static func reduced(
    _ metric: Metric, _ model: Model, _ samples: Samples<T>, batch: Int, stream: RandomStream,
    threads: Int
  ) throws(MetricError) -> Storage {
    let network = model.network
    let places = network.places(metric.partition)
    let maximumBatchSize = min(batch, samples.count)
    let estimator = try MetricEstimator<T>(
      reading: metric, network, maximumBatchSize: maximumBatchSize, stream: stream, threads: threads
    )
    let workspace = Workspace<T>(network, maximumBatchSize: maximumBatchSize, threads: threads)
    let parameters = Parameters<T>(model.parameters.elements.map { T($0) })
    if !model.statistics.isEmpty { workspace.freeze(model.statistics(of: T.self)) }
    var gradient = Gradient<T>(network)
    var matrices: [Matrix<T>] = []
    var (diagonal, biasRow) = ([T](), [T]())
    if metric.reduction == .unitwise {
      let bytes = places.reduce(0.0) {
        $0 + Double($1.parameters.count) * Double($1.parameters.count)
          * Double(MemoryLayout<T>.stride)
      }
      if bytes > Double(greatestSize) {
        throw .tooLarge(
          parameters: network.parameterCount, columns: samples.count,
          gigabytes: (bytes / 1e9).rounded())
      }
      matrices = places.map { Matrix(rows: $0.parameters.count, columns: $0.parameters.count) }
    } else {
      diagonal = [T](repeating: 0, count: network.parameterCount)
      biasRow = diagonal
    }
    for start in stride(from: 0, to: samples.count, by: maximumBatchSize) {
      let part = start..<min(start + maximumBatchSize, samples.count)
      workspace.load(part.count == samples.count ? samples : samples.subset(part))
      workspace.lossAndGradient(parameters, into: &gradient)
      estimator.forget()
      estimator.estimate(at: workspace, parameters)
      let weight = T(part.count) / T(samples.count)
      for (index, place) in places.enumerated() {
        let matrix = estimator.unitMatrix(layer: place.layer, unit: place.unit)!
        let n = matrix.rows
        if metric.reduction == .unitwise {
          matrix.elements.withUnsafeBufferPointer {
            T.scaleAdd(
              count: n * n, alpha: weight, x: $0.baseAddress!, beta: 1,
              into: &matrices[index].elements)
          }
          continue
        }
        for i in 0..<n {
          diagonal[place.parameters.lowerBound + i] += weight * matrix[i, i]
          if i > 0 && place.hasBias {
            biasRow[place.parameters.lowerBound + i] += weight * matrix[0, i]
          }
        }
      }
    }
    switch metric.reduction! {
    case .unitwise:
      return .units(zip(places, matrices).map { UnitMatrix(place: $0, matrix: $1) })
    case .quasiDiagonal: return .quasiDiagonal(diagonal: diagonal, biasRow: biasRow, units: places)
    case .diagonal: return .diagonal(diagonal, units: places)
    }
  }
}

extension Model {
  /// The statistics of training in another precision.
  func statistics<T: Scalar>(of type: T.Type) -> [Int: NormalizationStatistics<T>] {
    statistics.mapValues {
      NormalizationStatistics(mean: $0.mean.map { T($0) }, variance: $0.variance.map { T($0) })
    }
  }
}
