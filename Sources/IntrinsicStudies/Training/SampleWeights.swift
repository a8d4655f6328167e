import IntrinsicData

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
