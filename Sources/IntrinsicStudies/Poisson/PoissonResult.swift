import Foundation

/// What the study `poisson` measured.
package struct PoissonResult: StudyResult {
  /// The error at some time.
  struct Point: Codable, Sendable {
    let seconds: Double
    let steps: Int
    let loss: Double
    let error: Double
  }

  struct Outcome: Codable, Sendable {
    let equation: BoundaryProblem
    let method: BoundaryMethod
    let start: Int
    let curve: [Point]

    /// The error after some seconds: that of the last point before.
    func error(at seconds: Double) -> Double {
      (curve.last { $0.seconds <= seconds } ?? curve[0]).error
    }

    /// The seconds of the first point at or below an error; infinite if there is none.
    func seconds(to error: Double) -> Double {
      curve.first { $0.error <= error }?.seconds ?? .infinity
    }

    var milliseconds: Double { 1_000 * curve.last!.seconds / Double(max(curve.last!.steps, 1)) }
  }

  package let options: PoissonStudy.Options
  let outcomes: [Outcome]

  /// The error that times are measured to.
  private static let goal = 1e-7

  private var equations: [BoundaryProblem] {
    options.equations.filter { equation in outcomes.contains { $0.equation == equation } }
  }

  private func methods(_ equation: BoundaryProblem) -> [BoundaryMethod] {
    options.methods.filter { !outcomes(equation, $0).isEmpty }
  }

  private func outcomes(_ equation: BoundaryProblem, _ method: BoundaryMethod) -> [Outcome] {
    outcomes.filter { $0.equation == equation && $0.method == method }
  }

  private func text(_ value: Double, _ format: String = "%.1e") -> String {
    value.isFinite ? String(format: format, value) : "–"
  }

  package var tables: [(name: String, table: TextTable)] {
    equations.map { equation in
      var table = TextTable(
        title: "\(equation.title): error after \(text(options.seconds, "%g")) seconds",
        columns: [
          .init("method"), .init("starts", .trailing), .init("median error", .trailing),
          .init("least", .trailing), .init("greatest", .trailing), .init("loss (nats)", .trailing),
          .init("seconds to 1e-7", .trailing), .init("steps", .trailing),
          .init("ms a step", .trailing),
        ])
      for method in methods(equation) {
        let all = outcomes(equation, method)
        let errors = all.map { $0.curve.last!.error }
        table.addRow([
          method.title, "\(all.count)", text(errors.median), text(errors.min()!),
          text(errors.max()!), text(all.map { $0.curve.last!.loss }.median),
          text(all.map { $0.seconds(to: Self.goal) }.median, "%.1f"),
          text(all.map { Double($0.curve.last!.steps) }.median, "%.0f"),
          text(all.map(\.milliseconds).median, "%.2f"),
        ])
      }
      for (method, error) in equation.published {
        table.addRow([
          "\(method), published, \(text(equation.publishedSeconds!, "%g")) s on a GPU", "",
          text(error), "", "", "", "", "", "",
        ])
      }
      return (equation.rawValue, table)
    }
  }

  package var records: TextTable {
    var table = TextTable(columns: [
      .init("equation"), .init("method"), .init("start"), .init("seconds"), .init("steps"),
      .init("loss"), .init("error"),
    ])
    for outcome in outcomes {
      for point in outcome.curve {
        table.addRow([
          outcome.equation.rawValue, outcome.method.rawValue, "\(outcome.start)",
          "\(point.seconds)", "\(point.steps)", "\(point.loss)", "\(point.error)",
        ])
      }
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let equation: String
    let method: String
    let starts: Int
    let medianError: Double
    /// Nil if fewer than half of the starts reached it.
    let secondsToGoal: Double?
    let millisecondsPerStep: Double
  }

  package var summary: [SummaryRow] {
    equations.flatMap { equation in
      methods(equation).map { method in
        let all = outcomes(equation, method)
        let seconds = all.map { $0.seconds(to: Self.goal) }.median
        return SummaryRow(
          equation: equation.rawValue, method: method.rawValue, starts: all.count,
          medianError: all.map { $0.curve.last!.error }.median,
          secondsToGoal: seconds.isFinite ? seconds : nil,
          millisecondsPerStep: all.map(\.milliseconds).median)
      }
    }
  }

  private static let source = "Dangel, Müller and Zeinhofer 2024"

  package var claims: Claims {
    Claims(
      equations.flatMap { equation -> [Claim] in
        let methods = methods(equation)
        guard let best = equation.published.first, !methods.isEmpty else { return [] }
        func error(_ method: BoundaryMethod) -> Double {
          outcomes(equation, method).map { $0.curve.last!.error }.median
        }
        let least = methods.map { error($0) }.min()!
        var claims = [
          Claim(
            "The best method here reaches the error of \(best.method) on \(equation.title)",
            source: Self.source,
            published: "\(text(best.error)) in \(text(equation.publishedSeconds!, "%g")) s",
            measured: least, band: .atMost(best.error))
        ]
        if methods.contains(.adam),
          let adam = equation.published.first(where: { $0.method == "Adam" })
        {
          claims.append(
            Claim(
              "The best natural gradient has an error this many times below that of Adam",
              source: Self.source, published: text(adam.error / best.error, "%.0f"),
              measured: error(.adam) / least, band: .atLeast(100)))
        }
        return claims
      })
  }

  package var figures: [(name: String, figure: Figure)] {
    equations.map { equation in
      let ends = outcomes.filter { $0.equation == equation }.map { $0.curve.last!.seconds }
      let times = Self.times(to: ends.max()!)
      var series = methods(equation).map { method in
        let all = outcomes(equation, method)
        let errors = times.map { time in all.map { $0.error(at: time) } }
        return Figure.Series(
          method.title, x: times, y: errors.map(\.median), lower: errors.map { $0.min()! },
          upper: errors.map { $0.max()! },
          colour: BoundaryMethod.allCases.firstIndex(of: method)! % Palette.colours.count)
      }
      if let seconds = equation.publishedSeconds {
        series.append(
          Figure.Series(
            "published: " + equation.published.map(\.method).joined(separator: ", "),
            style: .reference, x: equation.published.map { _ in seconds },
            y: equation.published.map(\.error)))
      }
      return (
        equation.rawValue,
        Figure(
          title: equation.title,
          panels: [
            Figure.Panel(
              x: .init("time (seconds, \(options.threads) threads)", scale: .logarithmic),
              y: .init("error (root mean square)", scale: .logarithmic), series: series)
          ])
      )
    }
  }

  /// Times of the curves' points, evenly spaced on a logarithmic axis.
  private static func times(to end: Double) -> [Double] {
    let count = 60
    let first = min(0.05, end / 2)
    return (0...count).map { first * pow(end / first, Double($0) / Double(count)) }
  }

  package var notes: [String] {
    [
      "median over starts, with bands from the least to the greatest; times are of \(options.threads) threads of a "
        + "processor, those published of a workstation GPU, both in double precision"
    ]
  }
}
