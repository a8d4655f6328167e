import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

extension NetworkMetadata {
  /// How data for the network are read.
  package func datasetOptions(of network: Network) -> DatasetOptions {
    DatasetOptions(
      isRegression: !network.output.targetsAreClasses, encoding: encoding,
      imageShape: nil, classNames: classes)
  }
}

/// Samples for a saved network, prepared as those of its training: the same columns by name, standardized alike.
package enum ModelSamples {
  /// Reads whatever `train` reads, and npz files with `inputs` (samples × features) and `targets` in double
  /// precision.
  ///
  /// - Parameters:
  ///   - path: of the data; their test samples if they come with some.
  ///   - model: what they are for.
  ///   - url: the file of the model.
  ///   - limit: samples at most, from the first.
  /// - Throws: `DataError` if a file cannot be read or does not fit.
  package static func read(
    _ path: String, for model: Model, savedAt url: URL, limit: Int
  ) throws(DataError) -> Samples<Double> {
    let metadata = try NetworkMetadata(contentsOf: url)
    var samples: Samples<Double>
    if path.hasSuffix(".npz"),
      try NPZ.read(URL(fileURLWithPath: path))["inputs"]?.shape.count == 2
    {
      samples = try Samples(
        contentsOf: URL(fileURLWithPath: path), for: model.network, limit: limit)
    } else {
      let data = try TrainingData.read(path, metadata.datasetOptions(of: model.network))
      do { try data.check(model.network) } catch {
        throw .malformed(
          .init(file: path), found: "the data do not fit the network: \(error)",
          remedy: "Pass data with the features and targets of its training.")
      }
      let part = data.test ?? data.train
      samples = Samples<Double>(
        part.count > limit ? part.subset(Array(0..<limit)) : part)
    }
    guard let standardization = metadata.standardization else { return samples }
    return Samples(
      inputs: standardization.applied(to: samples.inputs), targets: samples.targets)
  }
}

extension Samples<Double> {
  fileprivate init(_ dataset: Dataset) {
    let targets: Targets<Double> =
      switch dataset.targets {
      case .classes(let classes, _): .classes(classes)
      case .values(let values, _): .values(values.map { Double($0) })
      }
    self.init(inputs: dataset.inputs.map { Double($0) }, targets: targets)
  }
}
