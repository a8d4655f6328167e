import IntrinsicMath
import Testing

@testable import Intrinsic

/// A workspace after a forward and a backward pass on the samples of a vector file.
private struct Evaluated {
  let file: VectorFile
  let network: Network
  let parameters: Parameters<Double>
  let workspace: Workspace<Double>
  let loss: Double
  var gradient: Gradient<Double>

  init(_ name: String) throws {
    file = try VectorFile(name)
    (network, parameters) = try file.network("net")
    workspace = Workspace(network, maximumBatchSize: try file.samples().count)
    workspace.load(try file.samples())
    gradient = Gradient(network)
    loss = workspace.lossAndGradient(parameters, into: &gradient)
  }

  func estimator(_ metric: Metric, epsilon: Double) throws -> MetricEstimator<Double> {
    let estimator = try MetricEstimator<Double>(
      metric, damping: .additive(epsilon), network, maximumBatchSize: workspace.batch,
      stream: RandomStream(seed: 1))
    estimator.estimate(at: workspace, parameters)
    return estimator
  }

  /// The parameters of the file's arrays dW, db in the network's order.
  func vector(_ weights: Any?, _ biases: Any?) throws -> [Double] {
    let w = try #require(weights as? [[[Double]]])
    let b = biases as? [[Double]]
    var result: [Double] = []
    for (index, layer) in network.layers.enumerated() {
      let sources = network.unitRows.firstIndex(of: network.layers[index].sourceFirstRow(network))!
      for unit in 0..<layer.rows.count {
        if layer.hasBias { result.append(b![index][unit]) }
        let rows = layer.connection.incomingRows(of: unit).dropFirst(layer.hasBias ? 1 : 0)
        result += rows.map { w[index][unit][$0 - network.unitRows[sources]] }
      }
    }
    return result
  }
}

/// Every quantity of the vectors of kind riemannian.
@Suite struct RiemannianVectorTests {
  static let names = VectorFile.names(containing: "riemann")

  @Test(arguments: names)
  func `activities, loss, signals and gradient`(_ name: String) throws {
    let e = try Evaluated(name)
    #expect(abs(e.loss - (try e.file.number("expect", "loss_nats"))) < 1e-12)
    #expect(abs(bits(nats: e.loss) - (try e.file.number("expect", "loss_bits"))) < 1e-12)
    expectClose(
      e.workspace.sampleLosses, e.file.value("expect", "per_sample_loss") as! [Double], "losses")
    let arrays = [
      ("activities", e.workspace.activities), ("r", e.workspace.derivatives),
      ("bt", e.workspace.signals),
    ]
    for (key, rows) in arrays {
      let expected = e.file.value("expect", key) as! [[[Double]]]
      for (layer, values) in expected.enumerated() {
        expectClose(
          rows.matrix(e.network.layers[layer].rows).transposed.elements, values.flatMap { $0 },
          "\(key) of layer \(layer)")
      }
    }
    let preactivations = e.file.value("expect", "preactivations") as! [[[Double]]]
    for (layer, values) in preactivations.enumerated() {
      expectClose(
        e.workspace.preactivations(layer: layer, e.parameters).transposed.elements,
        values.flatMap { $0 }, "pre-activations of layer \(layer)")
    }
    expectClose(
      e.gradient.elements,
      try e.vector(e.file.value("expect", "GW"), e.file.value("expect", "Gb")), "gradient")
  }

  @Test(arguments: names)
  func `transfer rates`(_ name: String) throws {
    let e = try Evaluated(name)
    let expected = e.file.value("expect", "J") as! [[[[Double]]]]
    let batch = e.workspace.batch
    for (layer, rates) in e.workspace.transferRates(e.parameters).enumerated() {
      for sample in 0..<batch {
        for output in 0..<e.network.outputCount {
          expectClose(
            (0..<rates.rows).map { rates[$0, output * batch + sample] },
            expected[layer][sample][output], tolerance: 1e-10,
            "J of layer \(layer), sample \(sample), output \(output)")
        }
      }
    }
  }

  @Test(arguments: names, ["fisher_modulus", "backprop_modulus"])
  func `reduced moduli`(_ name: String, _ key: String) throws {
    let e = try Evaluated(name)
    let estimator = try e.estimator(
      key == "fisher_modulus" ? .diagonalNaturalGradient : .diagonalGaussNewton, epsilon: 0)
    let expected = e.file.value("expect", key) as! [[[Double]]]
    for layer in e.network.layers.indices {
      let r = e.workspace.derivatives.matrix(e.network.layers[layer].rows)
      let modulus = estimator.modulus(layer: layer, at: e.workspace, e.parameters)!
      let reduced = expected[layer].enumerated().flatMap { sample, values in
        values.enumerated().map { $1 * r[$0, sample] * r[$0, sample] }
      }
      expectClose(modulus.transposed.elements, reduced, "\(key) of layer \(layer)")
    }
  }

  @Test(
    arguments: names,
    [
      ("unit_fisher", Metric.unitwiseNaturalGradient), ("unit_bp", .backpropagatedMetric),
      ("unit_op", .unitwiseEmpiricalFisher),
    ])
  func `unit matrices`(_ name: String, _ kind: (key: String, metric: Metric)) throws {
    let e = try Evaluated(name)
    let estimator = try e.estimator(kind.metric, epsilon: 0)
    let quasiDiagonal: Metric =
      if case .reduced(let modulus, _) = kind.metric { .reduced(modulus, .quasiDiagonal) } else {
        kind.metric
      }
    let reduced = try e.estimator(quasiDiagonal, epsilon: 0)
    for (key, value) in e.file.value("expect", kind.key) as! [String: [[Double]]] {
      let place = key.split(separator: ",").map { Int($0)! }
      let matrix = estimator.unitMatrix(layer: place[0], unit: place[1])!
      expectClose(matrix.elements, value.flatMap { $0 }, "\(kind.key) \(key)")
      let hasBias = e.network.layers[place[0]].hasBias
      let kept = value.enumerated().flatMap { i, row in
        row.enumerated().map { j, entry in i == j || (hasBias && i * j == 0) ? entry : 0 }
      }
      expectClose(
        reduced.unitMatrix(layer: place[0], unit: place[1])!.elements, kept,
        "quasi-diagonal \(key)")
    }
  }

  @Test(arguments: names)
  func `Monte Carlo unit matrices are means of outer products for drawn targets`(_ name: String)
    throws
  {
    let e = try Evaluated(name)
    let expected = e.file.value("expect", "unit_mc") as! [String: [[Double]]]
    let inputs = try e.file.samples().inputs
    var sums = expected.mapValues { $0.flatMap { $0 }.map { _ in 0.0 } }
    let draws: [Targets<Double>] =
      if let classes = e.file.value("params", "mc_samples") as? [[Int]] {
        classes.map { .classes($0) }
      } else {
        (e.file.value("params", "mc_samples") as! [[[Double]]]).map {
          .values(Matrix($0).transposed)
        }
      }
    for targets in draws {
      e.workspace.load(Samples(inputs: inputs, targets: targets))
      var gradient = e.gradient
      e.workspace.lossAndGradient(e.parameters, into: &gradient)
      let estimator = try e.estimator(.unitwiseEmpiricalFisher, epsilon: 0)
      for key in expected.keys {
        let place = key.split(separator: ",").map { Int($0)! }
        let matrix = estimator.unitMatrix(layer: place[0], unit: place[1])!
        sums[key] = zip(sums[key]!, matrix.elements).map { $0 + $1 / Double(draws.count) }
      }
    }
    for (key, value) in expected {
      expectClose(sums[key]!, value.flatMap { $0 }, "unit_mc \(key)")
    }
  }

  @Test(arguments: names, [("full_fisher", Metric.naturalGradient), ("full_op", .empiricalFisher)])
  func `full matrices`(_ name: String, _ kind: (key: String, metric: Metric)) throws {
    let e = try Evaluated(name)
    let estimator = try e.estimator(kind.metric, epsilon: 1e-4)
    let expected = e.file.value("expect", kind.key) as! [[Double]]
    expectClose(estimator.fullMatrix()!.elements, expected.flatMap { $0 }, kind.key)
  }

  static let methods: [(String, Optimizer)] = [
    ("backprop", .gradientDescent), ("natural", .metric(.naturalGradient, .additive(1e-4))),
    ("unitwise_natural", .metric(.unitwiseNaturalGradient, .additive(1e-4))),
    ("qd_natural", .metric(.quasiDiagonalNaturalGradient, .additive(1e-4))),
    ("bp", .metric(.backpropagatedMetric, .additive(1e-4))),
    ("qd_bp", .metric(.quasiDiagonalBackpropagatedMetric, .additive(1e-4))),
    ("unitwise_op", .metric(.unitwiseEmpiricalFisher, .additive(1e-4))),
    ("qd_op", .metric(.quasiDiagonalEmpiricalFisher, .additive(1e-4))),
    ("op", .metric(.empiricalFisher, .additive(1e-4))),
    ("diag_gn", .metric(.diagonalGaussNewton, .additive(1e-4))),
    ("diag_natural", .metric(.diagonalNaturalGradient, .additive(1e-4))),
    ("adagrad", .batchAdaGrad(epsilon: 1e-4)),
  ]

  @Test(arguments: names, methods)
  func `steps of every method`(_ name: String, _ kind: (key: String, method: Optimizer)) throws {
    let e = try Evaluated(name)
    #expect(try e.file.number("params", "eps") == 1e-4)
    let rule: any StepRule<Double> = try kind.method.rule(
      for: e.network, maximumBatchSize: e.workspace.batch, stream: RandomStream(seed: 1))
    var step = Displacement<Double>(e.network)
    try rule.step(for: e.gradient, at: e.workspace, e.parameters, into: &step)
    let expected = try e.vector(
      e.file.value("expect", "update", kind.key, "dW"),
      e.file.value("expect", "update", kind.key, "db"))
    expectClose(step.elements, expected, kind.key)
  }
}

extension Network.Layer {
  /// The row of the first unit that a layer of a layered network may read.
  fileprivate func sourceFirstRow(_ network: Network) -> Int {
    let index = network.layers.firstIndex { $0.rows == rows }!
    return index == 0 ? network.inputRows.lowerBound : network.layers[index - 1].rows.lowerBound
  }
}
