import Foundation

/// Summaries of repeated measurements.
extension [Double] {
  /// The arithmetic mean. The list must not be empty.
  package var mean: Double {
    precondition(!isEmpty, "The mean of no values is undefined.")
    return reduce(0, +) / Double(count)
  }

  /// The sample standard deviation, √(Σ (x − mean)² / (n − 1)).
  ///
  /// NaN for a single value, whose spread is unknown. The list must not be empty.
  package var standardDeviation: Double {
    let center = mean
    let squares = reduce(0) { $0 + ($1 - center) * ($1 - center) }
    return (squares / Double(count - 1)).squareRoot()
  }

  /// The standard error of the mean, standard deviation / √n.
  ///
  /// NaN for a single value. The list must not be empty.
  package var standardError: Double {
    standardDeviation / Double(count).squareRoot()
  }

  /// The value with as many values below as above: `quantile(0.5)`.
  package var median: Double { quantile(0.5) }

  /// The value below which a given fraction of the values lies.
  ///
  /// Sorted values x₀ … xₙ₋₁ are interpolated linearly at position `fraction`·(n − 1), as R (type
  /// 7) and NumPy do by default.
  ///
  /// - Parameter fraction: From 0 (the least value) to 1 (the greatest).
  /// - Returns: NaN if any value is NaN.
  package func quantile(_ fraction: Double) -> Double {
    precondition(!isEmpty, "The quantile of no values is undefined.")
    precondition((0...1).contains(fraction), "The fraction \(fraction) is outside 0…1.")
    if contains(where: \.isNaN) { return .nan }
    let values = sorted()
    let position = fraction * Double(count - 1)
    let below = Int(position)
    let weight = position - Double(below)
    // Not below + weight · (above − below): that is NaN for equal infinite neighbours.
    if weight == 0 || values[below] == values[below + 1] { return values[below] }
    return (1 - weight) * values[below] + weight * values[below + 1]
  }

  /// The mean and, of several values, the standard deviation, such as `2.50 ± 0.71`.
  ///
  /// - Parameter digits: Those after the decimal point.
  package func meanText(digits: Int) -> String {
    let mean = String(format: "%.*f", digits, mean)
    return count < 2 ? mean : mean + String(format: " ± %.*f", digits, standardDeviation)
  }
}
