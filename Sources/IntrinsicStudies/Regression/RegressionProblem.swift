import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// A split of a table: training rows with features and targets of mean 0 and variance 1, test rows mapped alike.
struct RegressionProblem: Sendable {
  let train: Samples<Double>
  private let testInputs: Matrix<Double>
  private let testTargets: [Double]
  private let target: Map

  var features: Int { train.inputs.rows }

  /// x ↦ (x − mean)/scale, with scale 1 for what is constant.
  private struct Map {
    let mean: Double
    let scale: Double

    init(_ values: [Double]) {
      let center = values.mean
      mean = center
      let variance = values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)
      let deviation = variance.squareRoot()
      // What is left of a constant after rounding is no variance.
      scale = deviation > 1e-12 * abs(center) ? deviation : 1
    }

    func callAsFunction(_ value: Double) -> Double { (value - mean) / scale }
  }

  init(_ table: RegressionTable, split: Int) {
    let test = table.splits[split]
    let isTest = Set(test)
    let kept = table.rows.indices.filter { !isTest.contains($0) }
    let maps = table.rows[0].indices.map { column in Map(kept.map { table.rows[$0][column] }) }
    func inputs(_ rows: [Int]) -> Matrix<Double> {
      Matrix(maps.indices.map { column in rows.map { maps[column](table.rows[$0][column]) } })
    }
    let target = Map(kept.map { table.targets[$0] })
    self.target = target
    train = Samples(
      inputs: inputs(kept), targets: .values(Matrix([kept.map { target(table.targets[$0]) }])))
    testInputs = inputs(test)
    testTargets = test.map { table.targets[$0] }
  }

  /// Nine tenths of the training rows and the rest.
  func parts(using stream: RandomStream) -> (kept: Samples<Double>, held: Samples<Double>) {
    var stream = stream.child("validation")
    let order = Array(0..<train.count).shuffled(using: &stream)
    let held = max(1, train.count / 10)
    return (train.subset(Array(order.dropFirst(held))), train.subset(Array(order.prefix(held))))
  }

  /// The root mean square of the test errors, in units of the table.
  func testError(_ model: Model) -> Double {
    let predictions = model.predictions(for: testInputs)
    let squares = testTargets.enumerated().map { x, y in
      let error = target.mean + target.scale * predictions[0, x] - y
      return error * error
    }
    return squares.mean.squareRoot()
  }
}
