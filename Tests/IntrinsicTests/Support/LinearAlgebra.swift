/// Solves a x = b by Gaussian elimination with partial pivoting.
func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
  var (a, b) = (matrix, right)
  let n = b.count
  for k in 0..<n {
    let pivot = (k..<n).max { abs(a[$0][k]) < abs(a[$1][k]) }!
    a.swapAt(k, pivot)
    b.swapAt(k, pivot)
    for i in k + 1..<max(n, k + 1) {
      let factor = a[i][k] / a[k][k]
      for j in k..<n { a[i][j] -= factor * a[k][j] }
      b[i] -= factor * b[k]
    }
  }
  for k in (0..<n).reversed() {
    for j in k + 1..<max(n, k + 1) { b[k] -= a[k][j] * b[j] }
    b[k] /= a[k][k]
  }
  return b
}

/// a + ε Id.
func damped(_ a: [[Double]], _ epsilon: Double) -> [[Double]] {
  var result = a
  for i in a.indices { result[i][i] += epsilon }
  return result
}

func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }

func multiply(_ a: [[Double]], _ x: [Double]) -> [Double] { a.map { dot($0, x) } }

/// The largest difference relative to the largest magnitude of `expected`.
func deviation(_ actual: [Double], from expected: [Double]) -> Double {
  precondition(actual.count == expected.count)
  let scale = expected.map(abs).max() ?? 0
  let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
  return scale == 0 ? worst : worst / scale
}

/// The sine of the angle between two vectors: 0 if one is a multiple of the other.
func sine(_ x: [Double], _ y: [Double]) -> Double {
  let cosine = dot(x, y) / (dot(x, x) * dot(y, y)).squareRoot()
  return max(0, 1 - cosine * cosine).squareRoot()
}

extension [Double] {
  /// Whether every element is finite.
  var isFinite: Bool { allSatisfy { $0.isFinite } }
}
