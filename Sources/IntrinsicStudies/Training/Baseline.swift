import Foundation
import Intrinsic
import IntrinsicMath

/// The best constant prediction, which a network has to beat: the frequency of each class, or the mean of
/// each value, over the samples of training.
package struct Baseline: Codable, Sendable {
  /// The frequency of each class, by number; empty for values.
  package let frequencies: [Double]
  /// The mean of each value; empty for classes.
  package let means: [Double]

  package init(_ targets: Targets<Float>) {
    switch targets {
    case .classes(let classes):
      var counts = [Double](repeating: 0, count: (classes.max() ?? -1) + 1)
      for number in classes { counts[number] += 1 }
      frequencies = counts.map { $0 / Double(classes.count) }
      means = []
    case .values(let values):
      frequencies = []
      means = (0..<values.rows).map { row in
        values.row(row).reduce(0) { $0 + Double($1) } / Double(max(values.columns, 1))
      }
    }
  }

  /// The fraction of samples that are of the most frequent class of training.
  package func accuracy(_ classes: [Int]) -> Double {
    guard let most = frequencies.indices.max(by: { frequencies[$0] < frequencies[$1] }) else {
      return 0
    }
    return Double(classes.count { $0 == most }) / Double(classes.count)
  }

  /// −E[ln frequency] in nats; infinite where a class is unknown.
  package func loss(_ classes: [Int]) -> Double {
    classes.reduce(0) { sum, number in
      sum - (frequencies.indices.contains(number) ? log(frequencies[number]) : -.infinity)
    } / Double(classes.count)
  }
}
