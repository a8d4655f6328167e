import CIntrinsicKernels

/// Functions element by element, and sums over all elements.
public protocol ElementwiseKernels {
  /// a = s(y), and r = s'(y) unless `r` is nil. `a` may equal `y`. `power` is p for the powers.
  static func activate(
    activation: Int32, p: Double, count n: Int, y: UnsafePointer<Self>,
    a: UnsafeMutablePointer<Self>, r: UnsafeMutablePointer<Self>?)

  /// out = eˣ, element by element.
  static func exp(count n: Int, x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// out = ln x, element by element.
  static func log(count n: Int, x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// out = x ∘ y.
  static func multiply(
    count n: Int, x: UnsafePointer<Self>, y: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// out = r² ∘ m.
  static func multiplySquared(
    count n: Int, r: UnsafePointer<Self>, m: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// out = x².
  static func square(count n: Int, x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// out = √x.
  static func squareRoot(count n: Int, x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// a[i·ld + i] += value for i < n.
  static func addToDiagonal(count n: Int, value: Self, a: UnsafeMutablePointer<Self>, ld: Int)

  /// out += value.
  static func addConstant(count n: Int, value: Self, into out: UnsafeMutablePointer<Self>)

  /// out = 1/(1 + s·out).
  static func shrinkage(count n: Int, s: Self, into out: UnsafeMutablePointer<Self>)

  /// n multiply-adds in each element of 12 vectors of 256 bits, to measure the speed of the processor.
  static func multiplyAdds256(count n: Int) -> Self

  /// n multiply-adds in each element of 12 vectors of 512 bits.
  static func multiplyAdds512(count n: Int) -> Self

  /// out = scale·r² (+ out if accumulate).
  static func scaledSquare(
    count n: Int, scale: Self, r: UnsafePointer<Self>, accumulate: Bool,
    into out: UnsafeMutablePointer<Self>)

  /// out = x + alpha·y.
  static func addScaled(
    count n: Int, x: UnsafePointer<Self>, alpha: Self, y: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>)

  /// out = alpha·x + beta·out; beta = 0 overwrites (also NaN).
  static func scaleAdd(
    count n: Int, alpha: Self, x: UnsafePointer<Self>, beta: Self,
    into out: UnsafeMutablePointer<Self>)

  /// out = x, rounded from double precision.
  static func fromDouble(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Self>)

  /// out = x in double precision.
  static func toDouble(count n: Int, x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Double>)

  /// out = value.
  static func fill(count n: Int, value: Self, into out: UnsafeMutablePointer<Self>)

  /// Σ x.
  static func sum(count n: Int, x: UnsafePointer<Self>) -> Self

  /// The number of elements that are 0.
  static func zeros(count n: Int, x: UnsafePointer<Self>) -> Int

  /// Σ x y.
  static func dot(count n: Int, x: UnsafePointer<Self>, y: UnsafePointer<Self>) -> Self

  /// Index of the first element that is NaN or infinite, or -1.
  static func firstNotFinite(count n: Int, x: UnsafePointer<Self>) -> Int

  /// Tiles the 4×8 xoshiro256+ generators in `state`; out is uniform on [0, 1).
  static func uniform(
    state: UnsafeMutablePointer<UInt64>, count n: Int, into out: UnsafeMutablePointer<Self>)

  /// out = ±scale, the sign of out − ½: random signs from uniforms.
  static func signs(count n: Int, scale: Self, into out: UnsafeMutablePointer<Self>)
}

extension Float: ElementwiseKernels {
  public static func activate(
    activation: Int32, p: Double, count n: Int, y: UnsafePointer<Float>,
    a: UnsafeMutablePointer<Float>, r: UnsafeMutablePointer<Float>?
  ) {
    ik_activate_f32(activation, p, n, y, a, r)
  }

  public static func exp(
    count n: Int, x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_exp_f32(n, x, out)
  }

  public static func log(
    count n: Int, x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_log_f32(n, x, out)
  }

  public static func multiply(
    count n: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_multiply_f32(n, x, y, out)
  }

  public static func multiplySquared(
    count n: Int, r: UnsafePointer<Float>, m: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_multiply_squared_f32(n, r, m, out)
  }

  public static func square(
    count n: Int, x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_square_f32(n, x, out)
  }

  public static func squareRoot(
    count n: Int, x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_square_root_f32(n, x, out)
  }

  public static func addToDiagonal(
    count n: Int, value: Float, a: UnsafeMutablePointer<Float>, ld: Int
  ) {
    ik_add_to_diagonal_f32(n, value, a, ld)
  }

  public static func addConstant(count n: Int, value: Float, into out: UnsafeMutablePointer<Float>)
  {
    ik_add_constant_f32(n, value, out)
  }

  public static func shrinkage(count n: Int, s: Float, into out: UnsafeMutablePointer<Float>) {
    ik_shrinkage_f32(n, s, out)
  }

  public static func multiplyAdds256(count n: Int) -> Float {
    ik_multiply_adds_256_f32(n)
  }

  public static func multiplyAdds512(count n: Int) -> Float {
    ik_multiply_adds_512_f32(n)
  }

  public static func scaledSquare(
    count n: Int, scale: Float, r: UnsafePointer<Float>, accumulate: Bool,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_scaled_square_f32(n, scale, r, accumulate ? 1 : 0, out)
  }

  public static func addScaled(
    count n: Int, x: UnsafePointer<Float>, alpha: Float, y: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_add_scaled_f32(n, x, alpha, y, out)
  }

  public static func scaleAdd(
    count n: Int, alpha: Float, x: UnsafePointer<Float>, beta: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_scale_add_f32(n, alpha, x, beta, out)
  }

  public static func fromDouble(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_from_double_f32(n, x, out)
  }

  public static func toDouble(
    count n: Int, x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_to_double_f32(n, x, out)
  }

  public static func fill(count n: Int, value: Float, into out: UnsafeMutablePointer<Float>) {
    ik_fill_f32(n, value, out)
  }

  public static func sum(count n: Int, x: UnsafePointer<Float>) -> Float {
    ik_sum_f32(n, x)
  }

  public static func zeros(count n: Int, x: UnsafePointer<Float>) -> Int {
    ik_zeros_f32(n, x)
  }

  public static func dot(count n: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>) -> Float {
    ik_dot_f32(n, x, y)
  }

  public static func firstNotFinite(count n: Int, x: UnsafePointer<Float>) -> Int {
    ik_first_not_finite_f32(n, x)
  }

  public static func uniform(
    state: UnsafeMutablePointer<UInt64>, count n: Int, into out: UnsafeMutablePointer<Float>
  ) {
    ik_uniform_f32(state, n, out)
  }

  public static func signs(count n: Int, scale: Float, into out: UnsafeMutablePointer<Float>) {
    ik_signs_f32(n, scale, out)
  }
}

extension Double: ElementwiseKernels {
  public static func activate(
    activation: Int32, p: Double, count n: Int, y: UnsafePointer<Double>,
    a: UnsafeMutablePointer<Double>, r: UnsafeMutablePointer<Double>?
  ) {
    ik_activate_f64(activation, p, n, y, a, r)
  }

  public static func exp(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_exp_f64(n, x, out)
  }

  public static func log(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_log_f64(n, x, out)
  }

  public static func multiply(
    count n: Int, x: UnsafePointer<Double>, y: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_multiply_f64(n, x, y, out)
  }

  public static func multiplySquared(
    count n: Int, r: UnsafePointer<Double>, m: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_multiply_squared_f64(n, r, m, out)
  }

  public static func square(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_square_f64(n, x, out)
  }

  public static func squareRoot(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_square_root_f64(n, x, out)
  }

  public static func addToDiagonal(
    count n: Int, value: Double, a: UnsafeMutablePointer<Double>, ld: Int
  ) {
    ik_add_to_diagonal_f64(n, value, a, ld)
  }

  public static func addConstant(
    count n: Int, value: Double, into out: UnsafeMutablePointer<Double>
  ) {
    ik_add_constant_f64(n, value, out)
  }

  public static func shrinkage(count n: Int, s: Double, into out: UnsafeMutablePointer<Double>) {
    ik_shrinkage_f64(n, s, out)
  }

  public static func multiplyAdds256(count n: Int) -> Double {
    ik_multiply_adds_256_f64(n)
  }

  public static func multiplyAdds512(count n: Int) -> Double {
    ik_multiply_adds_512_f64(n)
  }

  public static func scaledSquare(
    count n: Int, scale: Double, r: UnsafePointer<Double>, accumulate: Bool,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_scaled_square_f64(n, scale, r, accumulate ? 1 : 0, out)
  }

  public static func addScaled(
    count n: Int, x: UnsafePointer<Double>, alpha: Double, y: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_add_scaled_f64(n, x, alpha, y, out)
  }

  public static func scaleAdd(
    count n: Int, alpha: Double, x: UnsafePointer<Double>, beta: Double,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_scale_add_f64(n, alpha, x, beta, out)
  }

  public static func fromDouble(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_from_double_f64(n, x, out)
  }

  public static func toDouble(
    count n: Int, x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_to_double_f64(n, x, out)
  }

  public static func fill(count n: Int, value: Double, into out: UnsafeMutablePointer<Double>) {
    ik_fill_f64(n, value, out)
  }

  public static func sum(count n: Int, x: UnsafePointer<Double>) -> Double {
    ik_sum_f64(n, x)
  }

  public static func zeros(count n: Int, x: UnsafePointer<Double>) -> Int {
    ik_zeros_f64(n, x)
  }

  public static func dot(count n: Int, x: UnsafePointer<Double>, y: UnsafePointer<Double>) -> Double
  {
    ik_dot_f64(n, x, y)
  }

  public static func firstNotFinite(count n: Int, x: UnsafePointer<Double>) -> Int {
    ik_first_not_finite_f64(n, x)
  }

  public static func uniform(
    state: UnsafeMutablePointer<UInt64>, count n: Int, into out: UnsafeMutablePointer<Double>
  ) {
    ik_uniform_f64(state, n, out)
  }

  public static func signs(count n: Int, scale: Double, into out: UnsafeMutablePointer<Double>) {
    ik_signs_f64(n, scale, out)
  }
}

extension ElementwiseKernels where Self: Scalar {
  /// out ← keep·out, and 0 for keep = 0 whatever was there.
  public static func rescale(count: Int, keep: Self, out: UnsafeMutablePointer<Self>) {
    if keep == 0 {
      fill(count: count, value: 0, into: out)
    } else if keep != 1 {
      scaleAdd(count: count, alpha: 0, x: out, beta: keep, into: out)
    }
  }
}
