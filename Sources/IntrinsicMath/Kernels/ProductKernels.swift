import CIntrinsicKernels

/// One product of a sum of matrix products, as convolutions add them up: `length` factors, the first at
/// `w`, and as many rows, the first `row`.
public typealias ProductTerm = ik_term

/// The places of a block of a convolution that see the image through one pixel of the window, and the
/// weights of that pixel.
public typealias ProductTap = ik_tap

/// The largest number of samples at all places of a block, if it has more than one place.
public let productBlock = Int(IK_BLOCK)

/// Matrix products of convolutions, and moments of dense units.
public protocol ProductKernels {
  /// y[k] = Σ_t Σ_i w[w_t + k·rowStep + i·termStep]·x[row_t + i] (+ y[k] if accumulate), k < rows, rows of
  /// `cols`; 0 without terms.
  static func termProducts(
    rows: Int, columns cols: Int, count: Int, terms: UnsafePointer<ProductTerm>,
    w: UnsafePointer<Self>, rowStep: Int, termStep: Int, x: UnsafePointer<Self>, accumulate: Bool,
    y: UnsafeMutablePointer<Self>)

  /// second[k·ld + i] = scale·Σ_x c[k][x]·a[i][x]² + keep·second[k·ld + i] and, unless nil, first[k·ld + i]
  /// likewise with a[i][x], k < units, i < rows, for c and a of at least 16 bytes a row. keep = 0 does not
  /// read. Products with c = 0 are skipped, whatever a is.
  static func unitMoments(
    units: Int, rows: Int, columns cols: Int, c: UnsafePointer<Self>, a: UnsafePointer<Self>,
    scale: Self, keep: Self, first: UnsafeMutablePointer<Self>?, second: UnsafeMutablePointer<Self>,
    ld: Int)

  /// For every tap g[w + k·ldg + j] += scale·Σ_p Σ_c b[(first + p)·bStep + k·cols + c] · x[p·xStep + (row +
  /// j)·cols + c], k < units, j < length, p < tap's places, c < cols. `places` are all that b has, with
  /// places·cols ≤ ``productBlock``, or 1.
  static func addPlaceProducts(
    units: Int, columns cols: Int, places: Int, scale: Self, b: UnsafePointer<Self>, bStep: Int,
    count: Int, taps: UnsafePointer<ProductTap>, x: UnsafePointer<Self>, xStep: Int,
    g: UnsafeMutablePointer<Self>, ldg: Int)
}

extension Float: ProductKernels {
  public static func termProducts(
    rows: Int, columns cols: Int, count: Int, terms: UnsafePointer<ProductTerm>,
    w: UnsafePointer<Float>, rowStep: Int, termStep: Int, x: UnsafePointer<Float>, accumulate: Bool,
    y: UnsafeMutablePointer<Float>
  ) {
    ik_term_products_f32(rows, cols, count, terms, w, rowStep, termStep, x, accumulate ? 1 : 0, y)
  }

  public static func unitMoments(
    units: Int, rows: Int, columns cols: Int, c: UnsafePointer<Float>, a: UnsafePointer<Float>,
    scale: Float, keep: Float, first: UnsafeMutablePointer<Float>?,
    second: UnsafeMutablePointer<Float>, ld: Int
  ) {
    ik_unit_moments_f32(units, rows, cols, c, a, scale, keep, first, second, ld)
  }

  public static func addPlaceProducts(
    units: Int, columns cols: Int, places: Int, scale: Float, b: UnsafePointer<Float>, bStep: Int,
    count: Int, taps: UnsafePointer<ProductTap>, x: UnsafePointer<Float>, xStep: Int,
    g: UnsafeMutablePointer<Float>, ldg: Int
  ) {
    ik_add_place_products_f32(units, cols, places, scale, b, bStep, count, taps, x, xStep, g, ldg)
  }
}

extension Double: ProductKernels {
  public static func termProducts(
    rows: Int, columns cols: Int, count: Int, terms: UnsafePointer<ProductTerm>,
    w: UnsafePointer<Double>, rowStep: Int, termStep: Int, x: UnsafePointer<Double>,
    accumulate: Bool, y: UnsafeMutablePointer<Double>
  ) {
    ik_term_products_f64(rows, cols, count, terms, w, rowStep, termStep, x, accumulate ? 1 : 0, y)
  }

  public static func unitMoments(
    units: Int, rows: Int, columns cols: Int, c: UnsafePointer<Double>, a: UnsafePointer<Double>,
    scale: Double, keep: Double, first: UnsafeMutablePointer<Double>?,
    second: UnsafeMutablePointer<Double>, ld: Int
  ) {
    ik_unit_moments_f64(units, rows, cols, c, a, scale, keep, first, second, ld)
  }

  public static func addPlaceProducts(
    units: Int, columns cols: Int, places: Int, scale: Double, b: UnsafePointer<Double>, bStep: Int,
    count: Int, taps: UnsafePointer<ProductTap>, x: UnsafePointer<Double>, xStep: Int,
    g: UnsafeMutablePointer<Double>, ldg: Int
  ) {
    ik_add_place_products_f64(units, cols, places, scale, b, bStep, count, taps, x, xStep, g, ldg)
  }
}
