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
    let ends = levels.count > 1 ? [levels.first!, commonLevel ?? levels.last!] : levels
    let panels = Set(ends).sorted().flatMap { level in
      PruningCriterion.allCases.map { criterion in
        Figure.Panel(
          title: "L = e^−\(String(format: "%g", level)): \(criterion.title)",
          x: .init("pruned (%)"), y: .init("test error (%)", range: 0...100),
          series: WeightScheme.allCases.compactMap { scheme in
            errors(scheme, level: level, criterion).map {
              .init(
                scheme.title, style: .linePoints, x: Self.fractions.map { 100 * $0 },
                y: $0.map { 100 * $0 }, colour: scheme.colour)
            }
          })
      }
    }
    return [("pruning", Figure(title: "Pruning of networks that read \(digits)", panels: panels))]
  }

  var claims: [Claim] {
    guard let level = commonLevel else { return [] }
    let text = String(format: "%g", level)
    var list = [WeightScheme.unnormalized, .standard].map { other in
      Claim(
        "At a loss of e^−\(text), EWN loses less when units are pruned than \(other.title): rise of "
          + "the test error over 50–98 %, difference",
        source: WeightNormalizationResult.source + ", §5",
        measured: 100
          * (rise(.exponential, level: level, .unitNorm)! - rise(other, level: level, .unitNorm)!),
        band: .atMost(0), unit: "points")
    }
    let first = levels[0]
    if level > first, let before = rise(.exponential, level: first, .unitNorm) {
      list.append(
        Claim(
          "EWN is pruned better the lower the loss: rise of the test error at e^−\(text) less that at "
            + "e^−\(String(format: "%g", first))",
          source: WeightNormalizationResult.source + ", §5",
          measured: 100 * (rise(.exponential, level: level, .unitNorm)! - before),
          band: .atMost(0), unit: "points"))
    }
    return list
  }

  var notes: [String] {
    courses.enumerated().flatMap { run, own in
      own.compactMap { course in
        course.failure.map { "pruning, \(course.scheme.title), run \(run): \($0)" }
      }
    }
  }

  var rows: [WeightNormalizationResult.Row] {
    courses.enumerated().flatMap { run, own in
      own.flatMap { $0.rows(part: "pruning", setting: "training", run: run) }
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
