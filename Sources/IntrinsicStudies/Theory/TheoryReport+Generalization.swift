import Foundation
import IntrinsicTheory

/// Generalization errors at one load.
package struct GeneralizationRow: Encodable, Sendable {
  package let load: Double
  package let noise: Double
  package let gradientDescent: Double
  /// For every coefficient of gamma decay.
  package let gammaDecay: [Double]
  /// Weight normalization with ζ = 1/(2M).
  package let batchNormalization: Double
  /// The end of training with batch normalization.
  package let converged: Double
}

extension TheoryReport where Row == GeneralizationRow {
  /// Generalization errors of a linear teacher's students: Luo et al. 2019, §4.
  ///
  /// - Parameters:
  ///   - loads: α = P/N.
  ///   - noise: σ²
  ///   - batch: M
  ///   - decays: coefficients ζ of γ² in the mean loss.
  /// - Throws: if one is out of range.
  package static func generalization(
    loads: [Double], noise: Double, batch: Int, decays: [Double]
  ) throws(TheoryError) -> TheoryReport {
    var rows: [GeneralizationRow] = []
    for load in loads {
      let teacher = try LinearTeacher(load: load, noise: noise)
      var errors: [Double] = []
      for decay in decays { errors.append(try teacher.error(decay: decay)) }
      rows.append(
        GeneralizationRow(
          load: load, noise: noise, gradientDescent: teacher.gradientDescentError,
          gammaDecay: errors,
          batchNormalization: try teacher.batchNormalizationError(batch: batch),
          converged: try teacher.convergedBatchNormalizationError(batch: batch)))
    }
    return TheoryReport(
      title: "Generalization error (mean square against the noiseless teacher), σ² = \(noise)",
      columns: (["α", "vanilla SGD"] + decays.map { "WN, ζ = \($0)" }
        + ["WN, ζ = 1/(2·\(batch))", "BN in the end"]).map { .init($0, .trailing) },
      rows: rows
    ) { row in
      ["\(row.load)"]
        + ([row.gradientDescent] + row.gammaDecay + [row.batchNormalization, row.converged])
        .map(significant)
    }
  }
}

/// Six significant digits.
func significant(_ value: Double) -> String {
  value.isFinite ? String(format: "%.6g", value) : value.isNaN ? "–" : "∞"
}
