import IntrinsicMath
import Testing

@testable import Intrinsic

/// Groups of units whose activity is a vector, against an independent implementation.
@Suite struct GroupVectorTests {
  static let names = VectorFile.names(containing: "groups")

  private func trial(_ file: VectorFile) throws -> Trial<Double> {
    let weights = try #require(file.value("given", "W") as? [[[Double]]])
    let biases = try #require(file.value("given", "b") as? [[Double]])
    let sizes = try #require(file.value("given", "groups") as? [[Int]])
    let kinds = try #require(file.value("given", "nonlinearities") as? [String])
    var builder = NetworkBuilder(inputs: weights[0][0].count)
    for (layer, w) in weights.enumerated() {
      let name = kinds[layer] + sizes[layer].map(String.init).joined(separator: "+")
      builder.dense(w.count, try #require(Activation(name)))
    }
    let parameters = zip(weights, biases).flatMap { w, b in zip(w, b).flatMap { [$1] + $0 } }
    let samples = Samples<Double>(
      inputs: try file.matrix("given", "X").transposed,
      targets: .values(try file.matrix("given", "T").transposed))
    return Trial(try builder.build(output: .square), Parameters(parameters), samples)
  }

  @Test(arguments: names)
  func `activities, Jacobians and gradients`(_ name: String) throws {
    let file = try VectorFile(name)
    let trial = try trial(file)
    let activities = try #require(file.value("expect", "activities") as? [[[Double]]])
    let derivatives = try #require(file.value("expect", "derivatives") as? [[[[Double]]]])
    for (index, layer) in trial.network.layers.enumerated() {
      expectClose(
        trial.workspace.activities.matrix(layer.rows).transposed.elements,
        activities[index].flatMap { $0 }, "activities of layer \(index)")
      guard let r = trial.workspace.groupJacobians!.of(layer: index) else { continue }
      let layout = layer.groupLayout
      for x in 0..<trial.samples.count {
        let jacobian = (0..<layer.unitCount).flatMap { c in
          (0..<layer.unitCount).map { d in
            layout.group(of: c).contains(d)
              ? r[layout.row(c, d) * trial.samples.count + x] : 0
          }
        }
        expectClose(jacobian, derivatives[index][x].flatMap { $0 }, "R of layer \(index), \(x)")
      }
    }
    let gradient = try #require(file.value("expect", "G") as? [[[Double]]])
    expectClose(
      trial.gradient.elements, gradient.flatMap { $0.flatMap { $0 } }, "gradient")
  }

  @Test(
    arguments: names,
    [
      ("fisher", Metric.unitwiseNaturalGradient), ("backpropagated", .backpropagatedMetric),
      ("outer_product", .unitwiseEmpiricalFisher),
    ])
  func `matrices of groups and their steps`(
    _ name: String, _ kind: (key: String, metric: Metric)
  ) throws {
    let file = try VectorFile(name)
    let trial = try trial(file)
    let estimator = try trial.estimator(kind.metric)
    let blocks = try #require(
      file.value("expect", "group_\(kind.key)") as? [String: [[Double]]])
    for (key, block) in blocks {
      let place = key.split(separator: ",").map { Int($0)! }
      expectClose(
        estimator.unitMatrix(layer: place[0], unit: place[1])!.elements, block.flatMap { $0 },
        tolerance: 1e-10, "\(kind.key) \(key)")
    }
    let step = try trial.step(.metric(kind.metric, .additive(try file.number("given", "eps"))))
    let expected = try #require(file.value("expect", "steps_\(kind.key)") as? [Double])
    // Nearly singular matrices multiply rounding.
    expectClose(step, expected, tolerance: 1e-8, ofLargest: 1e-10, "steps_\(kind.key)")
  }

  @Test(arguments: names)
  func `full Fisher matrices`(_ name: String) throws {
    let file = try VectorFile(name)
    let trial = try trial(file)
    let expected = try #require(file.value("expect", "full_fisher") as? [[Double]])
    expectClose(
      try trial.estimator(.naturalGradient).fullMatrix()!.elements, expected.flatMap { $0 },
      tolerance: 1e-10, "full")
  }
}
