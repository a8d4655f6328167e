import IntrinsicStudies
import Testing

struct StatisticsTests {
  @Test func `summaries agree with values worked out by hand`() {
    let values: [Double] = [2, 4, 4, 4, 5, 5, 7, 9]
    // Mean 5, squares 32, so the deviation is √(32/7) and its error √(32/7)/√8 = √(4/7).
    #expect(values.mean == 5)
    #expect(abs(values.standardDeviation - (32.0 / 7).squareRoot()) < 1e-15)
    #expect(abs(values.standardError - (4.0 / 7).squareRoot()) < 1e-15)
    #expect(values.median == 4.5)
  }

  @Test(arguments: [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.9, 3.7), (1, 4)])
  func `quantiles interpolate as NumPy does`(fraction: Double, expected: Double) {
    #expect(abs([4.0, 1, 3, 2].quantile(fraction) - expected) < 1e-15)
  }

  @Test func `one value has a place but no known spread`() {
    #expect([3.0].mean == 3 && [3.0].median == 3 && [3.0].quantile(1) == 3)
    #expect([3.0].standardDeviation.isNaN && [3.0].standardError.isNaN)
  }

  @Test func `a mean is written with its spread, if there is one`() {
    #expect([1.25].meanText(digits: 1) == "1.2" && [2.0, 3].meanText(digits: 2) == "2.50 ± 0.71")
    #expect([1.0, .nan].meanText(digits: 2).hasSuffix("nan"))
  }

  @Test func `a diverged value shows`() {
    #expect([1, .nan, 2].median.isNaN && [1, .nan, 2].mean.isNaN)
    #expect([1, .infinity, .infinity, .infinity].quantile(0.5) == .infinity)
  }
}
