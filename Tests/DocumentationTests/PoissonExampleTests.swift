import Foundation
import Testing

@Suite struct PoissonExampleTests {
  @Test func `a network solves Poisson's equation where it was not trained`() throws {
    func solution(_ x: [Double]) -> Double { sin(.pi * x[0]) * x[1] * (1 - x[1]) }
    let points = [[0.31, 0.72], [0.5, 0.5], [0.93, 0.08], [0.02, 0.41]]
    let values = try solvePoisson(
      { x in (.pi * .pi * x[1] * (1 - x[1]) + 2) * sin(.pi * x[0]) }, at: points)
    for (point, value) in zip(points, values) {
      #expect(abs(value - solution(point)) < 1e-5, "\(point): \(value)")
    }
  }
}
