import IntrinsicMath

/// Normalizes the pre-activations of one layer, and takes signals back through it.
final class Normalizer<T: Scalar> {
  private let layer: Network.Layer
  private let kind: Normalization
  private let alpha: T
  private let offsets: IndexList
  /// Where the logarithms of the gains are in the parameter vector, if gains are exponential.
  private let exponents: IndexList?
  /// What is subtracted from z̃ of each unit.
  private let mean: Buffer<T>
  private let variance: Buffer<T>
  /// 1/γ̃ of each unit.
  private let inverse: Buffer<T>
  /// e^a of each unit, where gains are exponential.
  private let gain: Buffer<T>
  /// o in (z̃ − μ_S)/γ̃ = ẑ − o, where S is about μ_S: not 0 where the mean is subtracted in only one
  /// of the two places.
  private let offset: Buffer<T>
  /// E[t ẑ] of the last signals t that went back.
  private let correlation: Buffer<T>
  /// E[t] of them.
  private let meanSignal: Buffer<T>
  private let work: Buffer<T>
  private let rows: UnitStatistics<T>
  /// Statistics to use instead of those of the batch.
  private(set) var isFrozen = false
  private var derivatives: (mean: Buffer<T>, halfVariance: Buffer<T>)?

  /// - Parameters:
  ///   - reader: the layer that holds the gains.
  ///   - threads: of each operation.
  init(_ layer: Network.Layer, _ kind: Normalization, reader: Network.Layer?, threads: Int) {
    self.layer = layer
    self.kind = kind
    alpha = T(kind.measure.alpha)
    rows = UnitStatistics(layer, threads: threads)
    let units = layer.unitCount
    offsets = IndexList(
      (0..<units).map { layer.connection.parameters(of: $0).lowerBound } + [layer.parameters.count])
    exponents =
      kind.gain == .exponential
      ? IndexList(
        (0..<units).map {
          reader!.parameters.lowerBound + reader!.connection.parameters(of: $0).upperBound - 1
        }) : nil
    mean = Buffer(count: units)
    variance = Buffer(count: units)
    inverse = Buffer(count: units)
    gain = Buffer(count: units)
    offset = Buffer(count: units)
    correlation = Buffer(count: units)
    meanSignal = Buffer(count: units)
    work = Buffer(count: units)
  }

  private var units: Int { layer.unitCount }

  /// The statistics to use from now on; nil for those of each batch.
  func freeze(_ statistics: NormalizationStatistics<T>?) {
    isFrozen = statistics != nil
    derivatives = nil
    guard let statistics else { return }
    precondition(
      statistics.mean.count == units,
      "statistics of \(statistics.mean.count) units for a layer of \(units)")
    mean.copy(from: Buffer(statistics.mean))
    variance.copy(from: Buffer(statistics.variance))
    if let derivatives = statistics.derivatives {
      precondition(
        derivatives.mean.count == layer.parameters.count
          && derivatives.halfVariance.count == layer.parameters.count,
        "derivatives with respect to \(derivatives.mean.count) and "
          + "\(derivatives.halfVariance.count) of \(layer.parameters.count) parameters")
      self.derivatives = (Buffer(derivatives.mean), Buffer(derivatives.halfVariance))
    }
  }

  /// z̃ → ẑ in place, rows of the layer × batch.
  /// - Parameter slope: where to put 1/γ̃ of each row and sample, the derivative of the identity.
  func normalize(
    _ y: UnsafeMutablePointer<T>, batch: Int, _ parameters: UnsafePointer<T>,
    slope: UnsafeMutablePointer<T>?
  ) {
    if !isFrozen { measure(y, batch: batch) }
    if alpha < 1 {
      T.unitSquares(
        units: units, offsets: offsets.pointer, w: parameters + layer.parameters.lowerBound,
        into: inverse.pointer)
    }
    T.scaleAdd(
      count: units, alpha: alpha, x: variance.pointer, beta: 1 - alpha, into: inverse.pointer)
    for unit in 0..<units where inverse[unit] <= Normalization.rounding(about: mean[unit]) {
      inverse[unit] = .infinity
    }
    T.inverseRoot(count: units, x: inverse.pointer, into: inverse.pointer)
    rows.normalize(
      y, batch: batch, mean: kind.isCentred ? mean.pointer : nil, factor: inverse.pointer,
      slope: slope)
    if !isFrozen { setOffset() }
  }

  /// ẑ → e^a ẑ in place, where gains are exponential.
  func applyGain(_ a: UnsafeMutablePointer<T>, batch: Int, _ parameters: UnsafePointer<T>) {
    guard let exponents else { return }
    T.gather(count: units, index: exponents.pointer, x: parameters, into: gain.pointer)
    T.exp(count: units, x: gain.pointer, into: gain.pointer)
    rows.normalize(a, batch: batch, mean: nil, factor: gain.pointer)
  }

  private func measure(_ y: UnsafePointer<T>, batch: Int) {
    let needsVariance = alpha > 0
    if needsVariance && kind.measure.statistic == .covariance {
      rows.measure(y, batch: batch, mean: mean.pointer, square: variance.pointer)
    } else {
      if kind.isCentred { rows.measure(y, batch: batch, mean: mean.pointer, square: nil) }
      if needsVariance { rows.measure(y, batch: batch, mean: nil, square: variance.pointer) }
    }
  }

  private func setOffset() {
    switch (kind.isCentred, kind.measure.statistic) {
    case (true, .covariance), (false, .secondMoment):
      T.fill(count: units, value: 0, into: offset.pointer)
    case (true, .secondMoment):
      T.multiply(count: units, x: mean.pointer, y: inverse.pointer, into: offset.pointer)
      T.scaleAdd(count: units, alpha: 0, x: offset.pointer, beta: -1, into: offset.pointer)
    case (false, .covariance):
      T.multiply(count: units, x: mean.pointer, y: inverse.pointer, into: offset.pointer)
    }
  }

  /// r = s′(ẑ)/γ̃, or r = e^a/γ̃, with which a metric pass holds the statistics fixed.
  /// - Parameter isScaled: whether r has 1/γ̃ already.
  func scaleDerivatives(_ r: UnsafeMutablePointer<T>, batch: Int, isScaled: Bool) {
    if !isScaled { rows.normalize(r, batch: batch, mean: nil, factor: inverse.pointer) }
    if exponents != nil { rows.normalize(r, batch: batch, mean: nil, factor: gain.pointer) }
  }

  /// From b to the signal of z̃: t = r b, then through the statistics (Neyshabur et al. 2016, 26–28),
  /// t − E[t] (if centred) − α (ẑ − o) E[t ẑ].
  func backpropagate(
    _ b: UnsafeMutablePointer<T>, derivatives r: UnsafePointer<T>, normalized z: UnsafePointer<T>,
    batch: Int
  ) {
    rows.measureSignals(
      b, derivatives: r, z: z, batch: batch, mean: meanSignal.pointer, product: correlation.pointer)
    if isFrozen { return }
    rows.subtract(
      b, batch: batch, mean: kind.isCentred ? meanSignal.pointer : nil, alpha: alpha, z: z,
      offset: offset.pointer, product: correlation.pointer)
  }

  /// Adds the part of the gradient that goes through ‖w̃_v‖², −(1 − α)/γ̃_v E[t ẑ] w̃_v, and through
  /// statistics with derivatives.
  func addWeightGradient(_ weights: UnsafePointer<T>, to g: UnsafeMutablePointer<T>) {
    guard alpha < 1 || derivatives != nil else { return }
    // Gradients are sums over positions, where E is a mean.
    let sum = T(layer.positions)
    T.multiply(count: units, x: correlation.pointer, y: inverse.pointer, into: work.pointer)
    if alpha < 1 {
      T.addUnitMultiples(
        units: units, offsets: offsets.pointer, scale: sum * (alpha - 1), factor: work.pointer,
        w: weights, into: g)
    }
    guard let derivatives else { return }
    T.addUnitMultiples(
      units: units, offsets: offsets.pointer, scale: -sum * alpha, factor: work.pointer,
      w: derivatives.halfVariance.pointer, into: g)
    if kind.isCentred {
      T.addUnitMultiples(
        units: units, offsets: offsets.pointer, scale: -sum, factor: meanSignal.pointer,
        w: derivatives.mean.pointer, into: g)
    }
  }

  /// What the batch had.
  var statistics: NormalizationStatistics<T> {
    NormalizationStatistics(
      mean: kind.isCentred ? mean.elements : [T](repeating: 0, count: units),
      variance: alpha > 0 ? variance.elements : [T](repeating: 0, count: units))
  }

  /// Moves averages of the statistics towards those of the batch by the fraction `rate`; the variance
  /// with a factor of its own.
  func update(_ average: (mean: Buffer<T>, variance: Buffer<T>), rate: T, varianceFactor: T) {
    if kind.isCentred {
      T.scaleAdd(
        count: units, alpha: rate, x: mean.pointer, beta: 1 - rate, into: average.mean.pointer)
    }
    if alpha > 0 {
      T.scaleAdd(
        count: units, alpha: rate * varianceFactor, x: variance.pointer, beta: 1 - rate,
        into: average.variance.pointer)
    }
  }

  /// What the batch had, with derivatives.
  func differentiableStatistics(
    _ activities: Rows<T>, normalized z: UnsafePointer<T>, batch: Int, threads: Int
  ) -> NormalizationStatistics<T> {
    let values = statistics
    // b of every activity and sample, for E[b ã].
    let b = Buffer<T>(count: layer.rows.count * batch)
    let scale = 1 / T(batch * layer.positions)
    let (first, second) = (
      Buffer<T>(count: layer.parameters.count), Buffer<T>(count: layer.parameters.count)
    )
    T.fill(count: b.count, value: 1, into: b.pointer)
    layer.connection.outer(
      b.pointer, activities, scale: scale, keep: 0, into: first.pointer, threads: threads)
    for index in layer.rows.indices {
      let place = index - layer.rows.lowerBound
      let (row, unit) = (b.pointer + place * batch, place % units)
      T.fill(count: batch, value: -offset[unit], into: row)
      T.scaleAdd(count: batch, alpha: 1, x: z + place * batch, beta: 1, into: row)
      T.scaleAdd(
        count: batch, alpha: 0, x: row, beta: inverse[unit] > 0 ? 1 / inverse[unit] : 0, into: row)
    }
    layer.connection.outer(
      b.pointer, activities, scale: scale, keep: 0, into: second.pointer, threads: threads)
    return NormalizationStatistics(
      mean: values.mean, variance: values.variance,
      derivatives: .init(mean: first.elements, halfVariance: second.elements))
  }

  /// 1/γ̃ of each unit at the last forward pass.
  var inverses: [T] { inverse.elements }
}
