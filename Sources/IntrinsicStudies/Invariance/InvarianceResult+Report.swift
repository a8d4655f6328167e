import Foundation
import Intrinsic
import IntrinsicAnalysis

extension InvarianceResult {
  /// Method × transformation: what is declared, and how far one step deviates.
  public var table: TextTable {
    var table = TextTable(
      title: "Deviation of one step, relative to its effect; ✓ declared invariant, – not",
      columns: [.init("method")] + transformations.map { .init($0.rawValue, .trailing) })
    for method in options.methods {
      let row = cells.filter { $0.method == method }
      table.addRow([method.rawValue] + row.map(Self.text))
    }
    return table
  }

  private static func text(_ cell: Cell) -> String {
    let mark = cell.verification.isDeclared ? "✓" : "–"
    let contradiction =
      cell.verdict == .violated || cell.verdict == .undeclared ? "! " : ""
    guard cell.verdict != .undefined, let deviation = cell.verification.stepDeviation else {
      return "\(mark) undefined"
    }
    return contradiction + mark + " "
      + (deviation == 0
        ? "0" : String(format: deviation < 0.01 ? "%.0e" : "%.2g", deviation))
  }

  /// One line for each cell, for programs.
  public var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("transformation"), .init("declared"), .init("verdict"),
      .init("obstacle"), .init("function_deviation"), .init("step_deviation"),
      .init("parameter_deviation"), .init("trajectory_deviation"), .init("smallest_pivot"),
      .init("failure"),
    ])
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    for cell in cells {
      let v = cell.verification
      table.addRow([
        cell.method.rawValue, cell.transformation.rawValue, "\(v.isDeclared)",
        cell.verdict.rawValue, cell.obstacle?.rawValue ?? "", "\(v.functionDeviation)",
        text(v.stepDeviation), text(v.parameterDeviation), text(v.trajectoryDeviation),
        text(v.smallestPivot), v.failure ?? "",
      ])
    }
    return table
  }

  /// What broke invariance, and what could not be measured, in sentences.
  public var remarks: [String] {
    let reasons: [(Invariance.Obstacle, String)] = [
      (.damping, "broken by the damping ε Id, although the metric itself is invariant"),
      (.reduction, "broken by the reduction, which drops entries that the transformation mixes"),
      (.method, "broken by the method, which has no metric but that of the parametrization"),
    ]
    var result: [String] = []
    for (obstacle, sentence) in reasons {
      for kind in transformations {
        let methods = cells.filter { $0.transformation == kind && $0.obstacle == obstacle }
          .map(\.method.rawValue)
        if !methods.isEmpty {
          result.append("\(kind.rawValue): \(sentence): \(methods.joined(separator: ", "))")
        }
      }
    }
    for method in options.methods {
      let cells = self.cells.filter { $0.method == method }
      if let undefined = cells.first(where: { $0.verdict == .undefined }) {
        result.append(
          "\(method.rawValue): there is no undamped step: "
            + (undefined.verification.failure ?? "the step has no effect"))
      } else if let cell = cells.first(where: { $0.verification.failure != nil }) {
        result.append(
          "\(method.rawValue): a trajectory ended early: \(cell.verification.failure!)")
      }
    }
    for cell in contradictions {
      let deviation = cell.verification.stepDeviation ?? .nan
      result.append(
        "\(cell.method.rawValue) under \(cell.transformation.rawValue) is "
          + (cell.verdict == .violated
            ? "declared invariant, but a step deviates by "
            : "not "
              + "declared invariant, but a step deviates by no more than ") + "\(deviation)")
    }
    return result + left
  }

  /// How damping breaks the invariance under an affine change of activities.
  public var figure: Figure {
    Figure(panels: [
      .init(
        title: "One step under an affine change of activities",
        x: .init("Damping ε added to the metric", scale: .logarithmic),
        y: .init("Deviation of the outputs (relative to the step)", scale: .logarithmic),
        series: course.map {
          .init($0.method.rawValue, style: .linePoints, x: $0.damping, y: $0.deviation)
        })
    ])
  }

  /// The result as JSON, as in `verify.json`.
  public func json() throws -> String {
    String(decoding: try JSONEncoder.results.encode(self), as: UTF8.self)
  }

  /// Writes `verify.json`, `verify.csv`, `verify.txt` and the figure `damping`.
  @discardableResult
  public func write(to directory: RunDirectory) throws -> FigureFiles {
    try directory.write(self, as: "verify.json")
    try directory.write(records.csv(), as: "verify.csv")
    try directory.write(
      table.rendered() + remarks.map { "\n\($0)" }.joined() + "\n", as: "verify.txt")
    return try figure.write(to: directory, name: "damping")
  }
}
