/// Batch normalization as population normalization with a penalty: the coefficient ζ of γ² by which
/// the noise of batch statistics acts, to first order in 1/M (Luo et al. 2019, Theorem 1).
///
/// A unit's loss is A(ĥ) − yĥ, ĥ = γ(h − μ_B)/σ_B + β, and h̄ the same with the population's mean and
/// deviation. With t = (h − μ)/σ and means over the examples,
///
///     ζ = (ρ + 2)/(8M) E[A″(h̄) t²]  +  E[A″(h̄)]/(2M)   (+ skew E[A″(h̄) t]/(2M))
///
/// for the excess kurtosis ρ. The last term, from the covariance of μ_B and σ_B, is missing in the
/// paper; it is of the same order, and 0 for symmetric h. The paper's ReLU has A″ the logistic
/// function, with ReLU taken for softplus.
public struct GammaDecay: Equatable, Sendable {
  /// The part due to the noise of σ_B.
  public let fromDeviation: Double
  /// The part due to the noise of μ_B.
  public let fromMean: Double
  /// The part due to their covariance.
  public let fromSkewness: Double
  /// E[A″(h̄) t²], the Fisher information of γ
  public let fisherInformation: Double
  /// E[A″(h̄)], the mean of the logistic function for ReLU
  public let meanCurvature: Double

  /// ζ of Theorem 1
  public var coefficient: Double { fromDeviation + fromMean }
  /// ζ with the covariance of mean and deviation
  public var completeCoefficient: Double { coefficient + fromSkewness }

  /// - Parameters:
  ///   - hidden: the values h of the examples.
  ///   - gamma: the scale γ.
  ///   - beta: the shift β.
  ///   - batch: M ≥ 1.
  ///   - curvature: A″.
  /// - Throws: if M < 1, or the values have no moments.
  public init(
    hidden: [Double], gamma: Double, beta: Double, batch: Int, curvature: (Double) -> Double
  ) throws(TheoryError) {
    let moments = try HiddenMoments(hidden)
    var means = SIMD3<Double>.zero
    for value in hidden {
      let t = (value - moments.mean) / moments.standardDeviation
      means += curvature(gamma * t + beta) * SIMD3(1, t, t * t)
    }
    try self.init(
      means: means / Double(hidden.count), skewness: moments.skewness,
      excessKurtosis: moments.excessKurtosis, batch: batch)
  }

  /// The same for normal h, over all of its distribution.
  ///
  /// - Throws: if M < 1, or the mean over h̄ does not converge.
  public init(
    normalWithGamma gamma: Double, beta: Double, batch: Int, curvature: (Double) -> Double
  ) throws(TheoryError) {
    let means = try GaussianMean.overOne { t in
      curvature(gamma * t + beta) * SIMD4(1, t, t * t, 0)
    }
    try self.init(
      means: SIMD3(means[0], means[1], means[2]), skewness: 0, excessKurtosis: 0, batch: batch)
  }

  /// - Parameter means: E[A″], E[A″ t] and E[A″ t²].
  private init(
    means: SIMD3<Double>, skewness: Double, excessKurtosis: Double, batch: Int
  ) throws(TheoryError) {
    try TheoryError.check(
      batch >= 1, "the batch size M", Double(batch), "a batch has at least one sample")
    let m = Double(batch)
    fisherInformation = means.z
    meanCurvature = means.x
    fromDeviation = (excessKurtosis + 2) / (8 * m) * means.z
    fromMean = means.x / (2 * m)
    fromSkewness = skewness * means.y / (2 * m)
  }

  /// A″ of ReLU, taken for softplus: the logistic function.
  public static let reluCurvature: @Sendable (Double) -> Double = { logistic($0) }
  /// A″ of the identity with the loss ½(y − ĥ)².
  public static let identityCurvature: @Sendable (Double) -> Double = { _ in 1 }

  /// ζ = 1/(2M) of a linear unit with normal h, the squared loss without ½ and no shift; half of it
  /// with the ½ (Luo et al. 2019, C.3).
  ///
  /// - Throws: unless M ≥ 2; the variance of one sample is 0.
  public static func linear(batch: Int) throws(TheoryError) -> Double {
    try TheoryError.check(
      batch >= 2, "the batch size M", Double(batch), "a batch variance needs two samples")
    return 1 / (2 * Double(batch))
  }

  /// The same without approximation in 1/M: E[(1/σ_B − 1)²]
  /// = 1 + (M/2) Γ((M − 3)/2)/Γ((M − 1)/2) − √(2M) Γ((M − 2)/2)/Γ((M − 1)/2).
  ///
  /// - Throws: unless M ≥ 4; with fewer samples the mean does not exist.
  public static func exactLinear(batch: Int) throws(TheoryError) -> Double {
    try BatchDeviation.inverseSpread(batch: batch)
  }
}
