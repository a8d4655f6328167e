import Foundation
import IntrinsicData
import IntrinsicMath

/// Samples as NumPy users keep them: an npz file with `inputs`, samples × features, and `targets`,
/// either class numbers from 0, one a sample, or samples × outputs.
extension Samples<Double> {
  /// Reads samples for a network.
  ///
  /// - Parameters:
  ///   - url: an npz file.
  ///   - network: what they must fit.
  ///   - limit: the number of samples that are kept at most, from the first.
  /// - Throws: `DataError`, naming the array and the sample, if they do not fit or a number is not
  ///   finite.
  public init(
    contentsOf url: URL, for network: Network, limit: Int = .max
  ) throws(DataError) {
    let arrays = try NPZ.read(url)
    func array(_ name: String) throws(DataError) -> Tensor {
      guard let tensor = arrays[name] else {
        throw .malformed(
          .init(file: url.path),
          found: "there is no array “\(name)”, only "
            + arrays.map { "“\($0.name)”" }.joined(separator: ", "),
          remedy: "Save the arrays “inputs” (samples × features) and “targets”.")
      }
      try tensor.requireFinite(file: url.path, name: name)
      return tensor
    }
    func refuse(_ name: String, _ found: String, _ remedy: String) -> DataError {
      .malformed(.init(file: url.path, member: name), found: found, remedy: remedy)
    }
    let (inputs, targets) = (try array("inputs"), try array("targets"))
    guard inputs.shape.count == 2, inputs.shape[1] == network.inputCount, inputs.shape[0] > 0 else {
      throw refuse(
        "inputs", "the shape is \(inputs.shape)",
        "The network needs samples × \(network.inputCount), with at least one sample.")
    }
    let (all, outputs) = (inputs.shape[0], network.outputCount)
    let count = Swift.min(all, Swift.max(limit, 1))
    let values = try inputs.doubles
    let columns = Matrix(
      rows: count, columns: network.inputCount,
      elements: Array(values.prefix(count * network.inputCount))
    ).transposed
    if network.output.targetsAreClasses {
      guard targets.shape == [all] else {
        throw refuse(
          "targets", "the shape is \(targets.shape)", "One class for each of \(all) samples fits.")
      }
      let classes = try targets.ints
      if let sample = classes.firstIndex(where: { $0 < 0 || $0 >= outputs }) {
        throw refuse(
          "targets", "sample \(sample) has class \(classes[sample])",
          "The network has the classes 0 to \(outputs - 1).")
      }
      self.init(inputs: columns, targets: .classes(Array(classes.prefix(count))))
      return
    }
    guard targets.shape == [all, outputs] || outputs == 1 && targets.shape == [all] else {
      throw refuse(
        "targets", "the shape is \(targets.shape)", "Samples × outputs is \(all) × \(outputs).")
    }
    let wanted = try targets.doubles
    if let place = wanted.firstIndex(where: { !network.output.accepts($0) }) {
      throw refuse(
        "targets", "sample \(place / outputs), output \(place % outputs) is \(wanted[place])",
        "The \(network.output) model needs \(network.output.targetRange).")
    }
    self.init(
      inputs: columns,
      targets: .values(
        Matrix(
          rows: count, columns: outputs, elements: Array(wanted.prefix(count * outputs))
        ).transposed))
  }
}

extension OutputModel {
  fileprivate func accepts(_ target: Double) -> Bool {
    switch self {
    case .bernoulli: (0...1).contains(target)
    case .exponential: target == 1 || target == -1
    case .square, .softmax, .spherical: true
    case .poisson, .huber, .custom: function!.accepts(target)
    }
  }

  fileprivate var targetRange: String {
    switch self {
    case .bernoulli: "numbers from 0 to 1"
    case .exponential: "−1 and 1"
    case .square, .softmax, .spherical: "numbers"
    case .poisson, .huber, .custom: function!.targetRange ?? "numbers"
    }
  }
}
