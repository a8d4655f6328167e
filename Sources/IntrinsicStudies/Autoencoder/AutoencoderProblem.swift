import Intrinsic
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
  init(
    wiring: AutoencoderStudy.Wiring, sampleCount: Int, stream: RandomStream
  ) throws(NetworkError) {
    let sizes = [100, 30, 10, 30, 100]
    func network(_ activation: Activation) throws(NetworkError) -> Network {
      var stream = stream.child("wiring")
      var builder = NetworkBuilder(inputs: sizes[0])
      for (layer, size) in sizes.dropFirst().enumerated() {
        // Below the middle each unit that is read draws its readers, above it the other way round.
        try builder.randomSparse(
          size, activation, links: 5, fromSources: layer < 2, distinct: wiring == .distinct,
          using: &stream)
      }
      return try builder.build(output: .bernoulli)
    }
    var weights = stream.child("weights")
    var data = stream.child("strings")
    var bits = Matrix<Double>(rows: sizes[0], columns: sampleCount)
    for index in bits.elements.indices {
      bits.elements[index] = Bool.random(using: &data) ? 1 : 0
    }
    let tanhNetwork = try network(.tanh)
    let start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(tanhNetwork, using: &weights)
    tanh = Side(
      network: tanhNetwork, start: start,
      samples: Samples(inputs: bits.map { 2 * $0 - 1 }, targets: .values(bits)))
    sigmoid = Side(
      network: try network(.sigmoid), start: tanhNetwork.sigmoidParameters(fromTanh: start),
      samples: Samples(inputs: bits, targets: .values(bits)))
  }

  subscript(activation: AutoencoderStudy.ActivationName) -> Side {
    activation == .sigmoid ? sigmoid : tanh
  }
}
