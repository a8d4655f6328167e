import IntrinsicMath

/// Normalizes the pre-activations of one layer, and takes signals back through it.
final class Normalizer<T: Scalar> {
  private let layer: Network.Layer
  private let kind: Normalization
  private let alpha: T
  private let offsets: IndexList
  /// What is subtracted from z̃ of each unit.
  private let mean: Buffer<T>
  private let spread: Buffer<T>
  /// 1/γ̃ of each unit.
  private let inverse: Buffer<T>
  /// o in (z̃ − μ_S)/γ̃ = z − o, where S is about μ_S: not 0 where the mean is subtracted in only one
  /// of the two places.
  private let offset: Buffer<T>
  /// E[t z] of the last signals t that went back.
  private let correlation: Buffer<T>
  private let work: Buffer<T>
  /// Statistics to use instead of those of the batch.
  var frozen: NormalizationStatistics<T>? {
    didSet {
      if let frozen {
        precondition(
          frozen.mean.count == layer.rows.count,
          "statistics of \(frozen.mean.count) units for a layer of \(layer.rows.count)")
      }
    }
  }

  init(_ layer: Network.Layer, _ kind: Normalization) {
    self.layer = layer
    self.kind = kind
    alpha = T(kind.measure.alpha)
    let units = layer.rows.count
    offsets = IndexList(
      (0..<units).map { layer.connection.parameters(of: $0).lowerBound } + [layer.parameters.count])
    mean = Buffer(count: units)
    spread = Buffer(count: units)
    inverse = Buffer(count: units)
    offset = Buffer(count: units)
    correlation = Buffer(count: units)
    work = Buffer(count: units)
  }

  private var units: Int { layer.rows.count }

  /// z̃ → z in place, units × batch. `weights` are those of the layer.
  func normalize(_ y: UnsafeMutablePointer<T>, batch: Int, weights: UnsafePointer<T>) {
    let k = T.kernels
    if let frozen {
      for unit in 0..<units {
        (mean[unit], spread[unit]) = (frozen.mean[unit], frozen.spread[unit])
      }
    } else {
      measure(y, batch: batch)
    }
    k.unitSquares(units, offsets.pointer, weights, inverse.pointer)
    k.scaleAdd(units, alpha, spread.pointer, 1 - alpha, inverse.pointer)
    k.inverseRoot(units, inverse.pointer, inverse.pointer)
    k.normalizeRows(
      units, batch, kind.isCentred ? mean.pointer : nil, inverse.pointer, y)
    if frozen == nil { setOffset() }
  }

  private func measure(_ y: UnsafePointer<T>, batch: Int) {
    let k = T.kernels
    let needsSpread = alpha > 0
    if needsSpread && kind.measure.statistic == .covariance {
      k.rowStatistics(units, batch, y, mean.pointer, spread.pointer)
    } else {
      k.rowStatistics(units, batch, y, mean.pointer, nil)
      if needsSpread { k.rowStatistics(units, batch, y, nil, spread.pointer) }
    }
  }

  private func setOffset() {
    switch (kind.isCentred, kind.measure.statistic) {
    case (true, .covariance), (false, .secondMoment): T.kernels.fill(units, 0, offset.pointer)
    case (true, .secondMoment):
      T.kernels.multiply(units, mean.pointer, inverse.pointer, offset.pointer)
      T.kernels.scaleAdd(units, 0, offset.pointer, -1, offset.pointer)
    case (false, .covariance):
      T.kernels.multiply(units, mean.pointer, inverse.pointer, offset.pointer)
    }
  }

  /// r = s′(z)/γ̃, with which a metric pass holds the statistics fixed.
  func scaleDerivatives(_ r: UnsafeMutablePointer<T>, batch: Int) {
    T.kernels.normalizeRows(units, batch, nil, inverse.pointer, r)
  }

  /// From t = s′(z) b/γ̃ to the signal of z̃, through the statistics (Neyshabur et al. 2016, 26–28):
  /// t − E[t] (if centred) − α (z − o) E[t z].
  func backpropagate(
    _ t: UnsafeMutablePointer<T>, z: UnsafePointer<T>, batch: Int
  ) {
    T.kernels.rowProducts(units, batch, t, z, correlation.pointer)
    if frozen != nil { return }
    T.kernels.subtractStatistics(
      units, batch, kind.isCentred ? 1 : 0, alpha, z, offset.pointer, correlation.pointer, t)
  }

  /// Adds the part of the gradient that goes through ‖w̃_v‖²: −(1 − α)/γ̃_v E[t z] w̃_v.
  func addWeightGradient(_ weights: UnsafePointer<T>, to g: UnsafeMutablePointer<T>) {
    guard alpha < 1 else { return }
    T.kernels.multiply(units, correlation.pointer, inverse.pointer, work.pointer)
    T.kernels.addUnitMultiples(
      units, offsets.pointer, -(1 - alpha), work.pointer, weights, g)
  }

  /// What the batch had.
  var statistics: NormalizationStatistics<T> {
    NormalizationStatistics(
      mean: kind.isCentred ? mean.elements : [T](repeating: 0, count: units),
      spread: alpha > 0 ? spread.elements : [T](repeating: 0, count: units))
  }

  /// 1/γ̃ of each unit at the last forward pass.
  var inverses: [T] { inverse.elements }
}
