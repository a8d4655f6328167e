import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Matrices as values, against brute force over per-sample Jacobians and dense linear algebra.
@Suite struct MetricMatrixTests {
  static let networks: [(String, Network)] = [
    ("softmax", try! Network.layered([4, 5, 3], activation: .tanh, output: .softmax)),
    ("square", try! Network.layered([3, 4, 4, 2], activation: .sigmoid, output: .square)),
    (
      "convolution",
      {
        var builder = NetworkBuilder(image: ImageShape(height: 5, width: 4, channels: 1))
        try! builder.convolution(2, kernel: 3, padding: 1, .tanh)
        try! builder.pool(.maximum, size: 2)
        builder.dense(3, .identity)
        return try! builder.build(output: .softmax)
      }()
    ),
  ]

  private func subject(
    _ network: Network, samples: Int = 40
  ) -> (model: Model, samples: Samples<Double>) {
    var stream = RandomStream(seed: 8)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    return (
      Model(network: network, parameters: parameters),
      randomSamples(network, count: samples, using: &stream)
    )
  }

  private func vector(_ count: Int, seed: UInt64 = 3) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.normal() }
  }

  private func times(_ a: Matrix<Double>, _ x: [Double]) -> [Double] {
    (0..<a.rows).map { i in (0..<a.columns).reduce(0) { $0 + a[i, $1] * x[$1] } }
  }

  static let metrics: [Metric] = [
    .naturalGradient, .empiricalFisher, .monteCarloNaturalGradient(samples: 3),
    .unitwiseNaturalGradient, .backpropagatedMetric, .quasiDiagonalNaturalGradient,
    .quasiDiagonalBackpropagatedMetric, .diagonalGaussNewton, .diagonalEmpiricalFisher,
  ]

  @Test(arguments: networks)
  func `the Fisher matrix is the mean of Jacobians around that of the output model`(
    _ name: String, _ network: Network
  ) throws {
    let (model, samples) = subject(network)
    let fisher = try MetricMatrix<Double>(.naturalGradient, of: model, over: samples, batch: 7)
    let jacobian = try Jacobian<Double>(of: model, on: samples.inputs, batch: 9).dense()
    let (outputs, n) = (network.outputCount, samples.count)
    let workspace = Workspace<Double>(network, maximumBatchSize: n)
    workspace.load(inputs: samples.inputs)
    workspace.forward(model.parameters)
    let p = workspace.probabilitiesOrOutputs
    let dense = try fisher.dense()
    let size = network.parameterCount
    var expected = [Double](repeating: 0, count: size * size)
    for x in 0..<n {
      for o in 0..<outputs {
        for q in 0..<outputs {
          let f =
            network.output == .square
            ? (o == q ? 1 : 0) : (o == q ? p[o, x] : 0) - p[o, x] * p[q, x]
          for i in 0..<size {
            let left = f * jacobian[o * n + x, i] / Double(n)
            for j in 0..<size { expected[i * size + j] += left * jacobian[q * n + x, j] }
          }
        }
      }
    }
    expectClose(dense.elements, expected, tolerance: 1e-12, name)
  }

  @Test(arguments: networks, metrics)
  func `all verbs agree with the dense matrix`(
    _ subject: (String, Network), _ metric: Metric
  ) throws {
    let (model, samples) = self.subject(subject.1)
    let matrix = try MetricMatrix<Double>(metric, of: model, over: samples)
    let dense = try matrix.dense()
    let size = matrix.size
    let x = vector(size)
    let image = matrix.apply(Displacement(x)).elements
    expectClose(image, times(dense, x), tolerance: 1e-12, "apply")
    let form = zip(image, x).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(matrix.quadraticForm(Displacement(x)) - form) <= 1e-12 * abs(form))
    #expect(form > 0)
    expectClose(matrix.diagonal, (0..<size).map { dense[$0, $0] }, tolerance: 1e-13, "diagonal")
    let eigenvalues = try matrix.eigenvalues()
    #expect(eigenvalues == eigenvalues.sorted() && eigenvalues.count == size)
    #expect(abs(eigenvalues.reduce(0, +) - matrix.trace) < 1e-10 * matrix.trace)
    // Of equal eigenvalues, such as those of the biases of square outputs, one is found at least.
    func distinct(_ values: some Sequence<Double>) -> [Double] {
      values.reduce(into: []) { list, value in
        if (list.last ?? .infinity) - value > 1e-9 { list.append(value) }
      }
    }
    let largest = distinct(try matrix.largestEigenvalues(3))
    #expect(!largest.isEmpty)
    for (a, b) in zip(largest, distinct(eigenvalues.reversed())) {
      #expect(abs(a - b) < 1e-7 * largest[0])
    }
    // Damping of what a metric keeps: for all but the quasi-diagonal that is A + λ Id.
    guard metric.reduction != .quasiDiagonal else { return }
    let lambda = 0.01
    let solution = try matrix.solve(Gradient(x), damping: lambda, threads: 2).elements
    expectClose(
      times(dense.addingToDiagonal(lambda), solution), x, tolerance: 1e-9, "solve")
    let determinant = eigenvalues.reduce(0) { $0 + log(max($1, 0) + lambda) }
    #expect(abs(try matrix.logDeterminant(damping: lambda) - determinant) < 1e-8 * abs(determinant))
  }

  @Test func `the quasi-diagonal inverse inverts the quasi-diagonal matrix`() throws {
    let (model, samples) = subject(Self.networks[1].1)
    let matrix = try MetricMatrix<Double>(
      .quasiDiagonalNaturalGradient, of: model, over: samples)
    let x = vector(matrix.size)
    let back = try matrix.solve(matrix.apply(Displacement(x))).elements
    expectClose(back, x, tolerance: 1e-9, "A⁻¹A")
    let eigenvalues = try matrix.eigenvalues()
    let determinant = eigenvalues.reduce(0) { $0 + log($1) }
    #expect(abs(try matrix.logDeterminant() - determinant) < 1e-8 * abs(determinant))
    // It is what training steps with.
    let trial = Trial(model.network, model.parameters, samples)
    let step = try trial.step(.metric(.quasiDiagonalNaturalGradient, .additive(0.1)))
    let solved = try matrix.solve(trial.gradient, damping: 0.1).elements
    expectClose(solved, step, tolerance: 1e-11, "step")
  }

  @Test(arguments: metrics.filter { !$0.isStochastic })
  func `two parts merge to the whole, in whatever batches`(_ metric: Metric) throws {
    let (model, samples) = subject(Self.networks[0].1)
    let whole = try MetricMatrix<Double>(metric, of: model, over: samples)
    let parts = try [0..<13, 13..<40].map {
      try MetricMatrix<Double>(metric, of: model, over: samples.subset($0), batch: 5)
    }
    let merged = parts[0].merged(with: parts[1])
    #expect(merged.sampleCount == 40)
    if metric.reduction == .quasiDiagonal {
      expectClose(merged.diagonal, whole.diagonal, tolerance: 1e-12, "\(metric)")
    }
    expectClose(
      try merged.dense().elements, try whole.dense().elements, tolerance: 1e-12, "\(metric)")
    expectClose(
      try whole.scaled(by: 3).dense().elements, try whole.dense().elements.map { 3 * $0 },
      tolerance: 1e-14, "\(metric)")
  }

  @Test(arguments: networks)
  func `a matrix that is not formed does the same`(_ name: String, _ network: Network) throws {
    let (model, samples) = subject(network)
    for metric in [
      Metric.naturalGradient, .empiricalFisher, .monteCarloNaturalGradient(samples: 2),
    ] {
      let formed = try MetricMatrix<Double>(
        metric, of: model, over: samples, batch: 11, stream: RandomStream(seed: 4))
      let products = try MetricMatrix<Double>(
        metric, of: model, over: samples, batch: 11, isFormed: false, stream: RandomStream(seed: 4))
      let x = vector(formed.size)
      expectClose(
        products.apply(Displacement(x)).elements, formed.apply(Displacement(x)).elements,
        tolerance: 1e-11, "\(name) \(metric)")
      expectClose(products.diagonal, formed.diagonal, tolerance: 1e-12, "\(name) \(metric)")
      expectClose(
        try products.solve(Gradient(x), damping: 0.1).elements,
        try formed.solve(Gradient(x), damping: 0.1).elements, tolerance: 1e-7, "\(name) \(metric)")
      #expect(throws: MetricError.self) { _ = try products.logDeterminant() }
    }
  }

  @Test func `the density of eigenvalues has their mean and their mean square`() throws {
    let (model, samples) = subject(Self.networks[1].1)
    let matrix = try MetricMatrix<Double>(.naturalGradient, of: model, over: samples)
    let eigenvalues = try matrix.eigenvalues()
    let density = try matrix.spectralDensity(probes: 2_000, steps: 30)
    let size = Double(matrix.size)
    #expect(abs(density.mean { _ in 1 } - 1) < 1e-10)
    #expect(abs(density.mean { $0 } / (matrix.trace / size) - 1) < 0.05)
    let square = eigenvalues.reduce(0) { $0 + $1 * $1 } / size
    #expect(abs(density.mean { $0 * $0 } / square - 1) < 0.1)
    // The same seed gives the same density; Gaussians integrate to 1.
    #expect(
      try matrix.spectralDensity(probes: 3).nodes.map(\.value)
        == matrix.spectralDensity(probes: 3).nodes.map(\.value))
    let width = 0.05
    let integral = stride(from: -1.0, to: 10, by: 0.01).reduce(0) {
      $0 + density($1, width: width) * 0.01
    }
    #expect(abs(integral - 1) < 0.01)
  }

  @Test(arguments: networks)
  func `the Jacobian is the derivative of the outputs, and its products are its products`(
    _ name: String, _ network: Network
  ) throws {
    let (model, samples) = subject(network, samples: 12)
    let jacobian = try Jacobian<Double>(of: model, on: samples.inputs, batch: 5)
    let dense = jacobian.dense()
    let direction = vector(network.parameterCount)
    let h = 1e-6
    func outputs(_ sign: Double) -> Matrix<Double> {
      var moved = model.parameters
      moved.move(by: Displacement(direction), stepSize: sign * h)
      return Model(network: network, parameters: moved).predictions(for: samples.inputs)
    }
    let (up, down) = (outputs(1), outputs(-1))
    let change = jacobian.apply(Displacement(direction))
    for (index, value) in change.elements.enumerated() {
      let difference = (up.elements[index] - down.elements[index]) / (2 * h)
      #expect(abs(value - difference) < 1e-6 * max(1, abs(value)), "\(name)")
    }
    expectClose(change.elements, times(dense, direction), tolerance: 1e-12, "J δ")
    let cotangent = vector(jacobian.rowCount, seed: 5)
    let transposed = jacobian.applyTransposed(
      Matrix(rows: network.outputCount, columns: 12, elements: cotangent))
    expectClose(transposed.elements, times(dense.transposed, cotangent), tolerance: 1e-12, "Jᵀc")
    let gram = jacobian.gram
    expectClose(gram.dense.elements, (dense * dense.transposed).elements, tolerance: 1e-12, "JJᵀ")
    expectClose(gram.apply(cotangent), times(gram.dense, cotangent), tolerance: 1e-12, "K c")
    let solved = try gram.solve(cotangent, damping: 0.1)
    expectClose(
      times(gram.dense.addingToDiagonal(0.1), solved), cotangent, tolerance: 1e-9, "solve")
    #expect(abs(try gram.eigenvalues().reduce(0, +) - gram.trace) < 1e-10 * gram.trace)
  }

  @Test func `gradients of samples have the gradient as their mean`() throws {
    for (name, network) in Self.networks {
      let (model, samples) = subject(network)
      let gradients = try model.perSampleGradients(on: samples, batch: 9)
      let trial = Trial(network, model.parameters, samples)
      let mean = (0..<gradients.columns).map { e in
        (0..<gradients.rows).reduce(0) { $0 + gradients[$1, e] } / Double(gradients.rows)
      }
      expectClose(mean, trial.gradient.elements, tolerance: 1e-13, name)
      let single = Trial(network, model.parameters, samples.subset(5..<6))
      expectClose(gradients.row(5), single.gradient.elements, tolerance: 1e-13, name)
    }
  }

  @Test func `Float agrees with Double`() throws {
    let (model, samples) = subject(Self.networks[0].1)
    let single = Samples<Float>(
      inputs: samples.inputs.map { Float($0) }, targets: samples.targets.single)
    for metric in Self.metrics where !metric.isStochastic {
      let a = try MetricMatrix<Float>(metric, of: model, over: single).dense()
      let b = try MetricMatrix<Double>(metric, of: model, over: samples).dense()
      expectClose(
        a.elements.map(Double.init), b.elements, tolerance: 1e-5, ofLargest: 1e-5, "\(metric)")
    }
  }

  @Test func `what cannot be is refused by name`() throws {
    let normalized = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .softmax, normalization: .batch)
    let (model, samples) = subject(normalized)
    #expect(throws: MetricError.jacobianOfNormalizedNetwork) {
      _ = try Jacobian<Double>(of: model, on: samples.inputs)
    }
    #expect(throws: MetricError.jacobianOfNormalizedNetwork) {
      _ = try model.perSampleGradients(on: samples)
    }
    // More parameters than samples × outputs: singular without damping, and the unit is named.
    let (plain, few) = subject(Self.networks[0].1, samples: 2)
    let matrix = try MetricMatrix<Double>(.unitwiseNaturalGradient, of: plain, over: few)
    let gradient = Gradient<Double>(vector(matrix.size))
    for threads in [1, 2] {
      let error = #expect(throws: MetricError.self) {
        _ = try matrix.solve(gradient, threads: threads)
      }
      guard case .notPositiveDefinite(layer: 0, unit: 0, _, 0) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(throws: MetricError.self) { _ = try matrix.logDeterminant() }
    let full = try MetricMatrix<Double>(.naturalGradient, of: plain, over: few)
    #expect(throws: MetricError.self) { _ = try full.solve(gradient) }
    var broken = plain.parameters
    broken[0] = .nan
    #expect(throws: MetricError.self) {
      _ = try MetricMatrix<Double>(
        .naturalGradient, of: Model(network: plain.network, parameters: broken), over: few)
    }
  }
}

extension Targets<Double> {
  var single: Targets<Float> {
    switch self {
    case .values(let matrix): .values(matrix.map { Float($0) })
    case .classes(let classes): .classes(classes)
    }
  }
}

extension Workspace {
  fileprivate var probabilitiesOrOutputs: Matrix<T> {
    network.output == .softmax ? probabilities : outputs
  }
}
