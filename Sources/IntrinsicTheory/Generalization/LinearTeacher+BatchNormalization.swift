extension LinearTeacher {
  /// The error of batch normalization with batches of M, as Luo et al. 2019 have it: that of weight
  /// normalization with the gamma decay ζ = 1/(2M).
  ///
  /// - Throws: unless M ≥ 2.
  public func batchNormalizationError(batch: Int) throws(TheoryError) -> Double {
    try error(decay: GammaDecay.linear(batch: batch))
  }

  /// The error of batch normalization with batches of M at the end of training on P ≫ M examples.
  ///
  /// With the student γ (h − μ_B)/σ_B, h = ⟨w, x⟩, the loss of a batch is
  /// γ² − 2γ cov_B(h, y)/σ_B(h) + ⟨y²⟩_B: no batch noise is left in its quadratic term. By the
  /// inequality of Cauchy and Schwarz, where the examples can be interpolated (α < 1), h = y is best
  /// on every single batch, whatever M; for α > 1, among joint normal h and y the best is that of
  /// greatest correlation, least squares. What is left of the noise is the scale
  /// γ = c E_B σ_B(h)/σ(h), c = ``BatchDeviation/mean(batch:)`` = 1 − 3/(4M) + …: the student is the
  /// pseudo-inverse solution times c, without any ridge. Its error,
  ///
  ///     max(0, 1 − α) + (1 − c)² min(α, 1) + c² (vanilla error due to noise)
  ///
  /// is infinite at α = 1. The penalty of Theorem 1 is an average over the training examples; on
  /// them, σ(h) is not the |w|/√N that gamma decay takes it for.
  ///
  /// - Throws: unless M ≥ 2.
  public func convergedBatchNormalizationError(batch: Int) throws(TheoryError) -> Double {
    let scale = try BatchDeviation.mean(batch: batch)
    let unseen = max(0, 1 - load)
    let fromNoise = gradientDescentError - unseen
    return unseen + (1 - scale) * (1 - scale) * min(load, 1) + scale * scale * fromNoise
  }
}
