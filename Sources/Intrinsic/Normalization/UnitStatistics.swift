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
    T.fill(count: ones.count, value: 1, into: ones.pointer)
  }

  /// The mean of each unit, and the mean of squares about it or, without `mean`, about 0.
  func measure(
    _ x: UnsafePointer<T>, batch: Int, mean: UnsafeMutablePointer<T>?,
    square: UnsafeMutablePointer<T>?
  ) {
    guard positions > 1 else {
      return T.rowStatistics(rows: units, columns: batch, x: x, mean: mean, square: square)
    }
    forEachBlock(batch) { position, start in
      T.rowStatistics(
        rows: units, columns: batch, x: x + start,
        mean: mean == nil ? nil : means.pointer + position * units,
        square: square == nil ? nil : squares.pointer + position * units)
    }
    if let mean { average(means, into: mean, keep: 0) }
    guard let square else { return }
    average(squares, into: square, keep: 0)
    guard let mean else { return }
    // The variance of the means of the positions belongs to the variance.
    for position in 0..<positions {
      let centres = means.pointer + position * units
      T.addScaled(count: units, x: centres, alpha: -1, y: mean, into: centres)
    }
    T.square(count: means.count, x: means.pointer, into: means.pointer)
    average(means, into: square, keep: 1)
  }

  /// The mean of x y of each unit.
  func products(
    _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, batch: Int, into out: UnsafeMutablePointer<T>
  ) {
    guard positions > 1 else {
      return T.rowProducts(rows: units, columns: batch, x: x, y: y, into: out)
    }
    forEachBlock(batch) { position, start in
      T.rowProducts(
        rows: units, columns: batch, x: x + start, y: y + start,
        into: means.pointer + position * units)
    }
    average(means, into: out, keep: 0)
  }

  /// x ← (x − mean) · factor, without mean if it is nil, and slope ← factor unless it is nil.
  func normalize(
    _ x: UnsafeMutablePointer<T>, batch: Int, mean: UnsafePointer<T>?, factor: UnsafePointer<T>,
    slope: UnsafeMutablePointer<T>? = nil
  ) {
    forEachBlock(batch) { _, start in
      T.normalizeRows(
        rows: units, columns: batch, mean: mean, factor: factor, x: x + start,
        slope: slope.map { $0 + start })
    }
  }

  /// t ← r t, with its mean and that of t z, of each unit.
  func measureSignals(
    _ t: UnsafeMutablePointer<T>, derivatives r: UnsafePointer<T>, z: UnsafePointer<T>, batch: Int,
    mean: UnsafeMutablePointer<T>, product: UnsafeMutablePointer<T>
  ) {
    guard positions > 1 else {
      return T.signalStatistics(
        rows: units, columns: batch, r: r, z: z, t: t, mean: mean, product: product)
    }
    forEachBlock(batch) { position, start in
      T.signalStatistics(
        rows: units, columns: batch, r: r + start, z: z + start, t: t + start,
        mean: means.pointer + position * units,
        product: squares.pointer + position * units)
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
      T.subtractStatistics(
        rows: units, columns: batch, mean: mean, alpha: alpha, z: z + start, offset: offset,
        product: product, t: t + start)
    }
  }

  /// The mean over positions, added to keep · out.
  private func average(_ values: Buffer<T>, into out: UnsafeMutablePointer<T>, keep: T) {
    T.gemm(
      transposeA: false, transposeB: false, m: 1, n: units, k: positions, alpha: 1 / T(positions),
      a: ones.pointer, lda: positions, b: values.pointer,
      ldb: units, beta: keep, c: out, ldc: units)
  }

  @inline(__always)
  private func forEachBlock(_ batch: Int, _ body: (_ position: Int, _ start: Int) -> Void) {
    let isLarge = positions > 1 && units * positions * batch > 100_000
    Parallel.forEachPart(of: positions, threads: isLarge ? threads : 1) { part in
      for position in part { body(position, position * units * batch) }
    }
  }
}
