import Foundation
import IntrinsicMath

/// The same function without normalization.
extension Network {
  /// The network with every layer as its weights say, and gains merged with the layer that they
  /// scale.
  public var withoutNormalization: Network {
    var drafts: [Draft] = []
    for (index, layer) in layers.enumerated() where gainLayer(of: index) == nil {
      var draft = draft(of: layer)
      draft.normalization = nil
      if index > 0, gainLayer(of: index - 1) != nil {
        draft.connection = layers[index - 1].connection
      }
      draft.connection = draft.connection.rewired(
        hasBias: layer.hasBias, firstHiddenRow: firstHiddenRow, row: foldedRow)
      drafts.append(draft)
    }
    let removed = Set(
      layers.indices.filter { gainLayer(of: $0) != nil }.flatMap { layers[$0].rows })
    // Nothing but a normalization could be refused.
    return try! Network(
      inputCount: inputCount, inputImage: inputImage, drafts: drafts, output: output,
      unitRows: unitRows.filter { !removed.contains($0) }.map(foldedRow))
  }

  /// Where a row is once the layers that have gains elsewhere are gone.
  private func foldedRow(_ row: Int) -> Int {
    var result = row
    for index in layers.indices where layers[index].rows.upperBound <= row {
      if gainLayer(of: index) != nil { result -= layers[index].rows.count + 1 }
    }
    return result
  }

  /// The network without normalization that computes the same function with the statistics given, on
  /// whatever samples: w_v = g_v w̃_v/γ̃_v, b_v = β_v − g_v mean_v/γ̃_v.
  ///
  /// - Parameters:
  ///   - parameters: those of the normalized network.
  ///   - statistics: of each layer whose normalization depends on the batch, by its index.
  public func folded<T: Scalar>(
    _ parameters: Parameters<T>, _ statistics: [Int: NormalizationStatistics<T>]
  ) -> (network: Network, parameters: Parameters<T>) {
    precondition(
      parameters.count == parameterCount,
      "\(parameters.count) parameters for a network of \(parameterCount)")
    let old = parameters.elements
    var values: [T] = []
    for (index, layer) in layers.enumerated() where gainLayer(of: index) == nil {
      let gains = index > 0 && gainLayer(of: index - 1) != nil
      for unit in 0..<layer.connection.unitCount {
        let weights = old[self.parameters(layer: index, unit: unit)]
        if gains {
          let scale = scale(old, statistics, layer: index - 1, unit: unit)
          let below = layers[index - 1].normalization!
          let gain =
            below.gain == .exponential ? T(Foundation.exp(Double(weights.last!))) : weights.last!
          if layer.hasBias { values.append(weights.first! - gain * scale.inverse * scale.mean) }
          values += old[self.parameters(layer: index - 1, unit: unit)].map {
            gain * scale.inverse * $0
          }
        } else if layer.normalization != nil {
          let scale = scale(old, statistics, layer: index, unit: unit)
          var weights = Array(weights)
          if layer.hasBias { weights[0] -= scale.mean }
          values += weights.map { $0 * scale.inverse }
        } else {
          values += weights
        }
      }
    }
    return (withoutNormalization, Parameters(values))
  }

  /// mean and 1/γ̃ of a unit.
  private func scale<T: Scalar>(
    _ parameters: [T], _ statistics: [Int: NormalizationStatistics<T>], layer: Int, unit: Int
  ) -> (mean: T, inverse: T) {
    let normalization = layers[layer].normalization!
    let observed = statistics[layer]
    precondition(observed != nil || !normalization.usesBatch, "no statistics for layer \(layer)")
    let alpha = T(normalization.measure.alpha)
    let squares = parameters[self.parameters(layer: layer, unit: unit)].reduce(0) {
      $0 + $1 * $1
    }
    let variance = alpha > 0 ? observed!.variance[unit] : 0
    let mean = normalization.isCentred ? observed!.mean[unit] : 0
    let square = alpha * variance + (1 - alpha) * squares
    return (
      mean,
      square <= Normalization.rounding(about: mean) ? 0 : 1 / square.squareRoot()
    )
  }
}

extension Workspace {
  /// The network without normalization that computes the same function as the last forward pass on
  /// whatever samples.
  public func folded(_ parameters: Parameters<T>) -> (network: Network, parameters: Parameters<T>) {
    network.folded(parameters, normalizationStatistics)
  }
}
