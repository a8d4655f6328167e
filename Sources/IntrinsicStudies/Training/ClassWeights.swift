import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// How much the samples of each class count in the loss.
package enum ClassWeights: Hashable, Sendable {
  /// Every class as much as any other: n/(K n_c) for n_c of n samples in class c of K.
  case balanced
  /// By the name of the class; 1 for those without one.
  case named([String: Double])

  /// The weight of each class.
  ///
  /// - Throws: if there are no classes, or a name is none of theirs.
  func values(for targets: Dataset.Targets) throws(OptionError) -> [Float] {
    guard case .classes(let classes, let names) = targets else {
      throw OptionError(
        option: "class-weights", value: description,
        rule: "the data have values to predict, not classes; leave it out")
    }
    switch self {
    case .balanced:
      var counts = [Int](repeating: 0, count: names.count)
      for number in classes { counts[number] += 1 }
      let present = Float(counts.count { $0 > 0 })
      return counts.map { $0 == 0 ? 0 : Float(classes.count) / (present * Float($0)) }
    case .named(let weights):
      for name in weights.keys.sorted() where !names.contains(name) {
        throw OptionError(
          option: "class-weights", value: name,
          rule: "the classes are \(names.joined(separator: ", "))")
      }
      return names.map { Float(weights[$0] ?? 1) }
    }
  }
}

extension ClassWeights: LosslessStringConvertible, Codable {
  /// From `balanced`, or `setosa=2,virginica=0.5`.
  package init?(_ text: String) {
    if text == "balanced" {
      self = .balanced
      return
    }
    var weights: [String: Double] = [:]
    for part in text.split(separator: ",") {
      guard let sign = part.lastIndex(of: "="),
        let weight = Double(part[part.index(after: sign)...]), weight >= 0, weight.isFinite,
        weights.updateValue(weight, forKey: String(part[..<sign])) == nil
      else { return nil }
    }
    if !weights.values.contains(where: { $0 > 0 }) { return nil }
    self = .named(weights)
  }

  package var description: String {
    switch self {
    case .balanced: "balanced"
    case .named(let weights):
      weights.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "“\(text)” are no weights of classes")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
