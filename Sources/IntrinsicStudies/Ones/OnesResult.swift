import Foundation

/// What the study `ones` measured.
package struct OnesResult: StudyResult {
  struct LearningCurve: Sendable {
    let method: OnesStudy.MethodName
    let coding: OnesStudy.Coding
    /// The loss before each step and after the last.
    let bits: [Double]
  }

  package let options: OnesStudy.Options
  let curves: [LearningCurve]

  func bits(_ method: OnesStudy.MethodName, _ coding: OnesStudy.Coding) -> [Double] {
    curves.first { $0.method == method && $0.coding == coding }!.bits
  }

  /// The largest |L(1 − x) − L(x)| over the steps, relative to what was learned on x by the end.
  func deviation(_ method: OnesStudy.MethodName) -> Double {
    let (ones, zeros) = (bits(method, .ones), bits(method, .zeros))
    let largest = zip(ones, zeros).map { abs($0 - $1) }.max()!
    return largest / abs(ones.first! - ones.last!)
  }

  package var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title:
        "Loss (bits) after \(options.steps) steps, for a sequence of \(options.length) bits of "
        + "which \(options.ones) are ones",
      columns: [
        .init("method"), .init("on x", .trailing), .init("on 1 − x", .trailing),
        .init("largest difference, relative to what is learned", .trailing),
      ])
    for isInvariant in [false, true] {
      table.addSection(isInvariant ? "Invariant:" : "Non-invariant:")
      for method in OnesStudy.MethodName.allCases where method.isInvariant == isInvariant {
        table.addRow([
          method.title, String(format: "%.3f", bits(method, .ones).last!),
          String(format: "%.3f", bits(method, .zeros).last!),
          String(format: "%.2g", deviation(method)),
        ])
      }
    }
    return [("table", table)]
  }

  package var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("coding"), .init("step"), .init("loss_bits"),
    ])
    for curve in curves {
      for (step, bits) in curve.bits.enumerated() {
        table.addRow([
          curve.method.rawValue, curve.coding == .ones ? "x" : "1-x", "\(step)", "\(bits)",
        ])
      }
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let method: String
    let bitsOnes: Double
    let bitsZeros: Double
    let relativeDeviation: Double
  }

  package var summary: [SummaryRow] {
    OnesStudy.MethodName.allCases.map {
      SummaryRow(
        method: $0.rawValue, bitsOnes: bits($0, .ones).last!, bitsZeros: bits($0, .zeros).last!,
        relativeDeviation: deviation($0))
    }
  }

  package var claims: Claims {
    let (ones, zeros) = (bits(.backpropagation, .ones), bits(.backpropagation, .zeros))
    let invariant = OnesStudy.MethodName.allCases.filter(\.isInvariant).map(deviation)
    let others = OnesStudy.MethodName.allCases.filter { !$0.isInvariant }.map(deviation)
    return Claims([
      Claim(
        "Backpropagation learns faster with ones: loss on 1 − x over loss on x in the end",
        source: "Ollivier 2015, Figure 1", measured: zeros.last! / ones.last!,
        band: .atLeast(1.5)),
      Claim(
        "Invariant methods do not care, but for their damping: largest relative difference",
        source: "Ollivier 2015, Propositions 30 and 31", measured: invariant.max()!,
        band: .atMost(1e-2)),
      Claim(
        "All others do: least relative difference",
        source: "Ollivier 2015, §3.2", measured: others.min()!, band: .atLeast(0.05)),
    ])
  }

  package var figures: [(name: String, figure: Figure)] {
    let steps = (0...options.steps).map { Double($0) }
    let panels = [
      ("backpropagation, as in Figure 1", [OnesStudy.MethodName.backpropagation]),
      ("other methods that are not invariant", [.adagrad, .adam, .diagonalGaussNewton]),
      ("invariant methods", [.quasiDiagonal, .unitwise, .unitwiseEmpiricalFisher, .natural]),
    ]
    return [
      (
        "figure-1",
        Figure(
          title: "Learning x (lines) and 1 − x (dashed)",
          panels: panels.map { title, methods in
            Figure.Panel(
              title: title, x: .init("steps"),
              y: .init("loss (bits)", range: 0...Double(options.length)),
              series: methods.flatMap { method in
                let colour = OnesStudy.MethodName.allCases.firstIndex(of: method)!
                return [
                  Figure.Series(
                    "\(method.title), x", x: steps, y: bits(method, .ones), colour: colour),
                  Figure.Series(
                    "\(method.title), 1 − x", style: .dashed, x: steps, y: bits(method, .zeros),
                    colour: colour),
                ]
              })
          })
      )
    ]
  }

  package var notes: [String] { [] }
}
