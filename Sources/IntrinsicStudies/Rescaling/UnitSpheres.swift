import Intrinsic
import IntrinsicMath

/// The weights with ‖w_in‖ = 1, w_in with the bias, at every hidden unit of a layered network.
struct UnitSpheres: Sendable {
  private let units: [Range<Int>]

  init(_ network: Network) {
    units = network.layers.dropLast().enumerated().flatMap { index, layer in
      (0..<layer.rows.count).map { network.parameters(layer: index, unit: $0) }
    }
  }

  /// w_in ← w_in/‖w_in‖, the nearest weights on the spheres. Outgoing weights stay, so that the
  /// function changes.
  func project(_ parameters: inout Parameters<Float>) {
    if !isKnownUniquelyReferenced(&parameters.storage) {
      parameters = Parameters(parameters.elements)
    }
    for unit in units {
      let weights = parameters.storage.pointer + unit.lowerBound
      let square = Float.dot(count: unit.count, x: weights, y: weights)
      // A unit without weights has no nearest point; what is not finite is found at the next step.
      guard square > 0, square.isFinite else { continue }
      let factor = 1 / square.squareRoot()
      for i in 0..<unit.count { weights[i] *= factor }
    }
  }
}
