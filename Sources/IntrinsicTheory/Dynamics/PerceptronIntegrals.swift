import Foundation

/// The averages over inputs that drive a student perceptron g(u) of a teacher g(v): Luo et al. 2019,
/// §3.1.
///
/// u and v are normal with mean 0, standard deviations Q (the student's norm) and 1, and correlation
/// R (the overlap); δ = g′(u) (g(v) − g(u)).
public struct PerceptronIntegrals: Equatable, Sendable {
  /// I₁ = ⟨δ u⟩
  public let student: Double
  /// I₂ = ⟨δ²⟩, for inputs of length 1
  public let squared: Double
  /// I₃ = ⟨δ v⟩
  public let teacher: Double
  /// ½ ⟨(g(v) − g(u))²⟩, the student's generalization error
  public let error: Double

  /// Accurate to 10⁻¹¹ at worst, relative to 1 or the value if that is greater; closed forms, for
  /// ReLU, identity and erf, to rounding error.
  ///
  /// - Parameters:
  ///   - activation: g.
  ///   - scale: Q > 0.
  ///   - overlap: R in [−1, 1].
  /// - Throws: if an argument is out of range, or the quadrature does not converge.
  public init(
    _ activation: PerceptronActivation, scale: Double, overlap: Double
  ) throws(TheoryError) {
    try TheoryError.check(
      scale > 0 && scale.isFinite, "the norm of the student", scale, "it must be positive")
    try TheoryError.check(
      abs(overlap) <= 1, "the overlap", overlap, "a cosine lies between −1 and 1")
    switch activation.closedForm {
    case .relu: self.init(reluScale: scale, overlap: overlap)
    case .identity: self.init(identityScale: scale, overlap: overlap)
    case .error: self.init(errorScale: scale, overlap: overlap)
    case nil:
      let (g, slope) = (activation.value, activation.derivative)
      let means = try GaussianMean.overPair(scale: scale, correlation: overlap) { u, v in
        let difference = g(v) - g(u)
        let delta = slope(u) * difference
        return SIMD4(delta * u, delta * delta, delta * v, difference * difference / 2)
      }
      self.init(student: means[0], squared: means[1], teacher: means[2], error: means[3])
    }
  }

  private init(student: Double, squared: Double, teacher: Double, error: Double) {
    self.student = student
    self.squared = squared
    self.teacher = teacher
    self.error = error
  }

  /// Luo et al. 2019, C.5–C.6.
  private init(reluScale q: Double, overlap r: Double) {
    let root = ((1 - r) * (1 + r)).squareRoot()
    // ⟨[u]₊ [v]₊⟩ and ⟨1(u > 0) [v]₊ v⟩
    let product = q * (.pi * r + 2 * root + 2 * r * asin(r)) / (4 * .pi)
    let square = (.pi + 2 * r * root + 2 * asin(r)) / (4 * .pi)
    self.init(
      student: product - q * q / 2, squared: q * q / 2 + square - 2 * product,
      teacher: square - q * r / 2, error: (q * q / 2 + 0.5 - 2 * product) / 2)
  }

  private init(identityScale q: Double, overlap r: Double) {
    let squared = (1 - q) * (1 - q) + 2 * q * (1 - r)
    self.init(student: q * r - q * q, squared: squared, teacher: 1 - q * r, error: squared / 2)
  }

  /// Gaussian integrals of products of error functions (Saad and Solla 1995).
  private init(errorScale q: Double, overlap r: Double) {
    let (student, teacher, common) = (q * q, 1.0, q * r)
    // ⟨g(x) g(y)⟩ for variances a, b and covariance c
    func product(_ a: Double, _ b: Double, _ c: Double) -> Double {
      2 / .pi * asin(c / ((1 + a) * (1 + b)).squareRoot())
    }
    // ⟨g′(u) g(y) x⟩ with the covariances of (u, y), (u, x), (y, x), and the variance of y
    func driven(_ uy: Double, _ ux: Double, _ yx: Double, _ yy: Double) -> Double {
      let root = ((1 + student) * (1 + yy) - uy * uy).squareRoot()
      return 2 / .pi * (yx * (1 + student) - uy * ux) / ((1 + student) * root)
    }
    // ⟨g′(u)² g(x) g(y)⟩: g′² is the density of a normal variable of variance ½ at 0, so that u
    // has the variance Q²/(1 + 2Q²), and x, y what that leaves them.
    func weighted(_ xx: Double, _ yy: Double, _ xy: Double, _ ux: Double, _ uy: Double) -> Double {
      let shrink = 2 / (1 + 2 * student)
      return 2 / (.pi * (1 + 2 * student).squareRoot())
        * product(xx - shrink * ux * ux, yy - shrink * uy * uy, xy - shrink * ux * uy)
    }
    self.init(
      student: driven(common, student, common, teacher)
        - driven(student, student, student, student),
      squared: weighted(teacher, teacher, teacher, common, common)
        - 2 * weighted(teacher, student, common, common, student)
        + weighted(student, student, student, student, student),
      teacher: driven(common, common, teacher, teacher)
        - driven(student, common, common, student),
      error: (product(teacher, teacher, teacher) - 2 * product(student, teacher, common)
        + product(student, student, student)) / 2)
  }
}
