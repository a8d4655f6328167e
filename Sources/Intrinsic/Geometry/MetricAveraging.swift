/// How a metric is averaged over training: A⁽ᵗ⁾ = (1 − γ) A⁽ᵗ⁻¹⁾ + γ A(x_t) (Ollivier 2015, §1.3).
public struct MetricAveraging: Hashable, Sendable, Codable {
  /// γ, the weight of the new estimate; 1 forgets everything before. Well below 1/d for d incoming
  /// parameters when single samples come in.
  public var rate = 1.0
  /// ε added to A⁽⁰⁾, the first estimate; it fades with it.
  public var initialDamping = 0.0
  /// Steps between two estimates.
  public var refreshInterval = 1
  /// The part of each batch from which the metric is estimated.
  public var batchFraction = 1.0

  public init(
    rate: Double = 1, initialDamping: Double = 0, refreshInterval: Int = 1,
    batchFraction: Double = 1
  ) {
    self.rate = rate
    self.initialDamping = initialDamping
    self.refreshInterval = refreshInterval
    self.batchFraction = batchFraction
  }

  /// A fresh metric at every step from the whole batch.
  public static let memoryless = MetricAveraging()

  var isMemoryless: Bool { rate == 1 && initialDamping == 0 }

  /// - Throws: if a value is out of its range.
  func check() throws(MetricError) {
    if !(rate > 0 && rate <= 1) {
      throw .invalidAveraging("a rate of \(rate); it must be above 0 and at most 1")
    }
    if !(initialDamping >= 0 && initialDamping.isFinite) {
      throw .invalidAveraging("an initial damping of \(initialDamping); it must be finite and ≥ 0")
    }
    if refreshInterval < 1 {
      throw .invalidAveraging("a refresh every \(refreshInterval) steps; it must be at least 1")
    }
    if !(batchFraction > 0 && batchFraction <= 1) {
      throw .invalidAveraging("a batch fraction of \(batchFraction); it must be in (0, 1]")
    }
  }
}
