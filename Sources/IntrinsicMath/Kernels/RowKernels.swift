import CIntrinsicKernels

/// Rows gathered, copied and multiplied: a row is a unit, a column a sample, and several blocks of the batch
/// may stand side by side.
public protocol RowKernels {
  /// out[e] = x[index[e]].
  static func gather(
    count n: Int, index: UnsafePointer<Int32>, x: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// c[k][x] += scale·mean over x of c[k], for rows of `cols`.
  static func addRowMeans(rows: Int, columns cols: Int, scale: Self, c: UnsafeMutablePointer<Self>)

  /// out[k] = the first `cols` of each row of x, rows of `ldx` and `cols`.
  static func copyColumns(
    rows: Int, columns cols: Int, x: UnsafePointer<Self>, ldx: Int,
    into out: UnsafeMutablePointer<Self>)

  /// out[i][j] = x[samples[j]][i], for x in rows of n and out in rows of `count`.
  static func gatherSamples(
    rows n: Int, count: Int, samples: UnsafePointer<Int32>, x: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// s[k][q·batch + x] *= r[k][x] for `repeats` blocks q in each of `rows` rows (in place).
  static func multiplyRepeated(
    rows: Int, batch: Int, repeats: Int, r: UnsafePointer<Self>, s: UnsafeMutablePointer<Self>)

  /// The products of ``multiplyRepeated(rows:batch:repeats:r:s:)``, and c[k][x] = Σ_q of their squares (+ c[k][x] if accumulate).
  static func multiplyRepeatedSquares(
    rows: Int, batch: Int, repeats: Int, r: UnsafePointer<Self>, s: UnsafeMutablePointer<Self>,
    accumulate: Bool, c: UnsafeMutablePointer<Self>)

  /// c[k][x] = Σ_q s[k][q·batch + x]² (+ c[k][x] if accumulate); s has row stride `lds`.
  static func sumSquaresRepeated(
    rows: Int, batch: Int, repeats: Int, s: UnsafePointer<Self>, lds: Int, accumulate: Bool,
    c: UnsafeMutablePointer<Self>)
}

extension Float: RowKernels {
  public static func gather(
    count n: Int, index: UnsafePointer<Int32>, x: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_gather_f32(n, index, x, out)
  }

  public static func addRowMeans(
    rows: Int, columns cols: Int, scale: Float, c: UnsafeMutablePointer<Float>
  ) {
    ik_add_row_means_f32(rows, cols, scale, c)
  }

  public static func copyColumns(
    rows: Int, columns cols: Int, x: UnsafePointer<Float>, ldx: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_copy_columns_f32(rows, cols, x, ldx, out)
  }

  public static func gatherSamples(
    rows n: Int, count: Int, samples: UnsafePointer<Int32>, x: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_gather_samples_f32(n, count, samples, x, out)
  }

  public static func multiplyRepeated(
    rows: Int, batch: Int, repeats: Int, r: UnsafePointer<Float>, s: UnsafeMutablePointer<Float>
  ) {
    ik_multiply_repeated_f32(rows, batch, repeats, r, s)
  }

  public static func multiplyRepeatedSquares(
    rows: Int, batch: Int, repeats: Int, r: UnsafePointer<Float>, s: UnsafeMutablePointer<Float>,
    accumulate: Bool, c: UnsafeMutablePointer<Float>
  ) {
    ik_multiply_repeated_squares_f32(rows, batch, repeats, r, s, accumulate ? 1 : 0, c)
  }

  public static func sumSquaresRepeated(
    rows: Int, batch: Int, repeats: Int, s: UnsafePointer<Float>, lds: Int, accumulate: Bool,
    c: UnsafeMutablePointer<Float>
  ) {
    ik_sum_squares_repeated_f32(rows, batch, repeats, s, lds, accumulate ? 1 : 0, c)
  }
}

extension Double: RowKernels {
  public static func gather(
    count n: Int, index: UnsafePointer<Int32>, x: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_gather_f64(n, index, x, out)
  }

  public static func addRowMeans(
    rows: Int, columns cols: Int, scale: Double, c: UnsafeMutablePointer<Double>
  ) {
    ik_add_row_means_f64(rows, cols, scale, c)
  }

  public static func copyColumns(
    rows: Int, columns cols: Int, x: UnsafePointer<Double>, ldx: Int,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_copy_columns_f64(rows, cols, x, ldx, out)
  }

  public static func gatherSamples(
    rows n: Int, count: Int, samples: UnsafePointer<Int32>, x: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_gather_samples_f64(n, count, samples, x, out)
  }

  public static func multiplyRepeated(
    rows: Int, batch: Int, repeats: Int, r: UnsafePointer<Double>, s: UnsafeMutablePointer<Double>
  ) {
    ik_multiply_repeated_f64(rows, batch, repeats, r, s)
  }

  public static func multiplyRepeatedSquares(
    rows: Int, batch: Int, repeats: Int, r: UnsafePointer<Double>, s: UnsafeMutablePointer<Double>,
    accumulate: Bool, c: UnsafeMutablePointer<Double>
  ) {
    ik_multiply_repeated_squares_f64(rows, batch, repeats, r, s, accumulate ? 1 : 0, c)
  }

  public static func sumSquaresRepeated(
    rows: Int, batch: Int, repeats: Int, s: UnsafePointer<Double>, lds: Int, accumulate: Bool,
    c: UnsafeMutablePointer<Double>
  ) {
    ik_sum_squares_repeated_f64(rows, batch, repeats, s, lds, accumulate ? 1 : 0, c)
  }
}
