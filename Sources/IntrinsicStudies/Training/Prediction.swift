import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// What a saved network says about samples without labels.
package struct Prediction: Sendable {
  /// The names of classes, or of values.
  package let names: [String]
  package let isOfClasses: Bool
  /// Probabilities of classes, or values in units of the targets: names × samples.
  package let outputs: Matrix<Double>
  /// What identifies each sample, if asked for: the name of the column, and a text for each.
  package let identifiers: (name: String, texts: [String])?
  /// What a reader should know of how the data were read.
  package let notes: [String]

  /// - Parameters:
  ///   - path: a table with the columns of training, in any order, or whatever `train` reads.
  ///   - url: the file of the network.
  ///   - identifier: a column that is passed through.
  ///   - threads: of passes.
  /// - Throws: `DataError` if a file cannot be read or does not fit.
  package init(
    of path: String, by url: URL, identifier: String? = nil, threads: Int = 1
  ) throws(DataError) {
    let model = try Model(contentsOf: url)
    let metadata = try NetworkMetadata(contentsOf: url)
    let network = model.network
    guard !network.usesBatchStatistics || !model.statistics.isEmpty else {
      throw .unsupported(
        .init(file: url.path),
        found:
          "the network is normalized over batches, but its file holds no statistics of training",
        remedy: "Train it with Intrinsic, or save its running statistics.")
    }
    var dataset: Dataset
    if let encoding = metadata.encoding {
      let read = try Dataset.unlabelled(path, encoding, identifier: identifier)
      dataset = read.dataset
      identifiers = read.identifiers.map { (identifier!, $0) }
    } else {
      guard identifier == nil else {
        throw .unsupported(
          .init(file: path),
          found: "the network was not trained on a table, whose columns have names",
          remedy: "Leave --id out.")
      }
      let data = try Dataset.read(path, options: metadata.datasetOptions(of: network))
      dataset = data.test ?? data.train
      identifiers = nil
    }
    guard dataset.inputs.rows == network.inputCount else {
      throw .malformed(
        .init(file: path),
        found: "the samples have \(dataset.inputs.rows) features, but the network has "
          + "\(network.inputCount) inputs",
        remedy: "Pass data with the features of its training.")
    }
    notes = dataset.notes
    metadata.standardization?.apply(to: &dataset.inputs)
    isOfClasses = network.output.targetsAreClasses
    let targets = metadata.encoding?.targets ?? []
    names =
      metadata.classes
      ?? (targets.count == network.outputCount
        ? targets : (0..<network.outputCount).map { "output \($0)" })
    outputs = Self.outputs(of: model.folded, dataset.inputs, threads: threads)
    if let position = outputs.elements.firstIndex(where: { !$0.isFinite }) {
      throw .malformed(
        .init(file: path, member: "sample \(position % outputs.columns)"),
        found: "the network's outputs are not finite for it",
        remedy: "Look for values far from those of the training data, or train again.")
    }
  }

  private static func outputs(
    of model: Model, _ inputs: Matrix<Float>, threads: Int
  ) -> Matrix<Double> {
    let network = model.network
    let parameters = Parameters(model.parameters.elements.map(Float.init))
    let workspace = Workspace<Float>(
      network, maximumBatchSize: min(1_000, inputs.columns), threads: threads)
    var result = Matrix<Double>(rows: network.outputCount, columns: inputs.columns)
    let hasProbabilities = network.output.targetsAreClasses || network.output == .bernoulli
    for start in stride(from: 0, to: inputs.columns, by: workspace.maximumBatchSize) {
      let part = start..<min(start + workspace.maximumBatchSize, inputs.columns)
      workspace.load(inputs: inputs.columns(part))
      workspace.forward(parameters)
      let outputs = hasProbabilities ? workspace.probabilities : workspace.outputs
      for row in 0..<network.outputCount {
        for (x, sample) in part.enumerated() {
          result[row, sample] = network.output.prediction(Double(outputs[row, x]))
        }
      }
    }
    return result
  }

  /// The class of the largest probability of each sample.
  package var classes: [String] {
    (0..<outputs.columns).map { x in
      names[names.indices.max { outputs[$0, x] < outputs[$1, x] }!]
    }
  }

  /// A row a sample: the identifier, the class with the probability of each, or the values.
  package var table: TextTable {
    let columns =
      (identifiers.map { [$0.name] } ?? [])
      + (isOfClasses ? ["prediction"] + names.map { "probability of \($0)" } : names)
    var table = TextTable(columns: columns.map { .init($0) })
    let classes = isOfClasses ? self.classes : []
    for x in 0..<outputs.columns {
      table.addRow(
        (identifiers.map { [$0.texts[x]] } ?? []) + (isOfClasses ? [classes[x]] : [])
          + names.indices.map { "\(Float(outputs[$0, x]))" })
    }
    return table
  }

  /// `predictions`, samples × outputs, and of classes their numbers as `classes`.
  package var arrays: [NamedTensor] {
    let transposed = outputs.transposed
    var arrays = [
      NamedTensor(
        "predictions", Tensor(transposed.elements, shape: [transposed.rows, transposed.columns]))
    ]
    if isOfClasses {
      let numbers = (0..<outputs.columns).map { x in
        names.indices.max { outputs[$0, x] < outputs[$1, x] }!
      }
      arrays.append(NamedTensor("classes", Tensor(numbers)))
    }
    return arrays
  }
}
