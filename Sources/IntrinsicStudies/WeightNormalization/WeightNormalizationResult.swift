import Foundation
import Intrinsic

/// What one part of the study measured.
protocol WeightNormalizationPart: Sendable {
  var tables: [(name: String, table: TextTable)] { get }
  var figures: [(name: String, figure: Figure)] { get }
  var claims: [Claim] { get }
  var notes: [String] { get }
  /// Rows of ``WeightNormalizationResult/records``.
  var rows: [WeightNormalizationResult.Row] { get }
}

/// What the study `weight-normalization` measured.
package struct WeightNormalizationResult: StudyResult {
  /// One number: of a part, a scheme, a setting of the part and a run, after some steps.
  package struct Row: Codable, Sendable {
    let part: String
    let scheme: String
    let setting: String
    let run: Int
    let step: Int
    let quantity: String
    let value: Double
  }

  package let options: WeightNormalizationStudy.Options
  var parts: [any WeightNormalizationPart] = []
  /// Why digits are synthetic, if they are.
  var digitsNote: String?

  init(options: WeightNormalizationStudy.Options) { self.options = options }

  package var tables: [(name: String, table: TextTable)] { parts.flatMap(\.tables) }
  package var figures: [(name: String, figure: Figure)] { parts.flatMap(\.figures) }
  package var claims: Claims { Claims(parts.flatMap(\.claims)) }
  package var notes: [String] { (digitsNote.map { [$0] } ?? []) + parts.flatMap(\.notes) }

  package var records: TextTable {
    var table = TextTable(
      columns: ["part", "scheme", "setting", "run", "step", "quantity", "value"].map { .init($0) })
    for row in parts.flatMap(\.rows) {
      table.addRow([
        row.part, row.scheme, row.setting, "\(row.run)", "\(row.step)", row.quantity,
        "\(row.value)",
      ])
    }
    return table
  }

  /// A statement of the paper with its measured value.
  package struct SummaryRow: Codable, Sendable {
    let statement: String
    let measured: Double?
    let isMet: Bool
  }

  package var summary: [SummaryRow] {
    claims.list.map {
      SummaryRow(
        statement: $0.statement, measured: $0.measured.isFinite ? $0.measured : nil,
        isMet: $0.isMet)
    }
  }

  static let source = "Morwani and Ramaswamy 2022"
}

extension LogDomainCurve {
  /// Its records as rows, and the norms of hidden units if there is a hidden layer.
  func rows(part: String, setting: String, run: Int) -> [WeightNormalizationResult.Row] {
    records.flatMap { record in
      var values: [(String, Double)] = [
        ("ln_loss", record.logLoss), ("ln_time", record.logTime),
        ("gradient_norm", record.gradientNorm), ("margin", record.margin),
      ]
      if record.units.count > 1 {
        for (unit, record) in record.units[0].enumerated() {
          values += [("norm_\(unit)", record.norm), ("gradient_norm_\(unit)", record.gradientNorm)]
        }
      }
      return values.map {
        WeightNormalizationResult.Row(
          part: part, scheme: scheme.rawValue, setting: setting, run: run, step: record.step,
          quantity: $0.0, value: $0.1)
      }
    }
  }

  /// −ln L of each record.
  var depths: [Double] { records.map { -$0.logLoss } }
}
