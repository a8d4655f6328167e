import IntrinsicMath

/// Statistics of each unit of a layer over its positions and the samples of a batch, and operations
/// with one number for each unit. Rows go by position, then unit.
///
/// Each position is a block of units × batch that stays in the cache; where there are several, their
/// statistics are combined exactly, the variance between positions included.
final class UnitStatistics<T: Scalar> {
  private let units: Int
  private let positions: Int
  private let threads: Int
  /// Statistics at each position, positions × units.
  private let means: Buffer<T>
  private let squares: Buffer<T>
  /// A one for each position.
  private let ones: Buffer<T>

  /// - Parameter threads: of each operation.
  init(_ layer: Network.Layer, threads: Int) {
    units = layer.unitCount
    positions = layer.positions
    self.threads = threads
    let count = positions > 1 ? units * positions : 0
    means = Buffer(count: count)
    squares = Buffer(count: count)
    ones = Buffer(count: positions)
    T.kernels.fill(ones.count, 1, ones.pointer)
  }

  /// The mean of each unit, and the mean of squares about it or, without `mean`, about 0.
  func measure(
    _ x: UnsafePointer<T>, batch: Int, mean: UnsafeMutablePointer<T>?,
    square: UnsafeMutablePointer<T>?
  ) {
    let k = T.kernels
    guard positions > 1 else { return k.rowStatistics(units, batch, x, mean, square) }
    forEachBlock(batch) { position, start in
      k.rowStatistics(
        units, batch, x + start, mean == nil ? nil : means.pointer + position * units,
        square == nil ? nil : squares.pointer + position * units)
    }
    if let mean { average(means, into: mean, keep: 0) }
    guard let square else { return }
    average(squares, into: square, keep: 0)
    guard let mean else { return }
    // The variance of the means of the positions belongs to the variance.
    for position in 0..<positions {
      let centres = means.pointer + position * units
      k.addScaled(units, centres, -1, mean, centres)
    }
    k.square(means.count, means.pointer, means.pointer)
    average(means, into: square, keep: 1)
  }

  /// The mean of x y of each unit.
  func products(
    _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, batch: Int, into out: UnsafeMutablePointer<T>
  ) {
    guard positions > 1 else { return T.kernels.rowProducts(units, batch, x, y, out) }
    forEachBlock(batch) { position, start in
      T.kernels.rowProducts(units, batch, x + start, y + start, means.pointer + position * units)
    }
    average(means, into: out, keep: 0)
  }

  /// x ← (x − mean) · factor, without mean if it is nil, and slope ← factor unless it is nil.
  func normalize(
    _ x: UnsafeMutablePointer<T>, batch: Int, mean: UnsafePointer<T>?, factor: UnsafePointer<T>,
    slope: UnsafeMutablePointer<T>? = nil
  ) {
    forEachBlock(batch) { _, start in
      T.kernels.normalizeRows(units, batch, mean, factor, x + start, slope.map { $0 + start })
    }
  }

  /// t ← r t, with its mean and that of t z, of each unit.
  func measureSignals(
    _ t: UnsafeMutablePointer<T>, derivatives r: UnsafePointer<T>, z: UnsafePointer<T>, batch: Int,
    mean: UnsafeMutablePointer<T>, product: UnsafeMutablePointer<T>
  ) {
    let k = T.kernels
    guard positions > 1 else { return k.signalStatistics(units, batch, r, z, t, mean, product) }
    forEachBlock(batch) { position, start in
      k.signalStatistics(
        units, batch, r + start, z + start, t + start, means.pointer + position * units,
        squares.pointer + position * units)
    }
    average(means, into: mean, keep: 0)
    average(squares, into: product, keep: 0)
  }

  /// t ← t − mean − alpha · product · (z − offset), without mean if it is nil.
  func subtract(
    _ t: UnsafeMutablePointer<T>, batch: Int, mean: UnsafePointer<T>?, alpha: T,
    z: UnsafePointer<T>, offset: UnsafePointer<T>, product: UnsafePointer<T>
  ) {
    forEachBlock(batch) { _, start in
      T.kernels.subtractStatistics(units, batch, mean, alpha, z + start, offset, product, t + start)
    }
  }

  /// The mean over positions, added to keep · out.
  private func average(_ values: Buffer<T>, into out: UnsafeMutablePointer<T>, keep: T) {
    T.kernels.gemm(
      false, false, 1, units, positions, 1 / T(positions), ones.pointer, positions, values.pointer,
      units, keep, out, units)
  }

  @inline(__always)
  private func forEachBlock(_ batch: Int, _ body: (_ position: Int, _ start: Int) -> Void) {
    let isLarge = positions > 1 && units * positions * batch > 100_000
    Parallel.forEachPart(of: positions, threads: isLarge ? threads : 1) { part in
      for position in part { body(position, position * units * batch) }
    }
  }
}
