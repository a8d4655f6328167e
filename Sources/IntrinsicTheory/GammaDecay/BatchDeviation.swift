import Foundation

/// The mean standard deviation σ_B of a batch of M samples from the standard normal distribution,
/// variance with 1/M, and means of its powers: Luo et al. 2019, C.3.
///
/// Mσ_B² has the χ² distribution with M − 1 degrees of freedom. Relative errors are about M·10⁻¹⁵ or
/// less, because all means tend to 1 and only their differences matter.
public enum BatchDeviation {
  /// E[σ_B] = √(2/M) Γ(M/2)/Γ((M − 1)/2)
  ///
  /// - Throws: unless M ≥ 2.
  public static func mean(batch: Int) throws(TheoryError) -> Double {
    try check(batch, atLeast: 2)
    let m = Double(batch)
    // Γ(x + ½)/Γ(x) at x = (M − 1)/2, by that at x + ½ which is always known.
    return (2 / m).squareRoot() * ((m - 1) / 2) / gammaRatio((m + 1) / 2)
  }

  /// E[1/σ_B] = √(M/2) Γ((M − 2)/2)/Γ((M − 1)/2)
  ///
  /// - Throws: unless M ≥ 3; with two samples the mean does not exist.
  public static func meanInverse(batch: Int) throws(TheoryError) -> Double {
    try check(batch, atLeast: 3)
    let m = Double(batch)
    return (m / 2).squareRoot() / gammaRatio((m - 1) / 2)
  }

  /// E[1/σ_B²] = M/(M − 3)
  ///
  /// - Throws: unless M ≥ 4; with fewer samples the mean does not exist.
  public static func meanInverseSquare(batch: Int) throws(TheoryError) -> Double {
    try check(batch, atLeast: 4)
    return Double(batch) / Double(batch - 3)
  }

  /// E[(1/σ_B − 1)²] = 1 + M/(M − 3) − 2 E[1/σ_B]
  ///
  /// - Throws: unless M ≥ 4; with fewer samples the mean does not exist.
  public static func inverseSpread(batch: Int) throws(TheoryError) -> Double {
    try check(batch, atLeast: 4)
    let m = Double(batch)
    let inverse = try meanInverse(batch: batch)
    if batch < seriesStart { return 1 + m / (m - 3) - 2 * inverse }
    // Differences from 1, to keep the digits that cancel.
    return 3 / (m - 3) - 2 * expm1(0.5 * log(m / (m - 1)) + logRatioExcess((m - 1) / 2))
  }

  private static let seriesStart = 48

  private static func check(_ batch: Int, atLeast least: Int) throws(TheoryError) {
    try TheoryError.check(
      batch >= least, "the batch size M", Double(batch),
      "this mean over batches exists from M = \(least) on")
  }

  /// Γ(x)/Γ(x − ½)
  private static func gammaRatio(_ x: Double) -> Double {
    if x < Double(seriesStart) / 2 { return tgamma(x) / tgamma(x - 0.5) }
    return x.squareRoot() * exp(-logRatioExcess(x))
  }

  /// ln(√x Γ(x − ½)/Γ(x)) for large x, by Stirling's series: about 3/(8x).
  private static func logRatioExcess(_ x: Double) -> Double {
    func series(_ z: Double) -> Double {
      let s = 1 / (z * z)
      return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / z
    }
    return 0.5 + (x - 1) * log1p(-0.5 / x) + (series(x - 0.5) - series(x))
  }
}
