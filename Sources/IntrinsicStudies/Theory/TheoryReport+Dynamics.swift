import Foundation
import IntrinsicTheory

/// A learner's order parameters and generalization error at one time.
package struct DynamicsRow: Encodable, Sendable {
  package let time: Double
  package let gamma: Double
  package let overlap: Double
  package let length: Double
  package let error: Double
}

extension TheoryReport where Row == DynamicsRow {
  /// The order parameters of online learning over time: Luo et al. 2019, (6).
  ///
  /// - Parameters:
  ///   - dynamics: the learner.
  ///   - start: where it begins.
  ///   - end: the last time, in steps for each input.
  ///   - points: equal intervals of time, each with a row at its end.
  /// - Throws: if an argument is out of range, or the solution diverges.
  package static func dynamics(
    _ dynamics: LearningDynamics, from start: OrderParameters, until end: Double, points: Int
  ) throws(TheoryError) -> TheoryReport {
    precondition(points >= 1 && end > 0, "\(points) points until time \(end)")
    let curve = try dynamics.solution(from: start, until: end)
    var rows: [DynamicsRow] = []
    for point in 0...points {
      let time = end * Double(point) / Double(points)
      let state = curve(time)
      let integrals = try PerceptronIntegrals(
        dynamics.activation, scale: state.gamma, overlap: min(1, max(-1, state.overlap)))
      rows.append(
        DynamicsRow(
          time: time, gamma: state.gamma, overlap: state.overlap, length: state.length,
          error: integrals.error))
    }
    return TheoryReport(
      title: "Order parameters of a \(dynamics.activation.name) perceptron, η = \(dynamics.rate)",
      columns: ["t = steps/N", "γ", "R", "L", "generalization error"].map {
        .init($0, .trailing)
      }, rows: rows
    ) { [$0.time, $0.gamma, $0.overlap, $0.length, $0.error].map(significant) }
  }
}

/// A learner's fixed point and learning rates.
package struct RateRow: Encodable, Sendable {
  package let learner: String
  package let decay: Double
  package let gamma: Double
  package let length: Double
  package let maximumRate: Double
  package let effectiveRate: Double
  package let stabilityLimit: Double
  package let overlapEigenvalue: Double
  package let scaleEigenvalue: Double
}

extension TheoryReport where Row == RateRow {
  /// Fixed points, maximum and effective learning rates: Luo et al. 2019, Table 1.
  ///
  /// - Parameters:
  ///   - activation: that of teacher and student.
  ///   - rate: η, for the effective rates.
  ///   - decays: ζ of batch normalization, one row for each.
  ///   - length: L₀ of normalized weights.
  /// - Throws: if an argument is out of range, or an integral has no value.
  package static func rates(
    _ activation: PerceptronActivation, rate: Double, decays: [Double], length: Double
  ) throws(TheoryError) -> TheoryReport {
    let methods =
      decays.map { ("BN", LearningDynamics.Method.batchNormalization(decay: $0)) }
      + [("WN", .weightNormalization), ("SGD", .gradientDescent)]
    var rows: [RateRow] = []
    for (name, method) in methods {
      let line = try LearningDynamics(method, activation, rate: rate)
        .linearization(length: length)
      rows.append(
        RateRow(
          learner: name, decay: method.decay, gamma: line.fixedPoint.gamma,
          length: line.fixedPoint.length, maximumRate: line.maximumRate,
          effectiveRate: line.effectiveRate, stabilityLimit: line.stabilityLimit,
          overlapEigenvalue: line.overlapEigenvalue, scaleEigenvalue: line.scaleEigenvalue))
    }
    return TheoryReport(
      title: "Fixed points and learning rates of a \(activation.name) perceptron, η = \(rate)",
      columns: [.init("learner")]
        + ["ζ", "γ₀", "R₀", "L₀", "η_max", "η_eff", "unstable from η", "λ_R", "λ_γ"].map {
          .init($0, .trailing)
        }, rows: rows
    ) { row in
      [row.learner]
        + [
          row.decay, row.gamma, 1, row.length, row.maximumRate, row.effectiveRate,
          row.stabilityLimit, row.overlapEigenvalue, row.scaleEigenvalue,
        ].map(significant)
    }
  }
}
