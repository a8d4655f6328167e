import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// The data of a user, and whether a network fits them.
package struct TrainingData: Sendable {
  /// What they are, for titles.
  package let name: String
  package let train: Dataset
  /// Samples that are not trained on, where the data come with some.
  package let test: Dataset?
  /// Samples that tell when to stop, where they have a file of their own.
  package let validation: Dataset?

  package init(_ train: Dataset, test: Dataset?, validation: Dataset? = nil, name: String) {
    self.train = train
    self.validation = validation
    self.test = test
    self.name = name
  }

  /// Reads a file or a folder, and perhaps a file of samples for validation.
  ///
  /// - Throws: `DataError`, naming the place.
  package static func read(
    _ path: String, validation: String? = nil, _ options: DatasetOptions
  ) throws(DataError) -> TrainingData {
    let (train, test) = try Dataset.read(path, options: options)
    var held: Dataset?
    if let validation { held = try Dataset.read(validation, like: train, options: options) }
    return TrainingData(
      train, test: test, validation: held,
      name: URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent)
  }

  /// The names of the classes; nil for regression.
  package var classNames: [String]? {
    if case .classes(_, let names) = train.targets { names } else { nil }
  }

  /// The number of outputs that a network for them has.
  package var outputCount: Int {
    switch train.targets {
    case .classes(_, let names), .values(_, let names): names.count
    }
  }

  /// Softmax for classes, the square loss for values.
  package var output: OutputModel { classNames == nil ? .square : .softmax }

  /// The SHA-256 of each file, by its name.
  package var checksums: [String: String] {
    Dictionary(
      (train.sources + (validation?.sources ?? []) + (test?.sources ?? [])).map { source in
        // As “iris.csv (SHA-256 …)”.
        let parts = source.components(separatedBy: " (SHA-256 ")
        return (parts[0], parts.count > 1 ? String(parts[1].dropLast()) : "")
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Checks that a network may be trained on them.
  /// - Throws: naming both sides.
  package func check(_ text: NetworkText) throws(OptionError) {
    let areNumbers = classNames?.allSatisfy { Double($0) != nil } ?? false
    try OptionError.check(
      text.outputCount == outputCount, "network", text.description,
      "the last layer has \(text.outputCount) units, but the data have \(outputCount) "
        + "\(classNames == nil ? "values to predict" : "classes"); end with “fc\(outputCount)”"
        + (areNumbers ? ", or pass --regression if the labels are quantities" : ""))
  }

  /// Checks that they can be put to a trained network.
  /// - Throws: naming both sides.
  package func check(_ network: Network) throws(OptionError) {
    try OptionError.check(
      network.inputCount == train.inputs.rows, "data", name,
      "the samples have \(train.inputs.rows) features, but the network has "
        + "\(network.inputCount) inputs")
    try OptionError.check(
      network.output.targetsAreClasses == (classNames != nil), "data", name,
      "the \(network.output) outputs of the network want "
        + (network.output.targetsAreClasses ? "classes, not values" : "values, not classes"))
    try OptionError.check(
      classNames == nil ? network.outputCount == outputCount : network.outputCount >= outputCount,
      "data", name,
      "there are \(outputCount) \(classNames == nil ? "values to predict" : "classes"), but the "
        + "network has \(network.outputCount) outputs")
  }
}

extension Samples<Float> {
  /// The samples of a data set, inputs standardized if wanted.
  package init(_ dataset: Dataset, _ standardization: Standardization? = nil) {
    var inputs = dataset.inputs
    standardization?.apply(to: &inputs)
    let targets: Targets<Float> =
      switch dataset.targets {
      case .classes(let classes, _): .classes(classes)
      case .values(let values, _): .values(values)
      }
    self.init(inputs: inputs, targets: targets)
  }

  /// The same inputs with values in other units.
  func targetsStandardized(by map: Standardization?) -> Samples {
    guard let map, case .values(var values) = targets else { return self }
    map.apply(to: &values)
    return Samples(inputs: inputs, targets: .values(values))
  }

  /// The same samples with a weight each, if there are weights.
  func weighted(by weights: [Float]?) -> Samples {
    Samples(inputs: inputs, targets: targets, weights: weights)
  }
}
