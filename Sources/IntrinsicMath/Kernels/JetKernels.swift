import CIntrinsicKernels

/// Jets: rows of components × n, component after component: value, slopes, Δκ.
public protocol JetKernels {
  /// s″ and, unless nil, s‴ from y, a = s(y) and r = s′(y).
  static func higherDerivatives(
    activation: Int32, p: Double, count n: Int, y: UnsafePointer<Self>, a: UnsafePointer<Self>,
    r: UnsafePointer<Self>, second: UnsafeMutablePointer<Self>, third: UnsafeMutablePointer<Self>?)

  /// The slopes s′ y^d and, unless κ is nil, s′ y^Δ + s″ Σ_d κ_d (y^d)² of a; a^0 is left.
  static func jetActivate(
    count n: Int, slopes: Int, kappa: UnsafePointer<Self>?, first: UnsafePointer<Self>,
    second: UnsafePointer<Self>?, y: UnsafePointer<Self>, a: UnsafeMutablePointer<Self>)

  /// mixed = ∂a^Δ/∂y^0 = s″ y^Δ + s‴ Σ_d κ_d (y^d)².
  static func jetMix(
    count n: Int, slopes: Int, kappa: UnsafePointer<Self>, second: UnsafePointer<Self>,
    third: UnsafePointer<Self>, y: UnsafePointer<Self>, mixed: UnsafeMutablePointer<Self>)

  /// b ← Rᵀ b with R = ∂a/∂y; s″ may be nil without slopes, κ and mixed without Δκ.
  static func jetReduce(
    count n: Int, slopes: Int, kappa: UnsafePointer<Self>?, first: UnsafePointer<Self>,
    second: UnsafePointer<Self>?, mixed: UnsafePointer<Self>?, y: UnsafePointer<Self>,
    b: UnsafeMutablePointer<Self>)

  /// out[e][x] = Σ_c b[c·n + x] a[row[e]][c·n + x], for out in rows of ldo.
  static func jetOuter(
    rows: Int, row: UnsafePointer<Int32>, count n: Int, components: Int, b: UnsafePointer<Self>,
    a: UnsafePointer<Self>, lda: Int, into out: UnsafeMutablePointer<Self>, ldo: Int)

  /// out[e][x] = Σ_c u[e][c·n + x], for out in rows of ldo.
  static func sumComponents(
    rows: Int, count n: Int, components: Int, u: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>, ldo: Int)
}

extension Float: JetKernels {
  public static func higherDerivatives(
    activation: Int32, p: Double, count n: Int, y: UnsafePointer<Float>, a: UnsafePointer<Float>,
    r: UnsafePointer<Float>, second: UnsafeMutablePointer<Float>,
    third: UnsafeMutablePointer<Float>?
  ) {
    ik_higher_derivatives_f32(activation, p, n, y, a, r, second, third)
  }

  public static func jetActivate(
    count n: Int, slopes: Int, kappa: UnsafePointer<Float>?, first: UnsafePointer<Float>,
    second: UnsafePointer<Float>?, y: UnsafePointer<Float>, a: UnsafeMutablePointer<Float>
  ) {
    ik_jet_activate_f32(n, slopes, kappa, first, second, y, a)
  }

  public static func jetMix(
    count n: Int, slopes: Int, kappa: UnsafePointer<Float>, second: UnsafePointer<Float>,
    third: UnsafePointer<Float>, y: UnsafePointer<Float>, mixed: UnsafeMutablePointer<Float>
  ) {
    ik_jet_mix_f32(n, slopes, kappa, second, third, y, mixed)
  }

  public static func jetReduce(
    count n: Int, slopes: Int, kappa: UnsafePointer<Float>?, first: UnsafePointer<Float>,
    second: UnsafePointer<Float>?, mixed: UnsafePointer<Float>?, y: UnsafePointer<Float>,
    b: UnsafeMutablePointer<Float>
  ) {
    ik_jet_reduce_f32(n, slopes, kappa, first, second, mixed, y, b)
  }

  public static func jetOuter(
    rows: Int, row: UnsafePointer<Int32>, count n: Int, components: Int, b: UnsafePointer<Float>,
    a: UnsafePointer<Float>, lda: Int, into out: UnsafeMutablePointer<Float>, ldo: Int
  ) {
    ik_jet_outer_f32(rows, row, n, components, b, a, lda, out, ldo)
  }

  public static func sumComponents(
    rows: Int, count n: Int, components: Int, u: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, ldo: Int
  ) {
    ik_sum_components_f32(rows, n, components, u, out, ldo)
  }
}

extension Double: JetKernels {
  public static func higherDerivatives(
    activation: Int32, p: Double, count n: Int, y: UnsafePointer<Double>, a: UnsafePointer<Double>,
    r: UnsafePointer<Double>, second: UnsafeMutablePointer<Double>,
    third: UnsafeMutablePointer<Double>?
  ) {
    ik_higher_derivatives_f64(activation, p, n, y, a, r, second, third)
  }

  public static func jetActivate(
    count n: Int, slopes: Int, kappa: UnsafePointer<Double>?, first: UnsafePointer<Double>,
    second: UnsafePointer<Double>?, y: UnsafePointer<Double>, a: UnsafeMutablePointer<Double>
  ) {
    ik_jet_activate_f64(n, slopes, kappa, first, second, y, a)
  }

  public static func jetMix(
    count n: Int, slopes: Int, kappa: UnsafePointer<Double>, second: UnsafePointer<Double>,
    third: UnsafePointer<Double>, y: UnsafePointer<Double>, mixed: UnsafeMutablePointer<Double>
  ) {
    ik_jet_mix_f64(n, slopes, kappa, second, third, y, mixed)
  }

  public static func jetReduce(
    count n: Int, slopes: Int, kappa: UnsafePointer<Double>?, first: UnsafePointer<Double>,
    second: UnsafePointer<Double>?, mixed: UnsafePointer<Double>?, y: UnsafePointer<Double>,
    b: UnsafeMutablePointer<Double>
  ) {
    ik_jet_reduce_f64(n, slopes, kappa, first, second, mixed, y, b)
  }

  public static func jetOuter(
    rows: Int, row: UnsafePointer<Int32>, count n: Int, components: Int, b: UnsafePointer<Double>,
    a: UnsafePointer<Double>, lda: Int, into out: UnsafeMutablePointer<Double>, ldo: Int
  ) {
    ik_jet_outer_f64(rows, row, n, components, b, a, lda, out, ldo)
  }

  public static func sumComponents(
    rows: Int, count n: Int, components: Int, u: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, ldo: Int
  ) {
    ik_sum_components_f64(rows, n, components, u, out, ldo)
  }
}
