import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct TrainingVectorTests {
  static let methods: [(String, Optimizer)] = [
    ("backprop", .gradientDescent),
    ("unitwise_natural", .metric(.unitwiseNaturalGradient, .additive(1e-4))),
    ("qd_natural", .metric(.quasiDiagonalNaturalGradient, .additive(1e-4))),
    ("bp", .metric(.backpropagatedMetric, .additive(1e-4))),
    ("qd_bp", .metric(.quasiDiagonalBackpropagatedMetric, .additive(1e-4))),
    ("unitwise_op", .metric(.unitwiseEmpiricalFisher, .additive(1e-4))),
    ("diag_gn", .metric(.diagonalGaussNewton, .additive(1e-4))),
    ("adagrad", .batchAdaGrad(epsilon: 1e-4)),
  ]

  @Test(arguments: VectorFile.names(containing: "training"), methods)
  func `losses of the adaptive descent`(_ name: String, _ kind: (key: String, method: Optimizer))
    throws
  {
    let file = try VectorFile(name)
    let (network, parameters) = try file.network("net")
    let descent = try BoldDriverDescent<Double>(
      kind.method, network, from: parameters, samples: try file.samples(),
      driver: BoldDriver(initial: try file.number("params", "eta0")),
      stream: RandomStream(seed: 1))
    let expected = file.value("expect", kind.key, "losses_nats") as! [Double]
    var losses: [Double] = []
    for _ in expected {
      try descent.iterate()
      losses.append(descent.loss)
    }
    expectClose(losses, expected, tolerance: 1e-6, kind.key)
  }
}

@Suite struct InvarianceVectorTests {
  static let methods: [(String, Optimizer)] = [
    ("backprop", .gradientDescent),
    ("unitwise_natural", .metric(.unitwiseNaturalGradient, .none)),
    ("qd_natural", .metric(.quasiDiagonalNaturalGradient, .none)),
    ("bp", .metric(.backpropagatedMetric, .none)),
    ("qd_bp", .metric(.quasiDiagonalBackpropagatedMetric, .none)),
    ("unitwise_op", .metric(.unitwiseEmpiricalFisher, .none)),
    ("qd_op", .metric(.quasiDiagonalEmpiricalFisher, .none)),
    ("diag_gn", .metric(.diagonalGaussNewton, .none)),
    ("adagrad", .batchAdaGrad(epsilon: 0)),
  ]

  @Test(arguments: methods)
  func `outputs after one step from corresponding sigmoid and tanh networks`(
    _ kind: (key: String, method: Optimizer)
  ) throws {
    let file = try VectorFile("11-invariance-sigmoid-tanh")
    let sides: [(String, [String], [String])] = [
      ("sigmoid", ["net"], ["X"]), ("tanh", ["params", "net_tanh"], ["params", "X_tanh"]),
    ]
    for (side, net, inputs) in sides {
      let (network, start) =
        net.count == 1 ? try file.network("net") : try file.network("params", "net_tanh")
      let samples = try file.samples(inputs)
      let descent = try Descent<Double>(
        kind.method, network, from: start, stepSize: .constant(try file.number("params", "eta")),
        maximumBatchSize: samples.count, stream: RandomStream(seed: 1))
      try descent.step(on: samples)
      let workspace = Workspace<Double>(network, maximumBatchSize: samples.count)
      workspace.load(samples)
      workspace.forward(descent.parameters)
      let expected = file.value("expect", "after", kind.key, side) as! [[Double]]
      let outputs = workspace.probabilities.transposed.elements
      expectClose(outputs, expected.flatMap { $0 }, tolerance: 1e-7, "\(kind.key), \(side)")
    }
  }
}
