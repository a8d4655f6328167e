import Foundation
import IntrinsicTheory

/// What the study `gamma-decay` measured.
package struct GammaDecayResult: StudyResult {
  struct Row: Sendable {
    let setting: GammaDecayStudy.Setting
    let batch: Int
    let decay: GammaDecayCoefficient
    let moments: HiddenMoments
    let effects: HiddenUnit.Effects
  }

  package let options: GammaDecayStudy.Options
  let rows: [Row]

  private var square: Double { options.gamma * options.gamma }

  /// ζγ² of Theorem 1.
  func penalty(_ row: Row) -> Double { square * row.decay.coefficient }
  /// The same with the term in the skewness.
  func completePenalty(_ row: Row) -> Double { square * row.decay.completeCoefficient }

  func rows(_ setting: GammaDecayStudy.Setting) -> [Row] {
    rows.filter { $0.setting == setting }
  }

  package var tables: [(name: String, table: TextTable)] {
    [("penalties", penaltyTable), ("scales", scaleTable)]
  }

  private var penaltyTable: TextTable {
    var table = TextTable(
      title: "Effect of batch noise times M, γ = \(options.gamma), β = \(options.beta), "
        + "\(options.draws) batches",
      columns: ["M", "ζγ²", "with skewness", "measured", "on the batch's members"].map {
        .init($0, .trailing)
      })
    for setting in GammaDecayStudy.settings {
      let rows = rows(setting)
      guard let first = rows.first else { continue }
      table.addSection(
        "\(setting.potential.rawValue), \(setting.distribution.rawValue) inputs: "
          + String(
            format: "skewness %.3f, excess kurtosis %.3f:", first.moments.skewness,
            first.moments.excessKurtosis))
      for row in rows {
        let m = Double(row.batch)
        table.addRow([
          "\(row.batch)", String(format: "%.4f", m * penalty(row)),
          String(format: "%.4f", m * completePenalty(row)), text(row.effects.others, m),
          text(row.effects.members, m),
        ])
      }
    }
    return table
  }

  private func text(_ values: [Double], _ factor: Double) -> String {
    String(format: "%.4f ± %.4f", factor * values.mean, factor * values.standardError)
  }

  /// What the noise does to γ itself: batch normalization has γ = E σ_B/σ
  /// = 1 − (ρ + 2)/(8M) − 1/(2M) + …, the penalty twice that, 1 − 2ζ + ….
  private var scaleTable: TextTable {
    var table = TextTable(
      title:
        "The scale γ of least loss of a linear unit with targets (h − μ)/σ: (1 − γ)·M with the "
        + "penalty, and of batch normalization",
      columns: ["M", "1/(1 + 2ζ)", "ζ from σ_B only", "batch normalization"].map {
        .init($0, .trailing)
      })
    for row in rows where row.setting.potential == .identity {
      if row.batch == options.batches.first {
        table.addSection("\(row.setting.distribution.rawValue) inputs:")
      }
      let m = Double(row.batch)
      table.addRow([
        "\(row.batch)", String(format: "%.4f", m * shrinkage(row.decay.coefficient)),
        String(format: "%.4f", m * shrinkage(row.decay.fromDeviation)),
        text(row.effects.scale.map { 1 - $0 }, m),
      ])
    }
    return table
  }

  /// 1 − γ for the least ½(γ − 1)² + ζγ².
  func shrinkage(_ decay: Double) -> Double { 1 - 1 / (1 + 2 * decay) }

  package var records: TextTable {
    var table = TextTable(
      columns: [
        "activation", "inputs", "batch", "skewness", "excess_kurtosis", "from_deviation",
        "from_mean", "from_skewness", "penalty", "complete_penalty", "measured",
        "measured_error", "members", "members_error", "scale", "scale_error",
      ].map { .init($0) })
    for row in rows {
      table.addRow(
        [row.setting.potential.rawValue, row.setting.distribution.rawValue, "\(row.batch)"]
          + [
            row.moments.skewness, row.moments.excessKurtosis, row.decay.fromDeviation,
            row.decay.fromMean, row.decay.fromSkewness, penalty(row), completePenalty(row),
            row.effects.others.mean, row.effects.others.standardError, row.effects.members.mean,
            row.effects.members.standardError, row.effects.scale.mean,
            row.effects.scale.standardError,
          ].map { "\($0)" })
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let activation: String
    let inputs: String
    let batch: Int
    let penalty: Double
    let completePenalty: Double
    let measured: Double
    let measuredError: Double
  }

  package var summary: [SummaryRow] {
    rows.map {
      SummaryRow(
        activation: $0.setting.potential.rawValue, inputs: $0.setting.distribution.rawValue,
        batch: $0.batch, penalty: penalty($0), completePenalty: completePenalty($0),
        measured: $0.effects.others.mean, measuredError: $0.effects.others.standardError)
    }
  }

  package var notes: [String] {
    [
      "effects are means of A(ĥ) − A(h̄) − A′(h̄)(ĥ − h̄), what batch statistics add to the loss for "
        + "labels of mean A′(h̄), with ReLU taken for softplus as in the paper",
      "the theorem treats batch statistics as independent of the example; “on the batch's members” "
        + "they are not, as in training",
    ]
  }
}
