import CIntrinsicKernels

/// Output models of independent outputs, and the softmax, on `units` rows and `batch` contiguous columns.
/// `loss` has one entry a column and is overwritten; signals are −∂loss/∂.
public protocol OutputKernels {
  /// loss = ½Σ(t−a)², b = t−a.
  static func squareLoss(
    units: Int, batch: Int, a: UnsafePointer<Self>, t: UnsafePointer<Self>,
    loss: UnsafeMutablePointer<Self>, b: UnsafeMutablePointer<Self>)

  /// Bernoulli with p = sigmoid(s·y), y the pre-activations: loss = −Σ t ln p + (1−t) ln(1−p) computed as
  /// log1p(e^−|V|) + max(V,0) − tV; signal (with respect to y) = s(t−p).
  static func bernoulliLoss(
    units: Int, batch: Int, s: Self, y: UnsafePointer<Self>, t: UnsafePointer<Self>,
    loss: UnsafeMutablePointer<Self>, signal: UnsafeMutablePointer<Self>)

  /// out = scale·(s² p(1−p)), p(1−p) = e/(1+e)², e = exp(−|s·y|): accurate at saturation.
  static func bernoulliModulus(
    count n: Int, s: Self, y: UnsafePointer<Self>, scale: Self, into out: UnsafeMutablePointer<Self>
  )

  /// out = scale·s·((u < p) − p), the signal of a target drawn from the model with uniforms u.
  static func bernoulliSampled(
    count n: Int, s: Self, y: UnsafePointer<Self>, u: UnsafePointer<Self>, scale: Self,
    into out: UnsafeMutablePointer<Self>)

  /// p = softmax over the rows of each column, logsum[x] = ln Σ e^a, both shifted by the maximum so that
  /// nothing overflows. p may equal a.
  static func softmax(
    units: Int, batch: Int, a: UnsafePointer<Self>, p: UnsafeMutablePointer<Self>,
    logsum: UnsafeMutablePointer<Self>)

  /// loss = Σ exp(−t a), b = t exp(−t a).
  static func exponentialLoss(
    units: Int, batch: Int, a: UnsafePointer<Self>, t: UnsafePointer<Self>,
    loss: UnsafeMutablePointer<Self>, b: UnsafeMutablePointer<Self>)
}

extension Float: OutputKernels {
  public static func squareLoss(
    units: Int, batch: Int, a: UnsafePointer<Float>, t: UnsafePointer<Float>,
    loss: UnsafeMutablePointer<Float>, b: UnsafeMutablePointer<Float>
  ) {
    ik_square_loss_f32(units, batch, a, t, loss, b)
  }

  public static func bernoulliLoss(
    units: Int, batch: Int, s: Float, y: UnsafePointer<Float>, t: UnsafePointer<Float>,
    loss: UnsafeMutablePointer<Float>, signal: UnsafeMutablePointer<Float>
  ) {
    ik_bernoulli_loss_f32(units, batch, s, y, t, loss, signal)
  }

  public static func bernoulliModulus(
    count n: Int, s: Float, y: UnsafePointer<Float>, scale: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_bernoulli_modulus_f32(n, s, y, scale, out)
  }

  public static func bernoulliSampled(
    count n: Int, s: Float, y: UnsafePointer<Float>, u: UnsafePointer<Float>, scale: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    ik_bernoulli_sampled_f32(n, s, y, u, scale, out)
  }

  public static func softmax(
    units: Int, batch: Int, a: UnsafePointer<Float>, p: UnsafeMutablePointer<Float>,
    logsum: UnsafeMutablePointer<Float>
  ) {
    ik_softmax_f32(units, batch, a, p, logsum)
  }

  public static func exponentialLoss(
    units: Int, batch: Int, a: UnsafePointer<Float>, t: UnsafePointer<Float>,
    loss: UnsafeMutablePointer<Float>, b: UnsafeMutablePointer<Float>
  ) {
    ik_exponential_loss_f32(units, batch, a, t, loss, b)
  }
}

extension Double: OutputKernels {
  public static func squareLoss(
    units: Int, batch: Int, a: UnsafePointer<Double>, t: UnsafePointer<Double>,
    loss: UnsafeMutablePointer<Double>, b: UnsafeMutablePointer<Double>
  ) {
    ik_square_loss_f64(units, batch, a, t, loss, b)
  }

  public static func bernoulliLoss(
    units: Int, batch: Int, s: Double, y: UnsafePointer<Double>, t: UnsafePointer<Double>,
    loss: UnsafeMutablePointer<Double>, signal: UnsafeMutablePointer<Double>
  ) {
    ik_bernoulli_loss_f64(units, batch, s, y, t, loss, signal)
  }

  public static func bernoulliModulus(
    count n: Int, s: Double, y: UnsafePointer<Double>, scale: Double,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_bernoulli_modulus_f64(n, s, y, scale, out)
  }

  public static func bernoulliSampled(
    count n: Int, s: Double, y: UnsafePointer<Double>, u: UnsafePointer<Double>, scale: Double,
    into out: UnsafeMutablePointer<Double>
  ) {
    ik_bernoulli_sampled_f64(n, s, y, u, scale, out)
  }

  public static func softmax(
    units: Int, batch: Int, a: UnsafePointer<Double>, p: UnsafeMutablePointer<Double>,
    logsum: UnsafeMutablePointer<Double>
  ) {
    ik_softmax_f64(units, batch, a, p, logsum)
  }

  public static func exponentialLoss(
    units: Int, batch: Int, a: UnsafePointer<Double>, t: UnsafePointer<Double>,
    loss: UnsafeMutablePointer<Double>, b: UnsafeMutablePointer<Double>
  ) {
    ik_exponential_loss_f64(units, batch, a, t, loss, b)
  }
}
