/// The moments of the hidden values h of a unit over the training examples, with 1/P.
public struct HiddenMoments: Equatable, Sendable {
  public let mean: Double
  public let standardDeviation: Double
  /// E[t³] with t = (h − mean)/standard deviation; 0 for symmetric distributions
  public let skewness: Double
  /// E[t⁴] − 3; 0 for the normal distribution, at least −2
  public let excessKurtosis: Double

  /// The moments of values, in two passes.
  ///
  /// - Throws: if there are fewer than two values, one is not finite, or all are equal.
  public init(_ values: [Double]) throws(TheoryError) {
    let count = Double(values.count)
    try TheoryError.check(
      values.count >= 2, "the number of hidden values", count, "a variance needs two")
    var sum = 0.0
    for value in values { sum += value }
    let mean = sum / count
    try TheoryError.check(mean.isFinite, "the mean hidden value", mean, "values must be finite")
    var (second, third, fourth) = (0.0, 0.0, 0.0)
    for value in values {
      let difference = value - mean
      let square = difference * difference
      second += square
      third += square * difference
      fourth += square * square
    }
    let variance = second / count
    try TheoryError.check(
      variance > 0 && fourth.isFinite, "the variance of the hidden values", variance,
      "normalization needs values that differ")
    self.mean = mean
    standardDeviation = variance.squareRoot()
    skewness = third / count / (variance * variance.squareRoot())
    excessKurtosis = fourth / count / (variance * variance) - 3
  }
}
