import CIntrinsicKernels

/// Convolution and pooling.
public protocol ImageKernels {
  /// out[k·ldo] += scale·Σ_j b[k][j]·x[j].
  static func addRowDots(
    rows: Int, columns cols: Int, scale: Self, b: UnsafePointer<Self>, x: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>, ldo: Int)

  /// With rows b[p·step + k·cols…] of unit k at position p, and a likewise: out[k·ldo] += scale·Σ_p Σ_j
  /// b[j]·one[j] unless `one` is nil, and out[k·ldo + ldo − 1] += scale·Σ_p Σ_j b[j]·a[j] unless `a` is nil.
  static func addPositionSums(
    positions: Int, step: Int, units: Int, columns cols: Int, scale: Self, b: UnsafePointer<Self>,
    one: UnsafePointer<Self>?, a: UnsafePointer<Self>?, into out: UnsafeMutablePointer<Self>,
    ldo: Int)

  /// out[k][j] = shift[k·ldw]·one[j] + gain[k·ldw]·x[k][j] + keep·out[k][j], without shift, or with gain 1,
  /// where they are nil; keep = 0 overwrites (also NaN).
  static func gainRows(
    rows: Int, columns cols: Int, shift: UnsafePointer<Self>?, gain: UnsafePointer<Self>?, ldw: Int,
    one: UnsafePointer<Self>, x: UnsafePointer<Self>, keep: Self,
    into out: UnsafeMutablePointer<Self>)

  /// u[e][q·batch + x] += alpha·b[q·batch + x]·a[e][x], a in rows of `batch`.
  static func addProducts(
    rows: Int, batch: Int, repeats: Int, alpha: Self, b: UnsafePointer<Self>,
    a: UnsafePointer<Self>, u: UnsafeMutablePointer<Self>, ldu: Int)

  /// y = max(y, a), with selection = tap where a wins (greater, or not a number); all of a if `first`.
  static func selectMaximum(
    count n: Int, tap: Int32, first: Bool, a: UnsafePointer<Self>, y: UnsafeMutablePointer<Self>,
    selection: UnsafeMutablePointer<Int32>)

  /// out[k][q·batch + x] += b[k][q·batch + x] where selection[k][x] = tap.
  static func addSelected(
    rows: Int, batch: Int, repeats: Int, tap: Int32, selection: UnsafePointer<Int32>,
    b: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)
}

extension Float: ImageKernels {
  public static func addRowDots(
    rows: Int, columns cols: Int, scale: Float, b: UnsafePointer<Float>, x: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, ldo: Int
  ) {
    ik_add_row_dots_f32(rows, cols, scale, b, x, out, ldo)
  }

  public static func addPositionSums(
    positions: Int, step: Int, units: Int, columns cols: Int, scale: Float, b: UnsafePointer<Float>,
    one: UnsafePointer<Float>?, a: UnsafePointer<Float>?, into out: UnsafeMutablePointer<Float>,
    ldo: Int
  ) {
    ik_add_position_sums_f32(positions, step, units, cols, scale, b, one, a, out, ldo)
  }

  public static func gainRows(
    rows: Int, columns cols: Int, shift: UnsafePointer<Float>?, gain: UnsafePointer<Float>?,
    ldw: Int, one: UnsafePointer<Float>, x: UnsafePointer<Float>, keep: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_gain_rows_f32(rows, cols, shift, gain, ldw, one, x, keep, out)
  }

  public static func addProducts(
    rows: Int, batch: Int, repeats: Int, alpha: Float, b: UnsafePointer<Float>,
    a: UnsafePointer<Float>, u: UnsafeMutablePointer<Float>, ldu: Int
  ) {
    ik_add_products_f32(rows, batch, repeats, alpha, b, a, u, ldu)
  }

  public static func selectMaximum(
    count n: Int, tap: Int32, first: Bool, a: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
    selection: UnsafeMutablePointer<Int32>
  ) {
    ik_select_maximum_f32(n, tap, first ? 1 : 0, a, y, selection)
  }

  public static func addSelected(
    rows: Int, batch: Int, repeats: Int, tap: Int32, selection: UnsafePointer<Int32>,
    b: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_add_selected_f32(rows, batch, repeats, tap, selection, b, out)
  }
}

extension Double: ImageKernels {
  public static func addRowDots(
    rows: Int, columns cols: Int, scale: Double, b: UnsafePointer<Double>, x: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, ldo: Int
  ) {
    ik_add_row_dots_f64(rows, cols, scale, b, x, out, ldo)
  }

  public static func addPositionSums(
    positions: Int, step: Int, units: Int, columns cols: Int, scale: Double,
    b: UnsafePointer<Double>, one: UnsafePointer<Double>?, a: UnsafePointer<Double>?,
    into out: UnsafeMutablePointer<Double>, ldo: Int
  ) {
    ik_add_position_sums_f64(positions, step, units, cols, scale, b, one, a, out, ldo)
  }

  public static func gainRows(
    rows: Int, columns cols: Int, shift: UnsafePointer<Double>?, gain: UnsafePointer<Double>?,
    ldw: Int, one: UnsafePointer<Double>, x: UnsafePointer<Double>, keep: Double,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_gain_rows_f64(rows, cols, shift, gain, ldw, one, x, keep, out)
  }

  public static func addProducts(
    rows: Int, batch: Int, repeats: Int, alpha: Double, b: UnsafePointer<Double>,
    a: UnsafePointer<Double>, u: UnsafeMutablePointer<Double>, ldu: Int
  ) {
    ik_add_products_f64(rows, batch, repeats, alpha, b, a, u, ldu)
  }

  public static func selectMaximum(
    count n: Int, tap: Int32, first: Bool, a: UnsafePointer<Double>,
    y: UnsafeMutablePointer<Double>, selection: UnsafeMutablePointer<Int32>
  ) {
    ik_select_maximum_f64(n, tap, first ? 1 : 0, a, y, selection)
  }

  public static func addSelected(
    rows: Int, batch: Int, repeats: Int, tap: Int32, selection: UnsafePointer<Int32>,
    b: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_add_selected_f64(rows, batch, repeats, tap, selection, b, out)
  }
}
