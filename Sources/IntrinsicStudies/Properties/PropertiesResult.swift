import Foundation

/// What the study `properties` measured.
package struct PropertiesResult: StudyResult {
  /// What the deviations from a property should be.
  enum Expectation: Sendable {
    /// The method has the property: no network deviates by more.
    case atMost(Double)
    /// It has not: the median network deviates by no less.
    case atLeast(Double)
  }

  struct Row: Sendable {
    let statement: String
    let source: String
    let method: String
    let expected: Expectation
    let deviations: [Double]

    /// The number that is compared: NaN, which agrees with nothing, without deviations.
    var decisive: Double {
      guard !deviations.isEmpty else { return .nan }
      return switch expected {
      case .atMost: deviations.quantile(1)
      case .atLeast: deviations.median
      }
    }

    var claim: Claim {
      switch expected {
      case .atMost(let bound):
        Claim(
          "\(statement): \(method); largest deviation", source: "Ollivier 2015, \(source)",
          measured: decisive, band: .atMost(bound))
      case .atLeast(let bound):
        Claim(
          "not so: \(statement): \(method); median deviation", source: "Ollivier 2015, \(source)",
          measured: decisive, band: .atLeast(bound))
      }
    }
  }

  package let options: PropertiesStudy.Options
  let rows: [Row]

  private var statements: [String] {
    rows.map(\.statement).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  package var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: "Deviations from the properties of Ollivier 2015, §3 on \(options.networks) random "
        + "networks",
      columns: [
        .init("method"), .init("has it"), .init("median", .trailing), .init("largest", .trailing),
        .init("expected", .trailing), .init("as expected"),
      ])
    for statement in statements {
      let matching = rows.filter { $0.statement == statement }
      table.addSection("\(matching[0].source): \(statement)")
      for row in matching {
        let (has, bound) =
          switch row.expected {
          case .atMost(let bound): ("yes", String(format: "largest ≤ %.0e", bound))
          case .atLeast(let bound): ("no", String(format: "median ≥ %.0e", bound))
          }
        table.addRow([
          row.method, has,
          row.deviations.isEmpty ? "–" : String(format: "%.1e", row.deviations.median),
          row.deviations.isEmpty ? "–" : String(format: "%.1e", row.deviations.quantile(1)),
          bound, row.claim.isMet ? "✓" : "✗",
        ])
      }
    }
    return [("table", table)]
  }

  package var records: TextTable {
    var table = TextTable(columns: [
      .init("property"), .init("source"), .init("method"), .init("network"), .init("deviation"),
    ])
    for row in rows {
      for (network, deviation) in row.deviations.enumerated() {
        table.addRow([row.statement, row.source, row.method, "\(network)", "\(deviation)"])
      }
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let property: String
    let source: String
    let method: String
    let medianDeviation: Double
    let largestDeviation: Double
    let isAsExpected: Bool
  }

  package var summary: [SummaryRow] {
    rows.map { row in
      SummaryRow(
        property: row.statement, source: row.source, method: row.method,
        medianDeviation: row.deviations.isEmpty ? .nan : row.deviations.median,
        largestDeviation: row.deviations.isEmpty ? .nan : row.deviations.quantile(1),
        isAsExpected: row.claim.isMet)
    }
  }

  package var claims: Claims { Claims(rows.map(\.claim)) }

  /// Every deviation, methods that have the property beside those that have not.
  package var figures: [(name: String, figure: Figure)] {
    let statements = self.statements
    let series = [true, false].map { has in
      let points = rows.flatMap { row -> [(Double, Double)] in
        let isAtMost = if case .atMost = row.expected { true } else { false }
        guard isAtMost == has else { return [] }
        let place = Double(statements.firstIndex(of: row.statement)!)
        return row.deviations.enumerated().map { index, deviation in
          let spread = (Double(index) + 0.5) / Double(row.deviations.count) - 0.5
          return (place + (has ? -0.2 : 0.2) + 0.3 * spread, max(deviation, 1e-17))
        }
      }
      return Figure.Series(
        has ? "methods that have the property" : "methods that have not", style: .points,
        x: points.map(\.0), y: points.map(\.1), colour: has ? 2 : 1)
    }
    let names = statements.map { statement in rows.first { $0.statement == statement }!.source }
    return [
      (
        "properties",
        Figure(panels: [
          .init(
            title: "Deviations on \(options.networks) random networks",
            x: .init("", range: -0.5...Double(statements.count) - 0.5, categories: names),
            y: .init("deviation from the property", scale: .logarithmic, range: 1e-17...100),
            series: series)
        ])
      )
    ]
  }

  package var notes: [String] {
    rows.filter(\.deviations.isEmpty).map { "\($0.statement), \($0.method): never measured" }
  }
}
