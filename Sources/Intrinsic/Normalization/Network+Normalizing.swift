import Foundation
import IntrinsicMath

extension Network {
  /// The network with other hidden layers normalized, which computes the same function on the batch
  /// that `inputs` are: w̃ = w, g = γ̃ and β = b + mean with the statistics of that batch.
  ///
  /// - Parameters:
  ///   - parameters: those of the network as it is.
  ///   - normalization: one with gains.
  ///   - chosen: the layers to normalize; all but the last if nil.
  ///   - inputs: inputs × samples.
  ///   - threads: of each pass.
  /// - Throws: ``NormalizationError`` if there are no gains to keep the scale, or a unit is constant.
  public func normalized<T: Scalar>(
    _ parameters: Parameters<T>, by normalization: Normalization, layers chosen: [Int]? = nil,
    on inputs: Matrix<T>, threads: Int = 1
  ) throws(NormalizationError) -> (network: Network, parameters: Parameters<T>) {
    guard normalization.gain != .none else { throw .withoutGains }
    let chosen = Set(
      chosen ?? layers.indices.dropLast().filter { !layers[$0].parameters.isEmpty })
    precondition(
      chosen.isSubset(of: layers.indices), "no such layers: \(chosen.subtracting(layers.indices))")
    for index in chosen.sorted() {
      precondition(!layers[index].parameters.isEmpty, "layer \(index) has no parameters")
      if layers[index].normalization != nil { throw .alreadyNormalized(layer: index) }
      if layers[index].affine != nil { throw .reparametrized(layer: index) }
    }
    let result = normalized(by: normalization, layers: chosen)
    let old = parameters.elements
    var values: [T] = []
    for (index, layer) in layers.enumerated() {
      let units = (0..<layer.connection.unitCount).map {
        old[self.parameters(layer: index, unit: $0)]
      }
      guard chosen.contains(index) else {
        values += units.joined()
        continue
      }
      values += units.flatMap { layer.hasBias ? $0.dropFirst() : $0 }
      values += units.flatMap { [layer.hasBias ? $0.first! : 0, 0] }
    }
    let workspace = Workspace<T>(result, maximumBatchSize: inputs.columns, threads: threads)
    workspace.load(inputs: inputs)
    var moved = Parameters(values)
    for index in result.layers.indices where result.gainLayer(of: index) != nil {
      // Layers below are right by now, so that the statistics of this one are.
      workspace.forward(moved)
      let normalizer = workspace.normalizers[index]!
      let (mean, inverses) = (normalizer.statistics.mean, normalizer.inverses)
      for unit in inverses.indices {
        guard inverses[unit] > 0 else { throw .constantUnit(layer: index, unit: unit) }
        let range = result.parameters(layer: index + 1, unit: unit)
        moved[range.lowerBound] += mean[unit]
        moved[range.lowerBound + 1] =
          normalization.gain == .exponential
          ? -T(Foundation.log(Double(inverses[unit]))) : 1 / inverses[unit]
      }
    }
    return (result, moved)
  }

  /// The architecture with layers split into one that is normalized and one that has its gains and
  /// shifts.
  private func normalized(by normalization: Normalization, layers chosen: Set<Int>) -> Network {
    func row(_ row: Int) -> Int {
      row
        + chosen.filter { layers[$0].rows.lowerBound <= row }.reduce(0) {
          $0 + layers[$1].rows.count + 1
        }
    }
    var drafts: [Draft] = []
    for (index, layer) in layers.enumerated() {
      var draft = draft(of: layer)
      draft.connection = layer.connection.rewired(
        hasBias: layer.hasBias && !chosen.contains(index), firstHiddenRow: firstHiddenRow, row: row)
      guard chosen.contains(index) else {
        drafts.append(draft)
        continue
      }
      let isOutput = index == layers.count - 1
      let first = row(layer.rows.lowerBound) - layer.rows.count - (isOutput ? 0 : 1)
      drafts.append(
        Draft(
          connection: draft.connection, activation: .identity, hasBias: false,
          normalization: normalization, image: layer.image))
      let source = first..<first + layer.rows.count
      let isLogarithmic = normalization.gain == .exponential
      draft.connection = Gains(
        source: source, channels: layer.image?.channels ?? source.count, hasBias: true,
        isLogarithmic: isLogarithmic, firstHiddenRow: firstHiddenRow)
      draft.hasBias = true
      drafts.append(draft)
    }
    // Layers that can be normalized were checked, and nothing else could be refused.
    return try! Network(
      inputCount: inputCount, inputImage: inputImage, drafts: drafts, output: output,
      unitRows: Self.unitRows(inputCount: inputCount, drafts.map(\.connection.rowCount)))
  }
}
