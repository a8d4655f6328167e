import CIntrinsicKernels

/// Statistics over the batch and the norms of units.
public protocol NormalizationKernels {
  /// mean[k] = the mean of row k, square[k] = the mean of (x − mean[k])², or of x² if `mean` is nil. `square`
  /// may be nil.
  static func rowStatistics(
    rows: Int, columns cols: Int, x: UnsafePointer<Self>, mean: UnsafeMutablePointer<Self>?,
    square: UnsafeMutablePointer<Self>?)

  /// out[k] = Σ_i w[i]² over the entries i of each unit, offsets[k] ..< offsets[k+1].
  static func unitSquares(
    units: Int, offsets: UnsafePointer<Int32>, w: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// out[i] += scale·factor[k]·w[i] for the entries i of each unit k.
  static func addUnitMultiples(
    units: Int, offsets: UnsafePointer<Int32>, scale: Self, factor: UnsafePointer<Self>,
    w: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// out = 1/√x.
  static func inverseRoot(
    count n: Int, x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// x = (x − mean[k])·factor[k] in row k, without mean if it is nil, and slope = factor[k] unless `slope` is
  /// nil.
  static func normalizeRows(
    rows: Int, columns cols: Int, mean: UnsafePointer<Self>?, factor: UnsafePointer<Self>,
    x: UnsafeMutablePointer<Self>, slope: UnsafeMutablePointer<Self>?)

  /// out[k] = the mean of x·y over row k.
  static func rowProducts(
    rows: Int, columns cols: Int, x: UnsafePointer<Self>, y: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// t = r·t in row k, with its mean and that of t·z.
  static func signalStatistics(
    rows: Int, columns cols: Int, r: UnsafePointer<Self>, z: UnsafePointer<Self>,
    t: UnsafeMutablePointer<Self>, mean: UnsafeMutablePointer<Self>,
    product: UnsafeMutablePointer<Self>)

  /// t −= mean[k] (none if nil) + alpha·product[k]·(z − offset[k]) in row k.
  static func subtractStatistics(
    rows: Int, columns cols: Int, mean: UnsafePointer<Self>?, alpha: Self, z: UnsafePointer<Self>,
    offset: UnsafePointer<Self>, product: UnsafePointer<Self>, t: UnsafeMutablePointer<Self>)
}

extension Float: NormalizationKernels {
  public static func rowStatistics(
    rows: Int, columns cols: Int, x: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>?,
    square: UnsafeMutablePointer<Float>?
  ) {
    ik_row_statistics_f32(rows, cols, x, mean, square)
  }

  public static func unitSquares(
    units: Int, offsets: UnsafePointer<Int32>, w: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_unit_squares_f32(units, offsets, w, out)
  }

  public static func addUnitMultiples(
    units: Int, offsets: UnsafePointer<Int32>, scale: Float, factor: UnsafePointer<Float>,
    w: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_add_unit_multiples_f32(units, offsets, scale, factor, w, out)
  }

  public static func inverseRoot(
    count n: Int, x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_inverse_root_f32(n, x, out)
  }

  public static func normalizeRows(
    rows: Int, columns cols: Int, mean: UnsafePointer<Float>?, factor: UnsafePointer<Float>,
    x: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>?
  ) {
    ik_normalize_rows_f32(rows, cols, mean, factor, x, slope)
  }

  public static func rowProducts(
    rows: Int, columns cols: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_row_products_f32(rows, cols, x, y, out)
  }

  public static func signalStatistics(
    rows: Int, columns cols: Int, r: UnsafePointer<Float>, z: UnsafePointer<Float>,
    t: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    product: UnsafeMutablePointer<Float>
  ) {
    ik_signal_statistics_f32(rows, cols, r, z, t, mean, product)
  }

  public static func subtractStatistics(
    rows: Int, columns cols: Int, mean: UnsafePointer<Float>?, alpha: Float,
    z: UnsafePointer<Float>, offset: UnsafePointer<Float>, product: UnsafePointer<Float>,
    t: UnsafeMutablePointer<Float>
  ) {
    ik_subtract_statistics_f32(rows, cols, mean, alpha, z, offset, product, t)
  }
}

extension Double: NormalizationKernels {
  public static func rowStatistics(
    rows: Int, columns cols: Int, x: UnsafePointer<Double>, mean: UnsafeMutablePointer<Double>?,
    square: UnsafeMutablePointer<Double>?
  ) {
    ik_row_statistics_f64(rows, cols, x, mean, square)
  }

  public static func unitSquares(
    units: Int, offsets: UnsafePointer<Int32>, w: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_unit_squares_f64(units, offsets, w, out)
  }

  public static func addUnitMultiples(
    units: Int, offsets: UnsafePointer<Int32>, scale: Double, factor: UnsafePointer<Double>,
    w: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_add_unit_multiples_f64(units, offsets, scale, factor, w, out)
  }

  public static func inverseRoot(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_inverse_root_f64(n, x, out)
  }

  public static func normalizeRows(
    rows: Int, columns cols: Int, mean: UnsafePointer<Double>?, factor: UnsafePointer<Double>,
    x: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>?
  ) {
    ik_normalize_rows_f64(rows, cols, mean, factor, x, slope)
  }

  public static func rowProducts(
    rows: Int, columns cols: Int, x: UnsafePointer<Double>, y: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_row_products_f64(rows, cols, x, y, out)
  }

  public static func signalStatistics(
    rows: Int, columns cols: Int, r: UnsafePointer<Double>, z: UnsafePointer<Double>,
    t: UnsafeMutablePointer<Double>, mean: UnsafeMutablePointer<Double>,
    product: UnsafeMutablePointer<Double>
  ) {
    ik_signal_statistics_f64(rows, cols, r, z, t, mean, product)
  }

  public static func subtractStatistics(
    rows: Int, columns cols: Int, mean: UnsafePointer<Double>?, alpha: Double,
    z: UnsafePointer<Double>, offset: UnsafePointer<Double>, product: UnsafePointer<Double>,
    t: UnsafeMutablePointer<Double>
  ) {
    ik_subtract_statistics_f64(rows, cols, mean, alpha, z, offset, product, t)
  }
}
