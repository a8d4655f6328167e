import CIntrinsicKernels

/// Eight small unit problems at once.
public protocol LaneKernels {
  /// Unit matrices in lanes: entry (i, j), j ≤ i, of lane l at m[(i(i+1)/2 + j)·8 + l]. m = alpha·Σ_x
  /// c[unit[l]][x]·a[row[i·8 + l]][x]·a[row[j·8 + l]][x] + beta·m. row = −1 or unit = −1 marks padding, whose
  /// entries become 0. size ≤ 64.
  static func laneMoments(
    size: Int, row: UnsafePointer<Int32>, unit: UnsafePointer<Int32>, c: UnsafePointer<Self>,
    ldc: Int, a: UnsafePointer<Self>, lda: Int, columns cols: Int, alpha: Self, beta: Self,
    m: UnsafeMutablePointer<Self>)

  /// Solves (m + εI) x = g in each lane by Cholesky. Lane l has count[l] ≤ size entries, its g and x start at
  /// g[start[l]], out[start[l]]; count 0 is padding. A lane whose matrix is all zero with ε = 0 gets x = 0.
  /// Returns −1, or lane·65536 + pivot of the first pivot that is not a positive finite number (then out is
  /// unspecified). size ≤ 64.
  static func laneSolve(
    size: Int, count: UnsafePointer<Int32>, start: UnsafePointer<Int32>, m: UnsafePointer<Self>,
    epsilon: Self, g: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>
  ) -> Int
}

extension Float: LaneKernels {
  public static func laneMoments(
    size: Int, row: UnsafePointer<Int32>, unit: UnsafePointer<Int32>, c: UnsafePointer<Float>,
    ldc: Int, a: UnsafePointer<Float>, lda: Int, columns cols: Int, alpha: Float, beta: Float,
    m: UnsafeMutablePointer<Float>
  ) {
    ik_lane_moments_f32(size, row, unit, c, ldc, a, lda, cols, alpha, beta, m)
  }

  public static func laneSolve(
    size: Int, count: UnsafePointer<Int32>, start: UnsafePointer<Int32>, m: UnsafePointer<Float>,
    epsilon: Float, g: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) -> Int {
    ik_lane_solve_f32(size, count, start, m, epsilon, g, out)
  }
}

extension Double: LaneKernels {
  public static func laneMoments(
    size: Int, row: UnsafePointer<Int32>, unit: UnsafePointer<Int32>, c: UnsafePointer<Double>,
    ldc: Int, a: UnsafePointer<Double>, lda: Int, columns cols: Int, alpha: Double, beta: Double,
    m: UnsafeMutablePointer<Double>
  ) {
    ik_lane_moments_f64(size, row, unit, c, ldc, a, lda, cols, alpha, beta, m)
  }

  public static func laneSolve(
    size: Int, count: UnsafePointer<Int32>, start: UnsafePointer<Int32>, m: UnsafePointer<Double>,
    epsilon: Double, g: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) -> Int {
    ik_lane_solve_f64(size, count, start, m, epsilon, g, out)
  }
}
