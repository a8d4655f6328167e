import Intrinsic
import IntrinsicMath

/// Small binary problems in the plane.
enum ToyData: String, CaseIterable, Codable, Sendable {
  /// Normal points on both sides of a line through the origin, none closer to it than 0.3.
  case separable
  /// The corners of a square, alternating.
  case xor

  var title: String {
    switch self {
    case .separable: "linearly separable points"
    case .xor: "XOR"
    }
  }

  /// Points with their labels ±1; XOR is the same for all streams.
  func samples(using stream: inout RandomStream) -> Samples<Double> {
    switch self {
    case .separable:
      let normal = (2 / 5.0.squareRoot(), 1 / 5.0.squareRoot())
      var (x, y, labels): ([Double], [Double], [Double]) = ([], [], [])
      while labels.count < 20 {
        let point = (stream.normal(), stream.normal())
        let side = point.0 * normal.0 + point.1 * normal.1
        guard abs(side) > 0.3 else { continue }
        x.append(point.0)
        y.append(point.1)
        labels.append(side > 0 ? 1 : -1)
      }
      return Samples(inputs: Matrix([x, y]), targets: .values(Matrix([labels])))
    case .xor:
      return Samples(
        inputs: Matrix([[1, -1, 1, -1], [1, -1, -1, 1]]),
        targets: .values(Matrix([[1, 1, -1, -1]])))
    }
  }
}
