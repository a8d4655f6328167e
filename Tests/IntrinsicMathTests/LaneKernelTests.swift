import IntrinsicMath
import Testing

/// Eight small problems side by side against one at a time.
@Suite struct LaneKernelTests {
  private static let sizes = [1, 2, 3, 5, 6, 7, 8, 11, 16, 33, 63, 64]

  /// Units with 0 to `size` parameters in the eight lanes; lane 0 has `size`.
  private struct Problem<T: Scalar> {
    let size: Int
    let counts: [Int32]
    let rows: [Int32]
    let units: [Int32]

    init(_ size: Int, _ sources: Int, using data: inout KernelData<T>) {
      self.size = size
      var counts = [Int32(size)]
      for _ in 1..<8 { counts.append(Int32(data.int(0...size))) }
      var rows = [Int32](repeating: -1, count: size * 8)
      for lane in 0..<8 {
        for i in 0..<Int(counts[lane]) { rows[i * 8 + lane] = Int32(data.int(0...sources - 1)) }
      }
      self.counts = counts
      self.rows = rows
      units = (0..<8).map { counts[$0] == 0 ? -1 : Int32((7 * $0 + 3) % 8) }
    }

    static func place(_ i: Int, _ j: Int, _ lane: Int) -> Int { (i * (i + 1) / 2 + j) * 8 + lane }
  }

  @Test(arguments: sizes, columnCounts)
  func `moments are sums over columns`(_ size: Int, _ columns: Int) {
    moments(Float.self, size, columns)
    moments(Double.self, size, columns)
  }

  private func moments<T: Scalar>(_ type: T.Type, _ size: Int, _ columns: Int) {
    var data = KernelData<T>(seed: size * 1000 + columns)
    let sources = 12
    let problem = Problem<T>(size, sources, using: &data)
    let (lda, ldc) = (columns + data.int(0...3), columns + data.int(0...3))
    let (a, c) = (data.values(sources * lda), data.values(8 * ldc))
    let before = data.values(size * (size + 1) / 2 * 8)
    for (alpha, beta) in [(T(0.5), T(0)), (1, 1), (2, -0.25)] {
      var expected = before
      for lane in 0..<8 {
        for i in 0..<size {
          for j in 0...i {
            let place = Problem<T>.place(i, j, lane)
            guard i < problem.counts[lane] else {
              expected[place] = 0
              continue
            }
            let weights = Int(problem.units[lane]) * ldc
            let (left, right) = (
              Int(problem.rows[i * 8 + lane]) * lda, Int(problem.rows[j * 8 + lane]) * lda
            )
            let sum = (0..<columns).reduce(T(0)) {
              $0 + c[weights + $1] * a[left + $1] * a[right + $1]
            }
            expected[place] = alpha * sum + (beta == 0 ? 0 : beta * before[place])
          }
        }
      }
      var m = before
      T.laneMoments(
        size: size, row: problem.rows, unit: problem.units, c: c, ldc: ldc, a: a, lda: lda,
        columns: columns, alpha: alpha, beta: beta, m: &m)
      // Columns in another order, with fused products.
      let tolerance = 4 * T(columns) * T.ulpOfOne
      expectClose(m, expected, tolerance: tolerance, "\(type), alpha \(alpha), beta \(beta)")
    }
  }

  @Test(arguments: sizes, [0, 0.5])
  func `solutions solve the systems of each lane`(_ size: Int, _ epsilon: Double) {
    solutions(Float.self, size, epsilon)
    solutions(Double.self, size, epsilon)
  }

  private func solutions<T: Scalar>(_ type: T.Type, _ size: Int, _ epsilon: Double) {
    for seed in 0..<6 {
      var data = KernelData<T>(seed: 100 * size + seed)
      let problem = Problem<T>(size, 4, using: &data)
      // Well conditioned: 2 n Id + B Bᵀ/n.
      var m = [T](repeating: 0, count: size * (size + 1) / 2 * 8)
      for lane in 0..<8 {
        let n = Int(problem.counts[lane])
        let factor = data.normal(n * n)
        for i in 0..<n {
          for j in 0...i {
            let sum = (0..<n).reduce(T(0)) { $0 + factor[i * n + $1] * factor[j * n + $1] }
            m[Problem<T>.place(i, j, lane)] = sum / T(n) + (i == j ? 2 : 0)
          }
        }
      }
      var starts: [Int32] = []
      for lane in 0..<8 {
        starts.append(lane == 0 ? 2 : starts[lane - 1] + problem.counts[lane - 1])
      }
      let total = Int(starts[7] + problem.counts[7]) + 2
      let g = data.normal(total)
      var x = [T](repeating: 9, count: total)
      let result = T.laneSolve(
        size: size, count: problem.counts, start: starts, m: m, epsilon: T(epsilon), g: g, into: &x)
      #expect(result == -1)
      #expect(x[..<2] == [9, 9] && x[(total - 2)...] == [9, 9], "outside of the lanes")
      for lane in 0..<8 {
        let (n, start) = (Int(problem.counts[lane]), Int(starts[lane]))
        let product = (0..<n).map { i in
          (0..<n).reduce(T(epsilon) * x[start + i]) {
            $0 + m[Problem<T>.place(max(i, $1), min(i, $1), lane)] * x[start + $1]
          }
        }
        // Condition numbers below 4.
        let tolerance = 32 * T(max(n, 1)).squareRoot() * T.ulpOfOne
        expectClose(
          product, Array(g[start..<start + n]), tolerance: tolerance,
          "\(type), seed \(seed), lane \(lane)")
      }
    }
  }

  @Test(arguments: [2, 5, 7, 20])
  func `a pivot that is not positive is named`(_ size: Int) {
    for value in [0, -1, Double.nan, .infinity] {
      var m = [Double](repeating: 0, count: size * (size + 1) / 2 * 8)
      for lane in 0..<8 {
        for i in 0..<size { m[Problem<Double>.place(i, i, lane)] = 1 }
      }
      m[Problem<Double>.place(size - 1, size - 1, 5)] = value
      let counts = [Int32](repeating: Int32(size), count: 8)
      let starts = (0..<8).map { Int32($0 * size) }
      let g = [Double](repeating: 1, count: 8 * size)
      var x = g
      #expect(
        Double.laneSolve(size: size, count: counts, start: starts, m: m, epsilon: 0, g: g, into: &x)
          == 5 * 65536 + size - 1,
        "\(value)")
    }
  }

  @Test(arguments: [1, 4, 9])
  func `a lane of zeros without damping has the solution 0`(_ size: Int) {
    var m = [Double](repeating: 0, count: size * (size + 1) / 2 * 8)
    for lane in 0..<8 where lane != 3 {
      for i in 0..<size { m[Problem<Double>.place(i, i, lane)] = 2 }
    }
    let counts = [Int32](repeating: Int32(size), count: 8)
    let starts = (0..<8).map { Int32($0 * size) }
    let g = [Double](repeating: 1, count: 8 * size)
    var x = g
    #expect(
      Double.laneSolve(size: size, count: counts, start: starts, m: m, epsilon: 0, g: g, into: &x)
        == -1)
    for i in x.indices { #expect(x[i] == (i / size == 3 ? 0 : 0.5)) }
  }
}
