import Foundation
import Intrinsic
import IntrinsicMath

/// A partial differential equation with a known solution, as a physics-informed network is trained on it in a published
/// comparison (Dangel, Müller and Zeinhofer 2024; Müller and Zeinhofer 2023).
package enum BoundaryProblem: String, CaseIterable, Codable, Sendable {
  /// −Δu = f on the unit square, u = sin πx sin πy, on a fixed grid.
  case poisson2D = "poisson-2d"
  /// −Δu = f on the unit cube of five dimensions, u = Σ cos πx_i, at fresh points each step.
  case poisson5D = "poisson-5d"
  /// ∂_t u = ¼ ∂_x² u on the unit square of (t, x), u = e^{−π²t/4} sin πx, on a fixed grid.
  case heat

  var title: String {
    switch self {
    case .poisson2D: "Poisson's equation in 2 dimensions"
    case .poisson5D: "Poisson's equation in 5 dimensions"
    case .heat: "Heat equation, 1 dimension and time"
    }
  }

  /// Units of each layer.
  var layers: [Int] {
    switch self {
    case .poisson2D, .heat: [2, 64, 1]
    case .poisson5D: [5, 64, 64, 48, 48, 1]
    }
  }

  /// Whether each step has points of its own.
  var hasFreshPoints: Bool { self == .poisson5D }

  private var dimensions: Int { layers[0] }

  /// The exact u.
  func solution(_ x: [Double]) -> Double {
    switch self {
    case .poisson2D: sin(.pi * x[0]) * sin(.pi * x[1])
    case .poisson5D: x.reduce(0) { $0 + cos(.pi * $1) }
    case .heat: exp(-.pi * .pi * x[0] / 4) * sin(.pi * x[1])
    }
  }

  /// What the operator of the interior makes of the exact u.
  private func source(_ x: [Double]) -> Double {
    switch self {
    case .poisson2D: 2 * .pi * .pi * solution(x)
    case .poisson5D: .pi * .pi * solution(x)
    case .heat: 0
    }
  }

  private var interiorOperator: LinearOperator {
    switch self {
    case .poisson2D, .poisson5D:
      LinearOperator(laplacian: [Double](repeating: -1, count: dimensions))
    case .heat: LinearOperator(gradient: [1, 0], laplacian: [0, -0.25])
    }
  }

  /// The network with points to train on: `interior` and `boundary` of them where they are fresh.
  func problem(
    _ network: Network, interior: Int, boundary: Int, using stream: inout RandomStream
  ) throws -> ResidualProblem<Double> {
    let inside: [[Double]]
    let edge: [[Double]]
    if hasFreshPoints {
      inside = (0..<interior).map { _ in randomPoint(&stream) }
      edge = (0..<boundary).map { index in
        var point = randomPoint(&stream)
        point[index % dimensions] = index / dimensions % 2 == 0 ? 0 : 1
        return point
      }
    } else {
      let grid = (0..<30).map { (Double($0) + 0.5) / 30 }
      inside = grid.flatMap { a in grid.map { [a, $0] } }
      let sides: [[Double]] = grid.flatMap { [[0, $0], [$0, 0], [$0, 1]] }
      // Nothing is known of the end of time.
      edge = sides + (self == .heat ? [] : grid.map { [1, $0] })
    }
    return try ResidualProblem(
      network,
      [
        ResidualSet(
          "interior", interiorOperator, at: Self.matrix(inside), targets: inside.map(source)),
        ResidualSet(
          "boundary", LinearOperator(value: 1), at: Self.matrix(edge),
          targets: edge.map(solution)),
      ])
  }

  /// Points for measuring errors, drawn uniformly.
  func evaluationPoints(
    _ count: Int, using stream: inout RandomStream
  ) -> (points: Matrix<Double>, values: [Double]) {
    let points = (0..<count).map { _ in randomPoint(&stream) }
    return (Self.matrix(points), points.map(solution))
  }

  private func randomPoint(_ stream: inout RandomStream) -> [Double] {
    (0..<dimensions).map { _ in stream.uniform() }
  }

  /// Rows of points as a matrix of inputs × points.
  private static func matrix(_ rows: [[Double]]) -> Matrix<Double> {
    Matrix(
      rows: rows[0].count, columns: rows.count,
      elements: rows[0].indices.flatMap { d in rows.map { $0[d] } })
  }

  /// The errors that the comparison reports, after its seconds on one workstation GPU.
  var published: [(method: String, error: Double)] {
    switch self {
    case .poisson2D:
      [
        ("ENGD", 6.1e-8), ("K-FAC", 2.0e-7), ("Hessian-free", 3.2e-7), ("Adam", 9.4e-5),
        ("L-BFGS", 1.6e-4),
      ]
    case .poisson5D: [("SPRING", 2.6e-7), ("ENGD-W", 6.8e-7), ("Adam", 3.1e-3)]
    case .heat: []
    }
  }

  /// The seconds of the published errors.
  var publishedSeconds: Double? {
    switch self {
    case .poisson2D: 1_000
    case .poisson5D: 7_000
    case .heat: nil
    }
  }
}
