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

/// What each sample counts in the loss, from its class and from a column of weights.
struct SampleWeights {
  private let classes: [Float]?
  /// What makes the mean over the training samples 1, so that the unit of weights has no effect.
  private var scale: Float = 1

  /// - Throws: if the weights do not fit the training samples, or all are 0.
  init(_ weights: ClassWeights?, fittedTo train: Dataset) throws(OptionError) {
    classes = try weights.map { weights throws(OptionError) in
      try weights.values(for: train.targets)
    }
    guard let values = values(of: train) else { return }
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    guard mean > 0, mean.isFinite else {
      throw OptionError(
        option: "weight-column", value: "",
        rule: "the weights of the training samples have the mean \(mean); one is to be above 0")
    }
    scale = Float(1 / mean)
  }

  /// The weights of samples; nil if all are 1.
  func values(of dataset: Dataset) -> [Float]? {
    guard classes != nil || dataset.weights != nil else { return nil }
    var result = dataset.weights ?? [Float](repeating: 1, count: dataset.count)
    if let classes, case .classes(let numbers, _) = dataset.targets {
      for (sample, number) in numbers.enumerated() { result[sample] *= classes[number] }
    }
    return result.map { $0 * scale }
  }
}
