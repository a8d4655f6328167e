/// argmin_x ‖A x − b‖ by Householder reflections, for A (rows × columns) of full column rank. It
/// never forms AᵀA, so it shares no arithmetic with the metrics that it checks.
func leastSquares(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
  var (a, b) = (matrix, right)
  let columns = a[0].count
  precondition(a.count >= columns, "\(a.count) equations for \(columns) unknowns")
  for k in 0..<columns {
    let norm = (k..<a.count).reduce(0) { $0 + a[$1][k] * a[$1][k] }.squareRoot()
    let alpha = a[k][k] > 0 ? -norm : norm
    var v = [Double](repeating: 0, count: a.count)
    for i in k..<a.count { v[i] = a[i][k] }
    v[k] -= alpha
    let square = v.reduce(0) { $0 + $1 * $1 }
    guard square > 0 else { continue }
    for j in k..<columns {
      let factor = 2 * (k..<a.count).reduce(0) { $0 + v[$1] * a[$1][j] } / square
      for i in k..<a.count { a[i][j] -= factor * v[i] }
    }
    let factor = 2 * (k..<a.count).reduce(0) { $0 + v[$1] * b[$1] } / square
    for i in k..<a.count { b[i] -= factor * v[i] }
  }
  var x = [Double](repeating: 0, count: columns)
  for k in (0..<columns).reversed() {
    x[k] = (b[k] - (k + 1..<columns).reduce(0) { $0 + a[k][$1] * x[$1] }) / a[k][k]
  }
  return x
}
