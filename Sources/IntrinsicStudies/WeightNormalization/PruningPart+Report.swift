import Foundation
import IntrinsicAnalysis

extension PruningCriterion {
  /// What is pruned, in words.
  fileprivate var title: String {
    switch self {
    case .unitNorm: "units by norm"
    case .magnitude: "weights by magnitude"
    case .normalizedMagnitude: "weights by normalized magnitude"
    }
  }
}

extension PruningPart: WeightNormalizationPart {
  private static let shown = [0, 0.5, 0.7, 0.8, 0.9, 0.95]

  var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: "Test error (%) on \(digits) after pruning",
      columns: [.init("pruned"), .init("weights")]
        + Self.shown.map { .init("\(Int(100 * $0)) %", .trailing) })
    for level in levels {
      table.addSection("training loss e^−\(String(format: "%g", level)):")
      for criterion in PruningCriterion.allCases {
        for scheme in WeightScheme.allCases {
          guard let errors = errors(scheme, level: level, criterion) else { continue }
          table.addRow(
            [criterion.title, scheme.title]
              + Self.shown.map {
                String(format: "%.1f", 100 * errors[Self.fractions.firstIndex(of: $0)!])
              })
        }
      }
    }
    return [("pruning", table)]
  }

  /// A column for each criterion; the highest and the lowest loss, one above the other.
  var figures: [(name: String, figure: Figure)] {
    let lowest = commonLevel(.unnormalized, .exponential) ?? levels[0]
    let panels = Set([levels[0], lowest]).sorted().flatMap { level in
      PruningCriterion.allCases.map { criterion in
        Figure.Panel(
          title: "e^−\(String(format: "%g", level)), \(criterion.title)",
          x: .init("pruned (%)", range: 0...100), y: .init("test error (%)", range: 0...100),
          series: WeightScheme.allCases.compactMap { scheme in
            errors(scheme, level: level, criterion).map {
              .init(
                scheme.title, style: .linePoints, x: Self.fractions.map { 100 * $0 },
                y: $0.map { 100 * $0 }, colour: scheme.colour)
            }
          })
      }
    }
    return [
      ("pruning", Figure(title: "Pruning of networks that read \(digits)", panels: panels))
    ]
  }

  var claims: [Claim] {
    let source = WeightNormalizationResult.source + ", §1"
    func text(_ level: Double) -> String { "e^−\(String(format: "%g", level))" }
    func against(_ other: WeightScheme, _ criterion: PruningCriterion) -> Claim? {
      guard let level = commonLevel(other, .exponential) else { return nil }
      return Claim(
        "At a loss of \(text(level)) EWN loses less than \(other.title) weights when 50–98 % of "
          + "\(criterion.title) are pruned: rise of the test error, difference", source: source,
        measured: 100
          * (rise(.exponential, level: level, criterion)! - rise(other, level: level, criterion)!),
        band: .atMost(0), unit: "points")
    }
    var list = [
      against(.unnormalized, .unitNorm), against(.standard, .unitNorm),
      against(.unnormalized, .magnitude),
    ].compactMap { $0 }
    if let last = commonLevel(.exponential), last > levels[0] {
      list.append(
        Claim(
          "Units of EWN are pruned better the lower the loss: rise of the test error at "
            + "\(text(last)) less that at \(text(levels[0]))", source: source,
          measured: 100
            * (rise(.exponential, level: last, .unitNorm)!
              - rise(.exponential, level: levels[0], .unitNorm)!),
          band: .atMost(0),
          unit: "points"))
    }
    return list
  }

  var notes: [String] {
    trainings.enumerated().flatMap { run, curves in
      curves.compactMap { curve in
        curve.failure.map { "pruning, \(curve.scheme.title), run \(run): \($0)" }
      }
    }
  }

  var rows: [WeightNormalizationResult.Row] {
    trainings.enumerated().flatMap { run, curves in
      curves.flatMap { $0.rows(part: "pruning", setting: "training", run: run) }
    }
      + curves.flatMap { curve in
        curve.points.flatMap { point in
          [("test_error", point.evaluation.error!), ("test_loss_nats", point.evaluation.loss)].map {
            WeightNormalizationResult.Row(
              part: "pruning", scheme: curve.scheme.rawValue,
              setting: "level \(curve.level), \(curve.criterion.rawValue), fraction "
                + "\(point.fraction)", run: curve.run, step: 0, quantity: $0.0, value: $0.1)
          }
        }
      }
  }
}
