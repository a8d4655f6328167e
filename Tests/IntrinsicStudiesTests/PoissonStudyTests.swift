import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct PoissonStudyTests {
  private func options() -> PoissonStudy.Options {
    var options = PoissonStudy.Options(seed: 3, threads: 2)
    (options.seconds, options.starts, options.evaluation) = (0.5, 1, 500)
    return options
  }

  @Test func `every method lowers the error on every equation`() throws {
    var options = options()
    options.equations = BoundaryProblem.allCases
    (options.interior, options.boundary) = (40, 20)
    let result = try #require(try PoissonStudy(options).run())
    #expect(result.outcomes.count == BoundaryProblem.allCases.count * BoundaryMethod.allCases.count)
    for outcome in result.outcomes {
      let label = "\(outcome.equation), \(outcome.method)"
      #expect(outcome.curve.allSatisfy { $0.error.isFinite }, "\(label)")
      // A busy machine may have had no time for more than a few steps.
      guard outcome.curve.last!.steps >= 20 else { continue }
      #expect(outcome.curve.map(\.error).min()! < outcome.curve[0].error, "\(label)")
    }
    #expect(result.tables.count == 3 && result.figures.count == 3)
    #expect(result.claims.list.count == 4)
    let records = try CSVRecords(result.records.csv())
    #expect(records.rows.count == result.outcomes.reduce(0) { $0 + $1.curve.count })
  }

  /// The operators of the interior give the published right-hand sides for the exact solutions.
  @Test(arguments: BoundaryProblem.allCases)
  func `the exact solution has no residual`(_ equation: BoundaryProblem) throws {
    var stream = RandomStream(seed: 1)
    let (points, values) = equation.evaluationPoints(20, using: &stream)
    let h = 1e-4
    let network = try Network.layered(equation.layers, activation: .tanh, output: .square)
    let sets = try equation.problem(network, interior: 9, boundary: 10, using: &stream).sets
    #expect(points.rows == equation.layers[0] && values.count == 20)
    let interior = try #require(sets[0].differential as? LinearOperator)
    for x in 0..<sets[0].points.columns where x % 50 == 0 {
      let point = (0..<points.rows).map { sets[0].points[$0, x] }
      func moved(_ d: Int, _ change: Double) -> Double {
        var other = point
        other[d] += change
        return equation.solution(other)
      }
      var value = 0.0
      for d in point.indices {
        let (above, below) = (moved(d, h), moved(d, -h))
        value += interior.laplacian[d] * (above - 2 * equation.solution(point) + below) / (h * h)
        if !interior.gradient.isEmpty { value += interior.gradient[d] * (above - below) / (2 * h) }
      }
      #expect(abs(value - sets[0].targets[x]) < 1e-5, "\(equation), \(point)")
    }
    for x in 0..<sets[1].points.columns {
      let point = (0..<points.rows).map { sets[1].points[$0, x] }
      #expect(point.contains { $0 == 0 || $0 == 1 })
      #expect(abs(equation.solution(point) - sets[1].targets[x]) < 1e-12)
    }
  }

  @Test func `options that make no sense are refused`() throws {
    for change in [
      { (options: inout PoissonStudy.Options) in options.seconds = 0 },
      { $0.starts = 0 }, { $0.methods = [] }, { $0.equations = [] }, { $0.evaluation = 0 },
    ] {
      var options = options()
      change(&options)
      #expect(throws: OptionError.self) { try PoissonStudy(options) }
    }
  }
}
