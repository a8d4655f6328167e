import CIntrinsicKernels

/// Connections as index lists: the entries e of unit k are `offsets[k] ..< offsets[k + 1]`, the bias first.
public protocol SparseKernels {
  /// For k < n: y[outRow[k]] = Σ_e w[weight[e]]·x[inRow[e]] over offsets[k] ≤ e < offsets[k+1] (+ y if
  /// accumulate). Serves apply (inRow = incoming units) and its transpose (inRow = outgoing units). x and y
  /// do not overlap in the rows used.
  static func gatherRows(
    count n: Int, outRow: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>,
    inRow: UnsafePointer<Int32>, weight: UnsafePointer<Int32>, w: UnsafePointer<Self>,
    x: UnsafePointer<Self>, ldx: Int, columns cols: Int, y: UnsafeMutablePointer<Self>, ldy: Int,
    accumulate: Bool)

  /// g[e] = alpha·Σ_x b[k][x]·a[row[e]][x] + beta·g[e] for unit k's entries e. beta = 0 overwrites (also
  /// NaN).
  static func outerRows(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, b: UnsafePointer<Self>,
    ldb: Int, a: UnsafePointer<Self>, lda: Int, columns cols: Int, alpha: Self, beta: Self,
    g: UnsafeMutablePointer<Self>)

  /// second[e] = alpha·Σ_x c[k][x]·a[row[e]][x]² + beta·second[e] for unit k's entries e and, unless `first`
  /// is nil, first[e] likewise with a: one pass over a. beta = 0 overwrites (also NaN).
  static func outerRowsMoments(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, c: UnsafePointer<Self>,
    ldc: Int, a: UnsafePointer<Self>, lda: Int, columns cols: Int, alpha: Self, beta: Self,
    first: UnsafeMutablePointer<Self>?, second: UnsafeMutablePointer<Self>)

  /// u[e][q·batch + x] = alpha·b[k][q·batch + x]·a[row[e]][x] for unit k's entries e: the outer product
  /// before its sum.
  static func perSampleRows(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, b: UnsafePointer<Self>,
    ldb: Int, a: UnsafePointer<Self>, lda: Int, batch: Int, repeats: Int, alpha: Self,
    u: UnsafeMutablePointer<Self>, ldu: Int)

  /// y[row[e]][x] = w[e]·v[x] for e < count, x < cols (x from 0 at y).
  static func scatterUnit(
    count: Int, row: UnsafePointer<Int32>, w: UnsafePointer<Self>, v: UnsafePointer<Self>,
    columns cols: Int, y: UnsafeMutablePointer<Self>, ldy: Int)
}

extension Float: SparseKernels {
  public static func gatherRows(
    count n: Int, outRow: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>,
    inRow: UnsafePointer<Int32>, weight: UnsafePointer<Int32>, w: UnsafePointer<Float>,
    x: UnsafePointer<Float>, ldx: Int, columns cols: Int, y: UnsafeMutablePointer<Float>, ldy: Int,
    accumulate: Bool
  ) {
    ik_gather_rows_f32(
      n, outRow, offsets, inRow, weight, w, x, ldx, cols, y, ldy, accumulate ? 1 : 0)
  }

  public static func outerRows(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, b: UnsafePointer<Float>,
    ldb: Int, a: UnsafePointer<Float>, lda: Int, columns cols: Int, alpha: Float, beta: Float,
    g: UnsafeMutablePointer<Float>
  ) {
    ik_outer_rows_f32(units, offsets, row, b, ldb, a, lda, cols, alpha, beta, g)
  }

  public static func outerRowsMoments(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, c: UnsafePointer<Float>,
    ldc: Int, a: UnsafePointer<Float>, lda: Int, columns cols: Int, alpha: Float, beta: Float,
    first: UnsafeMutablePointer<Float>?, second: UnsafeMutablePointer<Float>
  ) {
    ik_outer_rows_moments_f32(units, offsets, row, c, ldc, a, lda, cols, alpha, beta, first, second)
  }

  public static func perSampleRows(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, b: UnsafePointer<Float>,
    ldb: Int, a: UnsafePointer<Float>, lda: Int, batch: Int, repeats: Int, alpha: Float,
    u: UnsafeMutablePointer<Float>, ldu: Int
  ) {
    ik_per_sample_rows_f32(units, offsets, row, b, ldb, a, lda, batch, repeats, alpha, u, ldu)
  }

  public static func scatterUnit(
    count: Int, row: UnsafePointer<Int32>, w: UnsafePointer<Float>, v: UnsafePointer<Float>,
    columns cols: Int, y: UnsafeMutablePointer<Float>, ldy: Int
  ) {
    ik_scatter_unit_f32(count, row, w, v, cols, y, ldy)
  }
}

extension Double: SparseKernels {
  public static func gatherRows(
    count n: Int, outRow: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>,
    inRow: UnsafePointer<Int32>, weight: UnsafePointer<Int32>, w: UnsafePointer<Double>,
    x: UnsafePointer<Double>, ldx: Int, columns cols: Int, y: UnsafeMutablePointer<Double>,
    ldy: Int, accumulate: Bool
  ) {
    ik_gather_rows_f64(
      n, outRow, offsets, inRow, weight, w, x, ldx, cols, y, ldy, accumulate ? 1 : 0)
  }

  public static func outerRows(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, b: UnsafePointer<Double>,
    ldb: Int, a: UnsafePointer<Double>, lda: Int, columns cols: Int, alpha: Double, beta: Double,
    g: UnsafeMutablePointer<Double>
  ) {
    ik_outer_rows_f64(units, offsets, row, b, ldb, a, lda, cols, alpha, beta, g)
  }

  public static func outerRowsMoments(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, c: UnsafePointer<Double>,
    ldc: Int, a: UnsafePointer<Double>, lda: Int, columns cols: Int, alpha: Double, beta: Double,
    first: UnsafeMutablePointer<Double>?, second: UnsafeMutablePointer<Double>
  ) {
    ik_outer_rows_moments_f64(units, offsets, row, c, ldc, a, lda, cols, alpha, beta, first, second)
  }

  public static func perSampleRows(
    units: Int, offsets: UnsafePointer<Int32>, row: UnsafePointer<Int32>, b: UnsafePointer<Double>,
    ldb: Int, a: UnsafePointer<Double>, lda: Int, batch: Int, repeats: Int, alpha: Double,
    u: UnsafeMutablePointer<Double>, ldu: Int
  ) {
    ik_per_sample_rows_f64(units, offsets, row, b, ldb, a, lda, batch, repeats, alpha, u, ldu)
  }

  public static func scatterUnit(
    count: Int, row: UnsafePointer<Int32>, w: UnsafePointer<Double>, v: UnsafePointer<Double>,
    columns cols: Int, y: UnsafeMutablePointer<Double>, ldy: Int
  ) {
    ik_scatter_unit_f64(count, row, w, v, cols, y, ldy)
  }
}
