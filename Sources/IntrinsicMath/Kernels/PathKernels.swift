import CIntrinsicKernels

/// Path geometry and moments of products.
public protocol PathKernels {
  /// s[k][q·batch + x] += ±size[k], positive where the uniform number is ≥ ½: one for each (k, q, x) or, if
  /// `constant`, one for each (k, q).
  static func addSigns(
    rows: Int, batch: Int, repeats: Int, size: UnsafePointer<Self>, uniform: UnsafePointer<Self>,
    constant: Bool, s: UnsafeMutablePointer<Self>)

  /// out = alpha·b aᵀ + beta·out for out of rows × cols. beta = 0 overwrites (also NaN).
  static func rankOne(
    rows: Int, columns cols: Int, alpha: Self, b: UnsafePointer<Self>, a: UnsafePointer<Self>,
    beta: Self, into out: UnsafeMutablePointer<Self>, ld: Int)

  /// out[i] += v[first]·v[i] for the entries i of each unit, offsets[k] ..< offsets[k+1].
  static func addBiasProducts(
    units: Int, offsets: UnsafePointer<Int32>, v: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// out −= weight·squares, 0 where the rest is ≤ threshold·weight·squares: E[t²] − E[t]² where t does not
  /// vary.
  static func subtractSquares(
    count n: Int, weight: Self, squares: UnsafePointer<Self>, threshold: Self,
    into out: UnsafeMutablePointer<Self>)
}

extension Float: PathKernels {
  public static func addSigns(
    rows: Int, batch: Int, repeats: Int, size: UnsafePointer<Float>, uniform: UnsafePointer<Float>,
    constant: Bool, s: UnsafeMutablePointer<Float>
  ) {
    ik_add_signs_f32(rows, batch, repeats, size, uniform, constant ? 1 : 0, s)
  }

  public static func rankOne(
    rows: Int, columns cols: Int, alpha: Float, b: UnsafePointer<Float>, a: UnsafePointer<Float>,
    beta: Float, into out: UnsafeMutablePointer<Float>, ld: Int
  ) {
    ik_rank_one_f32(rows, cols, alpha, b, a, beta, out, ld)
  }

  public static func addBiasProducts(
    units: Int, offsets: UnsafePointer<Int32>, v: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_add_bias_products_f32(units, offsets, v, out)
  }

  public static func subtractSquares(
    count n: Int, weight: Float, squares: UnsafePointer<Float>, threshold: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_subtract_squares_f32(n, weight, squares, threshold, out)
  }
}

extension Double: PathKernels {
  public static func addSigns(
    rows: Int, batch: Int, repeats: Int, size: UnsafePointer<Double>,
    uniform: UnsafePointer<Double>, constant: Bool, s: UnsafeMutablePointer<Double>
  ) {
    ik_add_signs_f64(rows, batch, repeats, size, uniform, constant ? 1 : 0, s)
  }

  public static func rankOne(
    rows: Int, columns cols: Int, alpha: Double, b: UnsafePointer<Double>, a: UnsafePointer<Double>,
    beta: Double, into out: UnsafeMutablePointer<Double>, ld: Int
  ) {
    ik_rank_one_f64(rows, cols, alpha, b, a, beta, out, ld)
  }

  public static func addBiasProducts(
    units: Int, offsets: UnsafePointer<Int32>, v: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_add_bias_products_f64(units, offsets, v, out)
  }

  public static func subtractSquares(
    count n: Int, weight: Double, squares: UnsafePointer<Double>, threshold: Double,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_subtract_squares_f64(n, weight, squares, threshold, out)
  }
}
