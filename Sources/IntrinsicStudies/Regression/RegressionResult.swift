import Foundation

/// What the study `regression` measured.
package struct RegressionResult: StudyResult {
  struct Outcome: Codable, Sendable {
    let table: PublishedRegression
    let split: Int
    let method: RegressionStudy.Method
    /// The root mean square of the test errors.
    let error: Double
    let seconds: Double
    let steps: Int
    let parameters: Int
    let effectiveParameters: Double?
  }

  package let options: RegressionStudy.Options
  let outcomes: [Outcome]

  private var done: [PublishedRegression] {
    PublishedRegression.allCases.filter { table in outcomes.contains { $0.table == table } }
  }

  private func outcomes(_ table: PublishedRegression, _ method: RegressionStudy.Method) -> [Outcome]
  {
    outcomes.filter { $0.table == table && $0.method == method }
  }

  private func errors(_ table: PublishedRegression, _ method: RegressionStudy.Method) -> [Double] {
    outcomes(table, method).map(\.error)
  }

  private func text(_ error: PublishedRegression.Error) -> String {
    number(error.mean) + (error.standardError.map { " ± \(number($0))" } ?? "")
  }

  private func number(_ value: Double) -> String { String(format: "%.3g", value) }

  package var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: "Root mean square of test errors, mean over splits ± its standard error",
      columns: [.init("table"), .init("splits", .trailing)]
        + options.comparedMethods.map { .init($0.title, .trailing) }
        + [
          .init("single network, published", .trailing), .init("dropout, published", .trailing),
          .init("parameters used", .trailing), .init("seconds a split", .trailing),
        ])
    for name in done {
      let trials = outcomes(name, .levenbergMarquardt)
      let effective = trials.compactMap(\.effectiveParameters)
      table.addRow(
        [name.rawValue, "\(trials.count)"]
          + options.comparedMethods.map { method in
            let errors = errors(name, method)
            let spread = errors.count > 1 ? " ± \(number(errors.standardError))" : ""
            return number(errors.mean) + spread
          } + [
            text(name.network), text(name.dropout),
            effective.isEmpty
              ? "–" : String(format: "%.0f of %d", effective.mean, trials[0].parameters),
            String(format: "%.2g", trials.map(\.seconds).mean),
          ])
    }
    return [("errors", table)]
  }

  package var records: TextTable {
    var table = TextTable(columns: [
      .init("table"), .init("split"), .init("method"), .init("test_rmse"), .init("seconds"),
      .init("steps"), .init("effective_parameters"),
    ])
    for outcome in outcomes {
      table.addRow([
        outcome.table.rawValue, "\(outcome.split)", outcome.method.rawValue, "\(outcome.error)",
        "\(outcome.seconds)", "\(outcome.steps)",
        outcome.effectiveParameters.map { "\($0)" } ?? "",
      ])
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let table: String
    let method: String
    let splits: Int
    let error: Double
    let standardError: Double?
    let seconds: Double
  }

  package var summary: [SummaryRow] {
    done.flatMap { name in
      options.comparedMethods.map { method in
        let all = outcomes(name, method)
        let errors = all.map(\.error)
        return SummaryRow(
          table: name.rawValue, method: method.rawValue, splits: errors.count, error: errors.mean,
          standardError: errors.count > 1 ? errors.standardError : nil,
          seconds: all.map(\.seconds).mean)
      }
    }
  }

  private static let source =
    "Gal and Ghahramani 2016, with the splits of Hernández-Lobato and Adams 2015"

  package var claims: Claims {
    let errors = done.map { self.errors($0, .levenbergMarquardt).mean }
    let single = zip(done, errors).map { name, error in
      Claim(
        "Levenberg–Marquardt reaches the test error of a single network on \(name.rawValue)",
        source: Self.source, published: text(name.network), measured: error,
        band: .atMost(name.network.mean))
    }
    guard done.count == PublishedRegression.allCases.count else { return Claims(single) }
    let below = zip(done, errors).count { $0.dropout.mean > $1 }
    return Claims(
      single + [
        Claim(
          "and is below Monte Carlo dropout on most tables: their number", source: Self.source,
          measured: Double(below), band: .atLeast(5))
      ])
  }

  package var figures: [(name: String, figure: Figure)] {
    let places = done.indices.map { Double($0) }
    let methods = options.comparedMethods
    func series(_ index: Int) -> Figure.Series {
      let shift = 0.15 * (Double(index) - Double(methods.count - 1) / 2)
      let ratios: [[Double]] = done.map { name in
        self.errors(name, methods[index]).map { $0 / name.network.mean }
      }
      let errors = ratios.map { $0.count > 1 ? $0.standardError : 0 }
      return Figure.Series(
        methods[index].title, style: .points, x: places.map { $0 + shift }, y: ratios.map(\.mean),
        lower: zip(ratios, errors).map { $0.mean - $1 },
        upper: zip(ratios, errors).map { $0.mean + $1 }, colour: index)
    }
    let panel = Figure.Panel(
      x: .init("table", categories: done.map(\.rawValue)),
      y: .init("test error/that of a published single network", scale: .logarithmic),
      series: methods.indices.map(series) + [
        Figure.Series(
          "Monte Carlo dropout, published", style: .reference, x: places,
          y: done.map { $0.dropout.mean / $0.network.mean })
      ],
      references: [.init("single network, published", value: 1)])
    return [
      ("errors", Figure(title: "One hidden layer on published regression tables", panels: [panel]))
    ]
  }

  package var notes: [String] {
    let all = done.reduce(0) { $0 + outcomes($1, .levenbergMarquardt).count }
    let seconds = outcomes.reduce(0) { $0 + $1.seconds }
    return [
      "\(all) splits in \(String(format: "%.0f", seconds)) seconds of one thread; every method had the seconds "
        + "of Levenberg–Marquardt"
    ]
  }
}
