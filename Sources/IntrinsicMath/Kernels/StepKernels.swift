import CIntrinsicKernels

/// Steps of diagonal and quasi-diagonal rules, and the running kurtosis that their dampings use.
public protocol StepKernels {
  /// out = g/(factor·a + epsilon), 0 where the denominator is 0.
  static func diagonalSolve(
    count n: Int, g: UnsafePointer<Self>, a: UnsafePointer<Self>, factor: Self, epsilon: Self,
    into out: UnsafeMutablePointer<Self>)

  /// out = g/(√a + epsilon), 0 where the denominator is 0.
  static func rootSolve(
    count n: Int, g: UnsafePointer<Self>, a: UnsafePointer<Self>, epsilon: Self,
    into out: UnsafeMutablePointer<Self>)

  /// Adam: m = β1 m + (1−β1) g; v = β2 v + (1−β2) g²; out = (m·c1)/(√(v·c2) + epsilon).
  static func adam(
    count n: Int, g: UnsafePointer<Self>, beta1: Self, beta2: Self, c1: Self, c2: Self,
    epsilon: Self, m: UnsafeMutablePointer<Self>, v: UnsafeMutablePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// Quasi-diagonal solve (Ollivier 2015, eqs 22–23) for `units` units, unit k owning the entries offsets[k]
  /// ..< offsets[k+1], bias first. With the given a0i and aii times `factor`, then a00 = aii[first] + ε, aii
  /// = aii[i] + ε: out_i = (g_i a00 − g_0 a0i_i)/(aii a00 − a0i_i²), out_0 = g_0/a00 − Σ_i (a0i_i/a00) out_i.
  /// Each out_i is first multiplied by shrink_i unless `shrink` is nil. An entry whose determinant is ≤
  /// 16u·aii·a00 (u = machine epsilon; an input without variance) steps by 0, and so does a bias with a00 =
  /// 0, beside which the entries step by g_i/aii (0 where aii is 0). a0i[first] is ignored. Returns the
  /// number of entries set to zero that way.
  static func quasiDiagonalSolve(
    units: Int, offsets: UnsafePointer<Int32>, g: UnsafePointer<Self>, a0i: UnsafePointer<Self>,
    aii: UnsafePointer<Self>, factor: Self, epsilon: Self, shrink: UnsafePointer<Self>?,
    into out: UnsafeMutablePointer<Self>
  ) -> Int

  /// The kurtosis of each row from running means of the powers 1–4 of a − reference (4 for each row in
  /// `moments`): moments = keep·moments + (1 − keep)·means of these columns. keep = 0 starts anew, with the
  /// means as references, which spares cancellation. 1 where nothing varies.
  static func kurtosisUpdate(
    rows: Int, columns cols: Int, a: UnsafePointer<Self>, keep: Self,
    reference: UnsafeMutablePointer<Self>, moments: UnsafeMutablePointer<Self>,
    kurtosis: UnsafeMutablePointer<Self>)
}

extension Float: StepKernels {
  public static func diagonalSolve(
    count n: Int, g: UnsafePointer<Float>, a: UnsafePointer<Float>, factor: Float, epsilon: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_diagonal_solve_f32(n, g, a, factor, epsilon, out)
  }

  public static func rootSolve(
    count n: Int, g: UnsafePointer<Float>, a: UnsafePointer<Float>, epsilon: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_root_solve_f32(n, g, a, epsilon, out)
  }

  public static func adam(
    count n: Int, g: UnsafePointer<Float>, beta1: Float, beta2: Float, c1: Float, c2: Float,
    epsilon: Float, m: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_adam_f32(n, g, beta1, beta2, c1, c2, epsilon, m, v, out)
  }

  public static func quasiDiagonalSolve(
    units: Int, offsets: UnsafePointer<Int32>, g: UnsafePointer<Float>, a0i: UnsafePointer<Float>,
    aii: UnsafePointer<Float>, factor: Float, epsilon: Float, shrink: UnsafePointer<Float>?,
    into out: UnsafeMutablePointer<Float>
  ) -> Int {
    ik_quasi_diagonal_solve_f32(units, offsets, g, a0i, aii, factor, epsilon, shrink, out)
  }

  public static func kurtosisUpdate(
    rows: Int, columns cols: Int, a: UnsafePointer<Float>, keep: Float,
    reference: UnsafeMutablePointer<Float>, moments: UnsafeMutablePointer<Float>,
    kurtosis: UnsafeMutablePointer<Float>
  ) {
    ik_kurtosis_update_f32(rows, cols, a, keep, reference, moments, kurtosis)
  }
}

extension Double: StepKernels {
  public static func diagonalSolve(
    count n: Int, g: UnsafePointer<Double>, a: UnsafePointer<Double>, factor: Double,
    epsilon: Double, into out: UnsafeMutablePointer<Double>
  ) {
    ik_diagonal_solve_f64(n, g, a, factor, epsilon, out)
  }

  public static func rootSolve(
    count n: Int, g: UnsafePointer<Double>, a: UnsafePointer<Double>, epsilon: Double,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_root_solve_f64(n, g, a, epsilon, out)
  }

  public static func adam(
    count n: Int, g: UnsafePointer<Double>, beta1: Double, beta2: Double, c1: Double, c2: Double,
    epsilon: Double, m: UnsafeMutablePointer<Double>, v: UnsafeMutablePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_adam_f64(n, g, beta1, beta2, c1, c2, epsilon, m, v, out)
  }

  public static func quasiDiagonalSolve(
    units: Int, offsets: UnsafePointer<Int32>, g: UnsafePointer<Double>, a0i: UnsafePointer<Double>,
    aii: UnsafePointer<Double>, factor: Double, epsilon: Double, shrink: UnsafePointer<Double>?,
    into out: UnsafeMutablePointer<Double>
  ) -> Int {
    ik_quasi_diagonal_solve_f64(units, offsets, g, a0i, aii, factor, epsilon, shrink, out)
  }

  public static func kurtosisUpdate(
    rows: Int, columns cols: Int, a: UnsafePointer<Double>, keep: Double,
    reference: UnsafeMutablePointer<Double>, moments: UnsafeMutablePointer<Double>,
    kurtosis: UnsafeMutablePointer<Double>
  ) {
    ik_kurtosis_update_f64(rows, cols, a, keep, reference, moments, kurtosis)
  }
}
