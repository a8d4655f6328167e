import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// One instance of the auto-encoding problem of Ollivier 2015, §4: a random sparse network and random
/// binary strings, in a tanh and a sigmoid implementation that compute the same function.
struct AutoencoderProblem {
  /// One implementation.
  struct Side {
    let network: Network
    let start: Parameters<Double>
    let samples: Samples<Double>
  }

  let sigmoid: Side
  let tanh: Side

  /// - Parameters:
  ///   - stream: the stream of this instance.
  ///   - sampleCount: the number of binary strings, 16 in the paper.
  init(wiring: AutoencoderStudy.Wiring, sampleCount: Int, stream: RandomStream) throws {
    let sizes = [100, 30, 10, 30, 100]
    var wires = stream.child("wiring")
    var builder = NetworkBuilder(inputs: sizes[0])
    for (layer, size) in sizes.dropFirst().enumerated() {
      // Below the middle each unit that is read draws its readers, above it the other way round.
      try builder.randomSparse(
        size, .tanh, links: 5, fromSources: layer < 2, distinct: wiring == .distinct,
        using: &wires)
    }
    var weights = stream.child("weights")
    var data = stream.child("strings")
    var bits = Matrix<Double>(rows: sizes[0], columns: sampleCount)
    for index in bits.elements.indices {
      bits.elements[index] = Bool.random(using: &data) ? 1 : 0
    }
    let network = try builder.build(output: .bernoulli)
    let start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &weights)
    tanh = Side(
      network: network, start: start,
      samples: Samples(inputs: bits.map { 2 * $0 - 1 }, targets: .values(bits)))
    let other = try Transformation.sigmoidFromTanh.applied(
      to: Model(network: network, parameters: start))
    sigmoid = Side(
      network: other.network, start: other.parameters,
      samples: Transformation.sigmoidFromTanh.applied(to: tanh.samples))
  }

  subscript(activation: AutoencoderStudy.ActivationName) -> Side {
    activation == .sigmoid ? sigmoid : tanh
  }
}
