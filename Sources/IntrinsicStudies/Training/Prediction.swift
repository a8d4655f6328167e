import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// A saved network that predicts samples without labels, a part of them at a time.
///
///     try Predictor(url).predict("new.csv") { part in print(part.table.csv()) }
package struct Predictor {
  /// The names of classes, or of values.
  package let names: [String]
  package let isOfClasses: Bool
  private let network: Network
  private let metadata: NetworkMetadata
  private let folded: Model
  private let parameters: Parameters<Float>
  private let threads: Int

  private static let batchSize = 1_000

  /// - Parameters:
  ///   - url: the file of the network.
  ///   - threads: of passes.
  /// - Throws: `DataError` if the file cannot be read, or lacks the statistics of a normalization.
  package init(_ url: URL, threads: Int = 1) throws(DataError) {
    let model = try Model(contentsOf: url)
    metadata = try NetworkMetadata(contentsOf: url)
    network = model.network
    guard !network.usesBatchStatistics || !model.statistics.isEmpty else {
      throw .unsupported(
        .init(file: url.path),
        found:
          "the network is normalized over batches, but its file holds no statistics of training",
        remedy: "Train it with Intrinsic, or save its running statistics.")
    }
    self.threads = threads
    folded = model.folded
    parameters = Parameters(folded.parameters.elements.map(Float.init))
    let isOfClasses = network.output.targetsAreClasses
    self.isOfClasses = isOfClasses
    let targets = metadata.encoding?.targets ?? []
    names =
      metadata.classes
      ?? (targets.count == network.outputCount
        ? targets : (0..<network.outputCount).map { isOfClasses ? "\($0)" : "output \($0)" })
  }

  /// Predicts samples.
  ///
  /// - Parameters:
  ///   - path: a table with the columns of training, in any order, or whatever `train` reads; labels are not needed.
  ///   - identifier: a column that is passed through.
  ///   - columns: the columns of a table that are the inputs, of networks that do not know their names.
  ///   - body: takes the predictions, part by part.
  /// - Returns: what a reader should know of how the data were read.
  /// - Throws: `DataError` if a file cannot be read or does not fit, and what `body` throws.
  package func predict(
    _ path: String, identifier: String? = nil, columns: [String]? = nil,
    _ body: (Prediction) throws -> Void
  ) throws -> [String] {
    var data = try UnlabelledData(
      path, encoding: metadata.encoding, inputCount: network.inputCount,
      imageShape: network.inputImage, columns: columns, identifier: identifier)
    let workspace = Workspace<Float>(
      folded.network, maximumBatchSize: Self.batchSize, threads: threads)
    var count = 0
    while let part = try data.next() {
      var inputs = part.inputs
      metadata.standardization?.apply(to: &inputs)
      let outputs = outputs(inputs, workspace)
      if let position = outputs.elements.firstIndex(where: { !$0.isFinite }) {
        throw DataError.malformed(
          .init(file: path, member: "sample \(count + position % outputs.columns)"),
          found: "the network's outputs are not finite for it",
          remedy: "Look for values far from those of the training data, or train again.")
      }
      count += outputs.columns
      try body(
        Prediction(
          names: names, isOfClasses: isOfClasses, outputs: outputs,
          identifiers: part.identifiers.map { (identifier!, $0) }))
    }
    return data.notes
  }

  private func outputs(_ inputs: Matrix<Float>, _ workspace: Workspace<Float>) -> Matrix<Double> {
    var result = Matrix<Double>(rows: network.outputCount, columns: inputs.columns)
    let hasProbabilities = isOfClasses || network.output == .bernoulli
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
}

/// What a network says about some samples.
package struct Prediction: Sendable {
  /// The names of classes, or of values.
  package let names: [String]
  package let isOfClasses: Bool
  /// Probabilities of classes, or values in units of the targets: names × samples.
  package let outputs: Matrix<Double>
  /// What identifies each sample, if asked for: the name of the column, and a text for each.
  package let identifiers: (name: String, texts: [String])?

  private var classNumbers: [Int] {
    (0..<outputs.columns).map { x in
      names.indices.max { outputs[$0, x] < outputs[$1, x] }!
    }
  }

  /// The class of the largest probability of each sample.
  package var classes: [String] { classNumbers.map { names[$0] } }

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

  /// Arrays of an npz file: `predictions`, samples × outputs, and of classes their numbers as `classes`.
  package static func arrays(_ parts: [Prediction]) -> [NamedTensor] {
    let values = parts.flatMap { $0.outputs.transposed.elements }
    let names = parts.first?.names ?? []
    let count = values.count / max(names.count, 1)
    var arrays = [NamedTensor("predictions", Tensor(values, shape: [count, names.count]))]
    if parts.first?.isOfClasses == true {
      arrays.append(NamedTensor("classes", Tensor(parts.flatMap(\.classNumbers))))
    }
    return arrays
  }
}
