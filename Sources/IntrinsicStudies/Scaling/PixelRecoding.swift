import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Pixels in random units: x′_i = s_i (x_i + u_i), s_i = 10^{k v_i}, v_i uniform on [−½, ½), and u_i
/// on [0, 1) unless k = 0, which changes nothing.
struct PixelRecoding {
  private let scales: [Double]
  private let shifts: [Double]

  init(count: Int, orders: Double, using stream: RandomStream) {
    var stream = stream
    scales = (0..<count).map { _ in pow(10, orders * (stream.uniform() - 0.5)) }
    shifts = (0..<count).map { _ in orders == 0 ? 0 : stream.uniform() }
  }

  /// The first samples with recoded pixels.
  func applied(to samples: Samples<Float>, first count: Int) -> Samples<Float> {
    let kept = min(count, samples.count)
    let part = kept == samples.count ? samples : samples.subset(0..<kept)
    var inputs = part.inputs
    for (pixel, (scale, shift)) in zip(scales, shifts).enumerated() {
      let (scale, shift) = (Float(scale), Float(shift))
      for index in pixel * kept..<(pixel + 1) * kept {
        inputs.elements[index] = scale * (inputs.elements[index] + shift)
      }
    }
    return Samples(inputs: inputs, targets: part.targets)
  }

  /// Parameters with which the network computes the same function of the recoded pixels.
  func applied(to parameters: Parameters<Float>, of network: Network) throws -> Parameters<Float> {
    let model = Model(
      network: network, parameters: Parameters(parameters.elements.map { Double($0) }))
    let recoded = try Transformation.inputShift(shifts).then(.inputScaling(scales))
      .applied(to: model)
    return Parameters(recoded.parameters.elements.map { Float($0) })
  }
}
