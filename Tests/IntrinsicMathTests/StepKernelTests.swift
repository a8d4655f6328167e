import IntrinsicMath
import Testing

/// Steps from a gradient and a metric.
@Suite struct StepKernelTests {
  private func solve<T: Scalar>(
    _ offsets: [Int32], _ g: [T], _ bias: [T], _ diagonal: [T], _ epsilon: T, _ out: inout [T]
  ) -> Int {
    T.quasiDiagonalSolve(
      units: offsets.count - 1, offsets: offsets, g: g, a0i: bias, aii: diagonal, factor: 1,
      epsilon: epsilon, shrink: nil, into: &out)
  }

  @Test(arguments: [0, 1e-3, 2])
  func `quasi-diagonal steps follow their formula`(_ epsilon: Double) {
    quasiDiagonal(Float.self, Float(epsilon))
    quasiDiagonal(Double.self, epsilon)
  }

  private func quasiDiagonal<T: Scalar>(_ type: T.Type, _ epsilon: T) {
    for seed in 0..<60 {
      var data = KernelData<T>(seed: seed)
      let units = data.int(1...5)
      let offsets = (0..<units).reduce(into: [Int32(0)]) { offsets, _ in
        offsets.append(offsets.last! + Int32(data.int(1...20)))
      }
      let count = Int(offsets.last!)
      let g = data.normal(count)
      let diagonal = data.normal(count).map { $0 * $0 + 0.5 }
      var bias = [T](repeating: .nan, count: count)
      var expected = [T](repeating: 0, count: count)
      for k in 0..<units {
        let first = Int(offsets[k])
        let a00 = diagonal[first] + epsilon
        expected[first] = g[first] / a00
        for i in first + 1..<max(first + 1, Int(offsets[k + 1])) {
          // A correlation of at most 0.9.
          let correlation = T(data.int(-9...9)) / 10
          bias[i] = correlation * (diagonal[first] * diagonal[i]).squareRoot()
          let aii = diagonal[i] + epsilon
          expected[i] = (g[i] * a00 - g[first] * bias[i]) / (aii * a00 - bias[i] * bias[i])
          expected[first] -= bias[i] / a00 * expected[i]
        }
      }
      var out = [T](repeating: .nan, count: count)
      #expect(solve(offsets, g, bias, diagonal, epsilon, &out) == 0)
      // 1 − 0.9² loses a digit, and sums have 20 terms.
      expectClose(out, expected, tolerance: 100 * T.ulpOfOne, "\(type), seed \(seed)")
    }
  }

  @Test func `quasi-diagonal steps are positive on random positive semi-definite matrices`() {
    for seed in 0..<300 {
      var data = KernelData<Double>(seed: seed)
      let (size, rank) = (data.int(1...8), data.int(1...8))
      let factor = (0..<size).map { _ in data.normal(rank) }
      func entry(_ i: Int, _ j: Int) -> Double {
        zip(factor[i], factor[j]).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let (g, bias) = (data.normal(size), (0..<size).map { entry(0, $0) })
      var step = [Double](repeating: .nan, count: size)
      _ = solve([0, Int32(size)], g, bias, (0..<size).map { entry($0, $0) }, 0, &step)
      #expect(zip(g, step).reduce(0) { $0 + $1.0 * $1.1 } > 0, "seed \(seed)")
      // The matrix of Ollivier 2015, Definition 23: A_0i A_0j/A_00 in the place of A_ij.
      guard rank > 1 else { continue }
      let product = (0..<size).map { i in
        (0..<size).reduce(0) {
          $0 + (i == $1 ? entry(i, i) : bias[i] * bias[$1] / bias[0]) * step[$1]
        }
      }
      // Random vectors of the plane may be nearly parallel: a determinant down to 1e-5.
      expectClose(product, g, tolerance: 1e-9, "seed \(seed)")
    }
  }

  @Test func `entries without variance and units without metric step by zero and are counted`() {
    // Unit 0: input 1 is the constant 2, input 2 is not. Unit 1: dead. Unit 2: bias alone.
    let offsets: [Int32] = [0, 3, 5, 6]
    let g = [1.0, 2, 3, 4, 5, 6]
    let bias = [0, 2.0, 1, 0, 0, 0]
    let diagonal = [1.0, 4, 5, 0, 0, 2]
    var out = [Double](repeating: .nan, count: 6)
    #expect(solve(offsets, g, bias, diagonal, 0, &out) == 3)
    #expect(out == [0.5, 0, 0.5, 0, 0, 3])
  }

  @Test func `determinants of the smallest and largest metrics neither under- nor overflow`() {
    for scale in [1e-200, 1e-300, 1e200] {
      var out = [Double](repeating: .nan, count: 2)
      let zeros = solve(
        [0, 2], [scale, 2 * scale], [0, scale], [scale, 2 * scale], 0, &out)
      #expect(zeros == 0)
      expectClose(out, [0, 1], tolerance: 1e-15, "\(scale)")
    }
  }

  @Test func `quotients are 0 where both sides vanish`() {
    diagonals(Float.self)
    diagonals(Double.self)
  }

  private func diagonals<T: Scalar>(_ type: T.Type) {
    let g: [T] = [1, 2, 0, 4, -5]
    let a: [T] = [4, 0.25, 0, 0, 1]
    var out = [T](repeating: .nan, count: 5)
    T.diagonalSolve(count: 5, g: g, a: a, factor: 1, epsilon: 0, into: &out)
    #expect(out == [0.25, 8, 0, 0, -5])
    T.diagonalSolve(count: 5, g: g, a: a, factor: 1, epsilon: 1, into: &out)
    #expect(out == [0.2, 1.6, 0, 4, -2.5])
    T.rootSolve(count: 5, g: g, a: a, epsilon: 0, into: &out)
    #expect(out == [0.5, 4, 0, 0, -5])
    T.rootSolve(count: 5, g: g, a: a, epsilon: 1, into: &out)
    expectClose(out, [T(1) / 3, T(4) / 3, 0, 4, -2.5], tolerance: 2 * T.ulpOfOne, "\(type)")
  }

  @Test func `Adam keeps both averages`() {
    var (m, v, out) = ([1.0, 2], [4.0, 1], [0.0, 0])
    Double.adam(
      count: 2, g: [2.0, -2], beta1: 0.5, beta2: 0.75, c1: 2, c2: 4, epsilon: 0.5, m: &m, v: &v,
      into: &out)
    #expect(m == [1.5, 0] && v == [4, 1.75])
    expectClose(out, [3 / (4 + 0.5), 0], tolerance: 1e-15, "step")
  }
}
