/// What keeps the inverse of a metric from exploding. The amounts are independent and may be
/// combined.
///
/// Adding ε Id to A is what the papers do, and it breaks invariance. The other three keep it: they
/// leave A of the form E[ã ãᵀ c′], or act on numbers that no affine change of activities alters.
public struct Damping: Hashable, Sendable, Codable {
  /// ε in A + ε Id (Ollivier 2015, Remark 12), with A a mean over samples; for the quasi-diagonal
  /// reduction A_00 + ε and A_ii + ε.
  public var additive = 0.0
  /// ε in F_out + ε Id: the metric of the output model is bounded below before it is propagated, so
  /// that moduli survive when outputs grow confident. It refers to what the model is about,
  /// probabilities for Bernoulli, so that tanh and sigmoid outputs mean the same. Fisher sources
  /// only.
  public var output = 0.0
  /// ε in c_k(x) + ε E[c_k]: no sample leaves a unit without metric. Reduced metrics only.
  public var modulusFloor = 0.0
  /// λ in δw_i/(1 + λ κ_i/B), κ_i the kurtosis of activity i and B the number of samples that the
  /// metric saw: an input that is rarely active has few effective samples, whatever its scale.
  /// Quasi-diagonal and diagonal reductions only.
  public var kurtosis = 0.0
  /// If given, the matrix is inverted by its Moore–Penrose pseudo-inverse (Ollivier 2015, §3.3):
  /// eigenvalues below this fraction of the largest count as zero. It selects the step of least
  /// norm, which is not invariant. Unitwise and full metrics only.
  public var pseudoInverse: Double?

  public init(
    additive: Double = 0, output: Double = 0, modulusFloor: Double = 0,
    kurtosis: Double = 0, pseudoInverse: Double? = nil
  ) {
    self.additive = additive
    self.output = output
    self.modulusFloor = modulusFloor
    self.kurtosis = kurtosis
    self.pseudoInverse = pseudoInverse
  }

  /// Nothing: the step is as invariant as the metric. Singular unit matrices are an error.
  public static let none = Damping()

  /// The papers' A + ε Id.
  public static func additive(_ epsilon: Double) -> Damping { Damping(additive: epsilon) }

  /// Whether a step with this damping is as invariant as the metric itself.
  public var keepsInvariance: Bool { additive == 0 && pseudoInverse == nil }

  /// - Throws: if an amount is no number ≥ 0, or does not apply to the metric.
  func check(for metric: Metric) throws(MetricError) {
    for value in [additive, output, modulusFloor, kurtosis, pseudoInverse ?? 0]
    where !value.isFinite || value < 0 { throw .invalidDamping(value) }
    if output > 0 && metric.source == .empiricalFisher {
      throw .dampingDoesNotApply(
        "output damping needs a Fisher source; an outer product has no output metric")
    }
    let reduction = metric.reduction
    if case .path = metric, output > 0 || modulusFloor > 0 || kurtosis > 0 {
      throw .dampingDoesNotApply(
        "a path metric takes additive damping, and a pseudo-inverse if it is unitwise; it has no "
          + "output metric and needs no modulus")
    }
    if modulusFloor > 0 && reduction == nil {
      throw .dampingDoesNotApply("a modulus floor needs a unit metric; a full one has no moduli")
    }
    if modulusFloor > 0, case .reduced(.reduce, _) = metric {
      throw .dampingDoesNotApply(
        "a modulus floor needs moduli; the square of a sum over positions has none")
    }
    if kurtosis > 0 && reduction != .quasiDiagonal && reduction != .diagonal {
      throw .dampingDoesNotApply(
        "kurtosis damping needs a quasi-diagonal or diagonal metric, which treat each input "
          + "on its own")
    }
    if pseudoInverse != nil && (reduction == .quasiDiagonal || reduction == .diagonal) {
      throw .dampingDoesNotApply(
        "a pseudo-inverse needs a unitwise or full metric; the others already step by zero along "
          + "inputs without variance")
    }
  }
}
