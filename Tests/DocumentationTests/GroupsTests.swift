import Foundation
import Intrinsic
import Testing

/// The article on vector-valued activities.
@Suite struct GroupsTests {
  @Test func `the matrices of groups are symmetric, of the sizes that the article says`() throws {
    let network = try groupedNetwork()
    var stream = RandomStream(seed: 1)
    let model = Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
    let samples = Samples<Double>(
      inputs: Matrix(rows: 3, columns: 9, elements: (0..<27).map { _ in stream.normal() }),
      targets: .values(Matrix(rows: 2, columns: 9)))
    for (layer, sizes) in [[12, 12], [14, 14, 14], [14]].enumerated() {
      let matrices = try groupMatrices(model, layer: layer, samples)
      #expect(matrices.map(\.rows) == sizes)
      for matrix in matrices { #expect(matrix.elements == matrix.transposed.elements) }
    }
  }

  @Test func `the Jacobian of the article is the derivative of its value`() {
    let swirl = Swirl()
    for y in [[0.3, -0.8], [2, 1], [-1e-3, 1e-3], [0, 0]] {
      let jacobian = swirl.jacobian(y)
      for d in 0..<2 {
        var (above, below) = (y, y)
        above[d] += 1e-6
        below[d] -= 1e-6
        let slope = zip(swirl.value(above), swirl.value(below)).map { ($0 - $1) / 2e-6 }
        for c in 0..<2 { #expect(abs(slope[c] - jacobian[c, d]) < 1e-6, "\(y), \(c), \(d)") }
      }
    }
  }
}
