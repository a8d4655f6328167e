import CIntrinsicKernels

/// Groups of P units whose activity is a vector: P rows of n samples a group, one group after the other.
///
/// Matrices of a group, its Jacobian R_cd = ∂a_c/∂y_d and moduli, are P² rows of n, row c · P + d for entry (c, d).
public protocol GroupKernels {
  /// a = softmax y within each group and, unless `r` is nil, R; the memory of a may be that of y.
  static func groupSoftmax(
    groups: Int, size: Int, count n: Int, y: UnsafePointer<Self>, a: UnsafeMutablePointer<Self>,
    r: UnsafeMutablePointer<Self>?)

  /// a = tanh(‖y‖) y/‖y‖ of each group and, unless `r` is nil, R; the memory of a may be that of y.
  static func groupRadial(
    groups: Int, size: Int, count n: Int, y: UnsafePointer<Self>, a: UnsafeMutablePointer<Self>,
    r: UnsafeMutablePointer<Self>?)

  /// b ← Rᵀ b, for b with `repeats` columns a sample.
  static func groupReduce(
    groups: Int, size: Int, count n: Int, repeats: Int, r: UnsafePointer<Self>,
    b: UnsafeMutablePointer<Self>)

  /// C_cd = Σ_q s_c^q s_d^q, for s with `repeats` columns a sample in rows of lds.
  static func groupProducts(
    groups: Int, size: Int, count n: Int, repeats: Int, s: UnsafePointer<Self>, lds: Int,
    into c: UnsafeMutablePointer<Self>)

  /// C = Rᵀ Φ R, in other memory than Φ.
  static func groupCongruence(
    groups: Int, size: Int, count n: Int, r: UnsafePointer<Self>, phi: UnsafePointer<Self>,
    into c: UnsafeMutablePointer<Self>)

  /// out_{place_i} = w_{first_i} w_{second_i}.
  static func pairProducts(
    count n: Int, first: UnsafePointer<Int32>, second: UnsafePointer<Int32>,
    place: UnsafePointer<Int32>, w: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)
}

extension Float: GroupKernels {
  public static func groupSoftmax(
    groups: Int, size: Int, count n: Int, y: UnsafePointer<Float>, a: UnsafeMutablePointer<Float>,
    r: UnsafeMutablePointer<Float>?
  ) {
    ik_group_softmax_f32(groups, size, n, y, a, r)
  }

  public static func groupRadial(
    groups: Int, size: Int, count n: Int, y: UnsafePointer<Float>, a: UnsafeMutablePointer<Float>,
    r: UnsafeMutablePointer<Float>?
  ) {
    ik_group_radial_f32(groups, size, n, y, a, r)
  }

  public static func groupReduce(
    groups: Int, size: Int, count n: Int, repeats: Int, r: UnsafePointer<Float>,
    b: UnsafeMutablePointer<Float>
  ) {
    ik_group_reduce_f32(groups, size, n, repeats, r, b)
  }

  public static func groupProducts(
    groups: Int, size: Int, count n: Int, repeats: Int, s: UnsafePointer<Float>, lds: Int,
    into c: UnsafeMutablePointer<Float>
  ) {
    ik_group_products_f32(groups, size, n, repeats, s, lds, c)
  }

  public static func groupCongruence(
    groups: Int, size: Int, count n: Int, r: UnsafePointer<Float>, phi: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    ik_group_congruence_f32(groups, size, n, r, phi, c)
  }

  public static func pairProducts(
    count n: Int, first: UnsafePointer<Int32>, second: UnsafePointer<Int32>,
    place: UnsafePointer<Int32>, w: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_pair_products_f32(n, first, second, place, w, out)
  }
}

extension Double: GroupKernels {
  public static func groupSoftmax(
    groups: Int, size: Int, count n: Int, y: UnsafePointer<Double>, a: UnsafeMutablePointer<Double>,
    r: UnsafeMutablePointer<Double>?
  ) {
    ik_group_softmax_f64(groups, size, n, y, a, r)
  }

  public static func groupRadial(
    groups: Int, size: Int, count n: Int, y: UnsafePointer<Double>, a: UnsafeMutablePointer<Double>,
    r: UnsafeMutablePointer<Double>?
  ) {
    ik_group_radial_f64(groups, size, n, y, a, r)
  }

  public static func groupReduce(
    groups: Int, size: Int, count n: Int, repeats: Int, r: UnsafePointer<Double>,
    b: UnsafeMutablePointer<Double>
  ) {
    ik_group_reduce_f64(groups, size, n, repeats, r, b)
  }

  public static func groupProducts(
    groups: Int, size: Int, count n: Int, repeats: Int, s: UnsafePointer<Double>, lds: Int,
    into c: UnsafeMutablePointer<Double>
  ) {
    ik_group_products_f64(groups, size, n, repeats, s, lds, c)
  }

  public static func groupCongruence(
    groups: Int, size: Int, count n: Int, r: UnsafePointer<Double>, phi: UnsafePointer<Double>,
    into c: UnsafeMutablePointer<Double>
  ) {
    ik_group_congruence_f64(groups, size, n, r, phi, c)
  }

  public static func pairProducts(
    count n: Int, first: UnsafePointer<Int32>, second: UnsafePointer<Int32>,
    place: UnsafePointer<Int32>, w: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_pair_products_f64(n, first, second, place, w, out)
  }
}
