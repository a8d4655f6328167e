import Intrinsic

/// Solves −Δu = f on the unit square with u = 0 on its boundary, and says u at the given points.
func solvePoisson(_ f: ([Double]) -> Double, at points: [[Double]]) throws -> [Double] {
  let grid = (0..<20).map { (Double($0) + 0.5) / 20 }
  let inside = grid.flatMap { x in grid.map { y in [x, y] } }
  let edge: [[Double]] = grid.flatMap { [[0, $0], [1, $0], [$0, 0], [$0, 1]] }

  let network = try Network.layered([2, 32, 1], activation: .tanh, output: .square)
  var stream = RandomStream(seed: 1)
  let start: Parameters<Double> = Initialization.normal(gain: 1).parameters(network, using: &stream)
  let problem = try ResidualProblem(
    network,
    [
      ResidualSet(
        "interior", LinearOperator(laplacian: [-1, -1]), at: inside, targets: inside.map(f)),
      ResidualSet("boundary", LinearOperator(value: 1), at: edge),
    ])
  let descent = try LevenbergMarquardt(problem, from: start, threads: 2)
  try descent.run(iterations: 500)
  return Model(network: network, parameters: descent.parameters)
    .predictions(for: points).map { $0[0] }
}
