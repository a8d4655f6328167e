import CIntrinsicKernels

/// Output models of classes on units × batch: softmax, p = eᵃ/Σ eᵃ, and spherical, p = a²/Σ a².
public protocol ClassKernels {
  /// loss = −ln p_target, b = −∂loss/∂a for p = softmax a.
  static func softmaxLoss(
    units: Int, batch: Int, a: UnsafePointer<Self>, target: UnsafePointer<Int32>,
    loss: UnsafeMutablePointer<Self>, b: UnsafeMutablePointer<Self>)

  /// loss = −ln p_target, b = −∂loss/∂a for p = a²/Σ a².
  static func sphericalLoss(
    units: Int, batch: Int, a: UnsafePointer<Self>, target: UnsafePointer<Int32>,
    loss: UnsafeMutablePointer<Self>, b: UnsafeMutablePointer<Self>)

  /// p = a²/Σ a² over the rows of each column.
  static func sphericalProbabilities(
    units: Int, batch: Int, a: UnsafePointer<Self>, p: UnsafeMutablePointer<Self>)

  /// The diagonal of the Fisher matrix on a for softmax; `logsum` is scratch of batch scalars.
  static func softmaxModulus(
    units: Int, batch: Int, a: UnsafePointer<Self>, logsum: UnsafeMutablePointer<Self>,
    m: UnsafeMutablePointer<Self>)

  /// The diagonal of the Fisher matrix on a for p = a²/Σ a².
  static func sphericalModulus(
    units: Int, batch: Int, a: UnsafePointer<Self>, m: UnsafeMutablePointer<Self>)

  /// Vectors d, e, v for which L_kq = d_q [k = q] − e_q v_k has L Lᵀ = the Fisher matrix on a, for softmax.
  static func softmaxFactor(
    units: Int, batch: Int, a: UnsafePointer<Self>, d: UnsafeMutablePointer<Self>,
    e: UnsafeMutablePointer<Self>, v: UnsafeMutablePointer<Self>)

  /// Vectors d, e, v as ``softmaxFactor(units:batch:a:d:e:v:)`` has them, for p = a²/Σ a².
  static func sphericalFactor(
    units: Int, batch: Int, a: UnsafePointer<Self>, d: UnsafeMutablePointer<Self>,
    e: UnsafeMutablePointer<Self>, v: UnsafeMutablePointer<Self>)

  /// out[k][q·batch + x] = L_k,first+q(x) for q < count.
  static func fisherColumns(
    units: Int, batch: Int, first: Int, count: Int, d: UnsafePointer<Self>, e: UnsafePointer<Self>,
    v: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// out[k][q·batch + x] = scale·b_k(y) for a class y drawn with the uniform u[q·batch + x]; `p` is scratch
  /// of (units + 1)·batch scalars.
  static func softmaxSampled(
    units: Int, batch: Int, samples: Int, a: UnsafePointer<Self>, p: UnsafeMutablePointer<Self>,
    u: UnsafePointer<Self>, scale: Self, into out: UnsafeMutablePointer<Self>)

  /// ``softmaxSampled(units:batch:samples:a:p:u:scale:into:)`` for p = a²/Σ a².
  static func sphericalSampled(
    units: Int, batch: Int, samples: Int, a: UnsafePointer<Self>, p: UnsafeMutablePointer<Self>,
    u: UnsafePointer<Self>, scale: Self, into out: UnsafeMutablePointer<Self>)
}

extension Float: ClassKernels {
  public static func softmaxLoss(
    units: Int, batch: Int, a: UnsafePointer<Float>, target: UnsafePointer<Int32>,
    loss: UnsafeMutablePointer<Float>, b: UnsafeMutablePointer<Float>
  ) {
    ik_softmax_loss_f32(units, batch, a, target, loss, b)
  }

  public static func sphericalLoss(
    units: Int, batch: Int, a: UnsafePointer<Float>, target: UnsafePointer<Int32>,
    loss: UnsafeMutablePointer<Float>, b: UnsafeMutablePointer<Float>
  ) {
    ik_spherical_loss_f32(units, batch, a, target, loss, b)
  }

  public static func sphericalProbabilities(
    units: Int, batch: Int, a: UnsafePointer<Float>, p: UnsafeMutablePointer<Float>
  ) {
    ik_spherical_probabilities_f32(units, batch, a, p)
  }

  public static func softmaxModulus(
    units: Int, batch: Int, a: UnsafePointer<Float>, logsum: UnsafeMutablePointer<Float>,
    m: UnsafeMutablePointer<Float>
  ) {
    ik_softmax_modulus_f32(units, batch, a, logsum, m)
  }

  public static func sphericalModulus(
    units: Int, batch: Int, a: UnsafePointer<Float>, m: UnsafeMutablePointer<Float>
  ) {
    ik_spherical_modulus_f32(units, batch, a, m)
  }

  public static func softmaxFactor(
    units: Int, batch: Int, a: UnsafePointer<Float>, d: UnsafeMutablePointer<Float>,
    e: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>
  ) {
    ik_softmax_factor_f32(units, batch, a, d, e, v)
  }

  public static func sphericalFactor(
    units: Int, batch: Int, a: UnsafePointer<Float>, d: UnsafeMutablePointer<Float>,
    e: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>
  ) {
    ik_spherical_factor_f32(units, batch, a, d, e, v)
  }

  public static func fisherColumns(
    units: Int, batch: Int, first: Int, count: Int, d: UnsafePointer<Float>,
    e: UnsafePointer<Float>, v: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    ik_fisher_columns_f32(units, batch, first, count, d, e, v, out)
  }

  public static func softmaxSampled(
    units: Int, batch: Int, samples: Int, a: UnsafePointer<Float>, p: UnsafeMutablePointer<Float>,
    u: UnsafePointer<Float>, scale: Float, into out: UnsafeMutablePointer<Float>
  ) {
    ik_softmax_sampled_f32(units, batch, samples, a, p, u, scale, out)
  }

  public static func sphericalSampled(
    units: Int, batch: Int, samples: Int, a: UnsafePointer<Float>, p: UnsafeMutablePointer<Float>,
    u: UnsafePointer<Float>, scale: Float, into out: UnsafeMutablePointer<Float>
  ) {
    ik_spherical_sampled_f32(units, batch, samples, a, p, u, scale, out)
  }
}

extension Double: ClassKernels {
  public static func softmaxLoss(
    units: Int, batch: Int, a: UnsafePointer<Double>, target: UnsafePointer<Int32>,
    loss: UnsafeMutablePointer<Double>, b: UnsafeMutablePointer<Double>
  ) {
    ik_softmax_loss_f64(units, batch, a, target, loss, b)
  }

  public static func sphericalLoss(
    units: Int, batch: Int, a: UnsafePointer<Double>, target: UnsafePointer<Int32>,
    loss: UnsafeMutablePointer<Double>, b: UnsafeMutablePointer<Double>
  ) {
    ik_spherical_loss_f64(units, batch, a, target, loss, b)
  }

  public static func sphericalProbabilities(
    units: Int, batch: Int, a: UnsafePointer<Double>, p: UnsafeMutablePointer<Double>
  ) {
    ik_spherical_probabilities_f64(units, batch, a, p)
  }

  public static func softmaxModulus(
    units: Int, batch: Int, a: UnsafePointer<Double>, logsum: UnsafeMutablePointer<Double>,
    m: UnsafeMutablePointer<Double>
  ) {
    ik_softmax_modulus_f64(units, batch, a, logsum, m)
  }

  public static func sphericalModulus(
    units: Int, batch: Int, a: UnsafePointer<Double>, m: UnsafeMutablePointer<Double>
  ) {
    ik_spherical_modulus_f64(units, batch, a, m)
  }

  public static func softmaxFactor(
    units: Int, batch: Int, a: UnsafePointer<Double>, d: UnsafeMutablePointer<Double>,
    e: UnsafeMutablePointer<Double>, v: UnsafeMutablePointer<Double>
  ) {
    ik_softmax_factor_f64(units, batch, a, d, e, v)
  }

  public static func sphericalFactor(
    units: Int, batch: Int, a: UnsafePointer<Double>, d: UnsafeMutablePointer<Double>,
    e: UnsafeMutablePointer<Double>, v: UnsafeMutablePointer<Double>
  ) {
    ik_spherical_factor_f64(units, batch, a, d, e, v)
  }

  public static func fisherColumns(
    units: Int, batch: Int, first: Int, count: Int, d: UnsafePointer<Double>,
    e: UnsafePointer<Double>, v: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    ik_fisher_columns_f64(units, batch, first, count, d, e, v, out)
  }

  public static func softmaxSampled(
    units: Int, batch: Int, samples: Int, a: UnsafePointer<Double>, p: UnsafeMutablePointer<Double>,
    u: UnsafePointer<Double>, scale: Double, into out: UnsafeMutablePointer<Double>
  ) {
    ik_softmax_sampled_f64(units, batch, samples, a, p, u, scale, out)
  }

  public static func sphericalSampled(
    units: Int, batch: Int, samples: Int, a: UnsafePointer<Double>, p: UnsafeMutablePointer<Double>,
    u: UnsafePointer<Double>, scale: Double, into out: UnsafeMutablePointer<Double>
  ) {
    ik_spherical_sampled_f64(units, batch, samples, a, p, u, scale, out)
  }
}
