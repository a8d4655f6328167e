import Foundation
import Intrinsic
import IntrinsicAnalysis

extension InvarianceResult {
  /// Method × transformation: what is declared, and how far one step deviates, then how far a
  /// trajectory does.
  package var tables: [TextTable] {
    var tables = [
      table("Deviation of one step, relative to its effect; ✓ declared invariant, – not") {
        $0.verification.stepDeviation
      }
    ]
    if options.steps > 0 {
      tables.append(
        table("Largest relative deviation of the loss along \(options.steps) steps") {
          $0.verification.trajectoryDeviation
        })
    }
    if !orders.isEmpty { tables.append(orderTable) }
    return tables
  }

  /// The deviation of a step under a change that is not linear, and its order in the size of the step.
  private var orderTable: TextTable {
    var table = TextTable(
      title:
        "Deviation of one step where outputs W a are written W₂W₁ a, by the size t of the step, and p in t^p",
      columns: [.init("method")]
        + orders[0].sizes.map { .init("t = 1/\(Int(1 / $0))", .trailing) }
        + [.init("p", .trailing)])
    for order in orders {
      table.addRow(
        [order.method.rawValue] + order.deviations.map { String(format: "%.1e", $0) }
          + [String(format: "%.2f", order.order)])
    }
    return table
  }

  private func table(_ title: String, _ deviation: (Cell) -> Double?) -> TextTable {
    var table = TextTable(
      title: title,
      columns: [.init("method")] + transformations.map { .init($0.rawValue, .trailing) })
    for method in options.methods {
      table.addRow(
        [method.rawValue]
          + cells.filter { $0.method == method }.map { cell in
            let mark = cell.verification.isDeclared ? "✓" : "–"
            let warning = contradicts(cell) ? "! " : ""
            guard cell.verdict != .undefined, let value = deviation(cell) else {
              return "\(mark) undefined"
            }
            let digits = value == 0 ? "0" : String(format: value < 0.01 ? "%.0e" : "%.2g", value)
            return "\(warning)\(mark) \(digits)"
          })
    }
    return table
  }

  /// One line for each cell, for programs.
  package var records: TextTable {
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
  package var remarks: [String] {
    let sentences: [(Invariance.Obstacle, String)] = [
      (.damping, "Broken by the additive damping, although the metric itself is invariant"),
      (.reduction, "Broken by the reduction, which drops entries that the transformation mixes"),
      (.method, "Broken by the method, which has no metric but that of the parametrization"),
    ]
    var result: [String] = []
    for (obstacle, sentence) in sentences {
      let broken = options.methods.map { method in
        cells.filter { $0.method == method && $0.obstacle == obstacle }
          .map(\.transformation.rawValue).joined(separator: ", ")
      }
      // Methods with the same list share a line, in the order of the table.
      for (index, kinds) in broken.enumerated()
      where !kinds.isEmpty && broken.firstIndex(of: kinds) == index {
        let methods = zip(options.methods, broken).filter { $0.1 == kinds }.map(\.0.rawValue)
        result.append("\(sentence): \(methods.joined(separator: ", ")) under \(kinds).")
      }
    }
    for method in options.methods {
      let cells = self.cells.filter { $0.method == method }
      if let undefined = cells.first(where: { $0.verdict == .undefined }) {
        result.append(
          "\(method.rawValue): there is no such step: "
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

  /// How damping breaks the invariance under an affine change of activities, or does not; nil if
  /// there is no such change.
  package var figure: Figure? {
    if curve.isEmpty { return nil }
    return Figure(panels: [
      .init(
        title: "One step under an affine change of activities",
        x: .init("amount of damping (ε or λ)", scale: .logarithmic),
        y: .init(
          "deviation of the outputs (relative to the step)", scale: .logarithmic,
          range: 1e-17...10),
        series: curve.map { curve in
          // A logarithmic axis has no 0, which is below all rounding errors.
          let label = "\(curve.method.rawValue), \(curve.kind.rawValue)"
          return .init(
            label, style: curve.kind == .additive ? .linePoints : .dashed, x: curve.damping,
            y: curve.deviation.map { max($0, 2e-17) })
        })
    ])
  }

  /// The result as JSON, as in `verify.json`.
  package func json() throws -> String {
    String(decoding: try JSONEncoder.results.encode(self), as: UTF8.self)
  }

  /// Writes `verify.json`, `verify.csv`, `verify.txt` and the figure `damping`.
  ///
  /// - Returns: the files of the figure, if there is one.
  @discardableResult
  package func write(to directory: RunDirectory) throws -> FigureFiles? {
    try directory.write(self, as: "verify.json")
    try directory.write(records.csv(), as: "verify.csv")
    try directory.write(
      tables.map { $0.rendered() }.joined(separator: "\n") + remarks.map { "\n\($0)" }.joined()
        + "\n", as: "verify.txt")
    let files = try figure?.write(to: directory, name: "damping")
    try directory.writeReport(tables, figures: files.map { [$0] } ?? [], notes: remarks)
    return files
  }
}
