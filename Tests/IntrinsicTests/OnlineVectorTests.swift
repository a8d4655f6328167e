import IntrinsicMath
import Testing

@testable import Intrinsic

/// Online estimation (Ollivier 2015, §1.3): initial samples, then one sample a step.
@Suite struct OnlineVectorTests {
  @Test(arguments: VectorFile.names(containing: "online"))
  func `steps on single samples with a discounted metric`(_ name: String) throws {
    let file = try VectorFile(name)
    let (network, start) = try file.network("net")
    var parameters = start
    let samples = try file.samples()
    let isQuasiDiagonal = file.value("params", "reduction") as! String == "qd"
    let initial = file.value("params", "n_init") as! Int
    let eta = try file.number("params", "eta")
    let estimator = try MetricEstimator<Double>(
      isQuasiDiagonal ? .quasiDiagonalBackpropagatedMetric : .backpropagatedMetric,
      damping: .additive(try file.number("params", "eps_qd")),
      averaging: MetricAveraging(
        rate: try file.number("params", "discount"),
        initialDamping: try file.number("params", "eps_initial")),
      network, maximumBatchSize: initial, stream: RandomStream(seed: 1))
    let workspace = Workspace<Double>(network, maximumBatchSize: initial)
    var gradient = Gradient<Double>(network)
    var step = Displacement<Double>(network)
    workspace.load(samples.subset(0..<initial))
    workspace.lossAndGradient(parameters, into: &gradient)
    estimator.estimate(at: workspace, parameters)

    let expected = file.value("expect", "steps") as! [[String: Any]]
    for (index, values) in expected.enumerated() {
      workspace.load(samples.subset([initial + index]))
      workspace.lossAndGradient(parameters, into: &gradient)
      estimator.estimate(at: workspace, parameters)
      try estimator.solve(gradient, into: &step)
      parameters.move(by: step, stepSize: eta)
      let weights = values["W"] as! [[[Double]]]
      let biases = values["b"] as! [[Double]]
      let flat = weights.enumerated().flatMap { layer, rows in
        rows.enumerated().flatMap { unit, row in [biases[layer][unit]] + row }
      }
      expectClose(parameters.elements, flat, "parameters after step \(index)")
    }
    for (key, value) in file.value("expect", "final_A") as! [String: [[Double]]] {
      let place = key.split(separator: ",").map { Int($0)! }
      let matrix = estimator.unitMatrix(layer: place[0], unit: place[1])!
      let kept = value.enumerated().flatMap { i, row in
        row.enumerated().map { j, entry in
          !isQuasiDiagonal || i == j || i * j == 0 ? entry : 0
        }
      }
      expectClose(matrix.elements, kept, "A of \(key)")
    }
  }
}
