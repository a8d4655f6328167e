import IntrinsicTheory

/// The coefficients of gamma decay at one batch size, for normal h.
package struct GammaDecayRow: Encodable, Sendable {
  package let batch: Int
  /// ReLU: the parts due to the noise of deviation and mean.
  package let reluFromDeviation: Double
  package let reluFromMean: Double
  package let relu: Double
  /// Identity with the squared loss, without ½ and without the part due to the mean.
  package let linear: Double
  /// The same without approximation; nil where the mean does not exist.
  package let exactLinear: Double?
}

extension TheoryReport where Row == GammaDecayRow {
  /// ζ of Theorem 1 of Luo et al. 2019 for normal hidden values.
  ///
  /// - Throws: if a batch has fewer than two samples.
  package static func gammaDecay(
    batches: [Int], gamma: Double, beta: Double
  ) throws(TheoryError) -> TheoryReport {
    var rows: [GammaDecayRow] = []
    for batch in batches {
      let relu = try GammaDecayCoefficient(
        normalWithGamma: gamma, beta: beta, batch: batch,
        curvature: GammaDecayCoefficient.reluCurvature)
      rows.append(
        GammaDecayRow(
          batch: batch, reluFromDeviation: relu.fromDeviation, reluFromMean: relu.fromMean,
          relu: relu.coefficient, linear: try GammaDecayCoefficient.linear(batch: batch),
          exactLinear: batch < 4 ? nil : try GammaDecayCoefficient.exactLinear(batch: batch)))
    }
    return TheoryReport(
      title: "Gamma decay ζ of batch normalization for normal h, γ = \(gamma), β = \(beta)",
      columns: [
        "M", "ReLU: from σ_B", "from μ_B", "ζ", "linear: 1/(2M)", "exact",
      ].map { .init($0, .trailing) }, rows: rows
    ) { row in
      ["\(row.batch)"]
        + [row.reluFromDeviation, row.reluFromMean, row.relu, row.linear].map(significant)
        + [row.exactLinear.map(significant) ?? "–"]
    }
  }
}
