extension Verification {
  /// How the measurement of a step agrees with what is declared.
  public enum Verdict: String, Codable, CaseIterable, Sendable {
    /// Declared invariant, and it is.
    case invariant
    /// Not declared, and a step sees the difference.
    case dependent
    /// Declared invariant, but a step sees a difference.
    case violated
    /// Not declared, but a step sees no difference.
    case undeclared
    /// There is no step to measure, for instance because a matrix is singular.
    case undefined
  }

  /// The largest deviation of a step that counts as none: rounding errors, which the inverse of a
  /// matrix with small pivots magnifies, or a step with less effect than the rounding errors of the
  /// function.
  public var tolerance: Double {
    max(1e-9, 1e-12 / (smallestPivot ?? 1), 10 * functionDeviation / (stepEffect ?? 1))
  }

  /// The measured step beside what is declared.
  public var verdict: Verdict {
    guard let stepDeviation, stepDeviation.isFinite else { return .undefined }
    return stepDeviation <= tolerance
      ? (isDeclared ? .invariant : .undeclared) : (isDeclared ? .violated : .dependent)
  }
}
