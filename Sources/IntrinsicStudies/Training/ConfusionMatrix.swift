import Foundation
import Intrinsic
import IntrinsicMath

/// How often samples of each class are taken for each class.
package struct ConfusionMatrix: Codable, Sendable, Equatable {
  package let names: [String]
  /// Samples, true class × predicted class.
  package let counts: [[Int]]
  /// Samples of each class for which no class stands out.
  package let undecided: [Int]

  /// - Parameter predicted: nil where no class stands out.
  init(names: [String], classes: [Int], predicted: [Int?]) {
    precondition(
      classes.count == predicted.count, "\(predicted.count) predictions of \(classes.count) classes"
    )
    var counts = [[Int]](repeating: [Int](repeating: 0, count: names.count), count: names.count)
    var undecided = [Int](repeating: 0, count: names.count)
    for (actual, other) in zip(classes, predicted) {
      if let other { counts[actual][other] += 1 } else { undecided[actual] += 1 }
    }
    self.names = names
    self.counts = counts
    self.undecided = undecided
  }

  /// Samples of a class.
  package func total(_ index: Int) -> Int { counts[index].reduce(0, +) + undecided[index] }

  /// The fraction of the samples of a class that are taken for it; NaN where there are none.
  package func recall(_ index: Int) -> Double {
    Double(counts[index][index]) / Double(total(index))
  }

  /// The fraction of the samples that are taken for a class that belong to it; NaN where there are none.
  package func precision(_ index: Int) -> Double {
    Double(counts[index][index]) / Double(counts.reduce(0) { $0 + $1[index] })
  }

  /// The harmonic mean of precision and recall, 2 TP/(2 TP + FP + FN); NaN where the class neither occurs nor is
  /// predicted.
  package func f1(_ index: Int) -> Double {
    let predicted = counts.reduce(0) { $0 + $1[index] }
    return 2 * Double(counts[index][index]) / Double(total(index) + predicted)
  }

  /// The mean of F1 over the classes that occur or are predicted, each with the same weight.
  package var meanF1: Double { names.indices.map(f1).filter { !$0.isNaN }.mean }

  /// A row for each true class.
  package var table: TextTable {
    let hasUndecided = undecided.contains { $0 > 0 }
    var table = TextTable(
      title: "Samples by true class (rows) and predicted class (columns)",
      columns: [.init("class")] + names.map { .init($0, .trailing) }
        + (hasUndecided ? [.init("undecided", .trailing)] : [])
        + ["recall (%)", "precision (%)", "F1 (%)"].map { .init($0, .trailing) })
    for (index, name) in names.enumerated() {
      table.addRow(
        [name] + counts[index].map(String.init) + (hasUndecided ? ["\(undecided[index])"] : [])
          + [recall(index), precision(index), f1(index)].map(percent))
    }
    return table
  }

  /// The most classes that a figure has room for.
  static let greatestFigure = 25

  /// The counts as a square of shaded cells, each row by its share; nil if there are too many classes.
  func figure(_ title: String) -> Figure? {
    guard names.count <= Self.greatestFigure else { return nil }
    var cells: (x: [Double], y: [Double], shades: [Double], numbers: [Double]) = ([], [], [], [])
    for (actual, row) in counts.enumerated() {
      for (other, count) in row.enumerated() {
        cells.x.append(Double(other))
        // The first class at the top.
        cells.y.append(Double(names.count - 1 - actual))
        cells.shades.append(Double(count) / Double(max(total(actual), 1)))
        cells.numbers.append(Double(count))
      }
    }
    let range = -0.5...Double(names.count) - 0.5
    return Figure(
      title: title,
      panels: [
        .init(
          x: .init("predicted class", range: range, categories: names),
          y: .init("true class", range: range, categories: names.reversed()),
          series: [
            .cells(x: cells.x, y: cells.y, shades: cells.shades, numbers: cells.numbers)
          ])
      ])
  }

  /// A row for each pair of classes, for programs.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("true_class"), .init("predicted_class"), .init("samples"),
    ])
    for (actual, row) in counts.enumerated() {
      for (other, count) in row.enumerated() {
        table.addRow([names[actual], names[other], "\(count)"])
      }
      if undecided[actual] > 0 { table.addRow([names[actual], "", "\(undecided[actual])"]) }
    }
    return table
  }
}

/// A fraction as per cent; – if it is none.
func percent(_ fraction: Double) -> String {
  fraction.isFinite ? String(format: "%.2f", 100 * fraction) : "–"
}
