import IntrinsicMath
import Testing

@testable import Intrinsic

/// Symmetries of hidden units. Every metric is invariant, the diagonal ones too: rescaling maps each
/// parameter to a multiple of itself.
@Suite struct RescalingInvarianceTests {
  private func trial() throws -> (Network, Parameters<Double>, Samples<Double>) {
    let network = try Network.layered([3, 3, 2, 2], activation: .relu, output: .square)
    var stream = RandomStream(seed: 8)
    let samples = randomSamples(network, count: 120, using: &stream)
    var parameters = randomParameters(network, using: &stream)
    // Positive biases keep all units alive on many samples.
    for (layer, count) in [(0, 3), (1, 2)] {
      for unit in 0..<count {
        parameters[network.parameters(layer: layer, unit: unit).lowerBound] = 0.7
      }
    }
    return (network, parameters, samples)
  }

  /// Unit 1 of the first layer: incoming parameters times ρ, outgoing divided by ρ.
  private func rescaled() throws -> Correspondence {
    let (network, parameters, samples) = try trial()
    let rho = 3.0
    let row = network.layers[0].rows.lowerBound + 1
    return Correspondence(network, parameters, samples, to: network, samples) { values in
      var result = values
      for i in network.parameters(layer: 0, unit: 1) { result[i] *= rho }
      for (index, layer) in network.layers.enumerated() {
        for unit in 0..<layer.rows.count {
          let range = network.parameters(layer: index, unit: unit)
          let position = layer.connection.incomingRows(of: unit).firstIndex(of: row)
          if let position { result[range.lowerBound + position] /= rho }
        }
      }
      return result
    }
  }

  /// A full metric is singular: its null space holds the rescalings.
  @Test(arguments: Metric.everyReduced.map { Optimizer.metric($0, .none) })
  func `rescaling a rectified unit changes no step of a metric`(_ method: Optimizer) throws {
    let deviation = try rescaled().deviation(method)
    #expect(deviation < InvarianceTests.tolerance(method))
  }

  @Test(arguments: Optimizer.baselines)
  func `rescaling a rectified unit changes the steps of methods without metric`(_ method: Optimizer)
    throws
  {
    let deviation = try rescaled().deviation(method)
    #expect(deviation > 1e-3)
  }

  /// Exchanges units 0 and 2 of the first layer.
  private func permuted() throws -> Correspondence {
    let (network, parameters, samples) = try trial()
    let first = network.layers[0].rows.lowerBound
    let exchanged = [first: first + 2, first + 2: first]
    return Correspondence(network, parameters, samples, to: network, samples) { values in
      var result = values
      for (unit, other) in [(0, 2), (2, 0)] {
        result.replaceSubrange(
          network.parameters(layer: 0, unit: unit),
          with: values[network.parameters(layer: 0, unit: other)])
      }
      for (index, layer) in network.layers.enumerated().dropFirst() {
        for unit in 0..<layer.rows.count {
          let range = network.parameters(layer: index, unit: unit)
          let rows = layer.connection.incomingRows(of: unit)
          for (i, row) in zip(range, rows) {
            if let other = exchanged[row] {
              result[i] = values[range.lowerBound + rows.firstIndex(of: other)!]
            }
          }
        }
      }
      return result
    }
  }

  /// A permutation preserves lengths, and so the damping too.
  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `permuting hidden units permutes steps`(_ method: Optimizer) throws {
    let deviation = try permuted().deviation(method)
    #expect(deviation < InvarianceTests.tolerance(method))
  }
}
