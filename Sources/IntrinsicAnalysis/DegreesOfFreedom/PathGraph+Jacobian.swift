import IntrinsicMath

/// The path Jacobian itself, for small graphs.
extension PathGraph {
  /// The paths from inputs to outputs, each as the numbers of its edges from the output back to the
  /// input, one output after the other.
  ///
  /// - Throws: ``DegreesOfFreedomError/tooManyPaths(paths:limit:)``.
  /// - Complexity: the length of all paths together.
  public func paths(limit: Int = 10_000) throws(DegreesOfFreedomError) -> [[Int]] {
    let count = pathCount
    if count > Double(limit) { throw .tooManyPaths(paths: count, limit: limit) }
    let useful = usefulEdges
    let starts = Set(inputs)
    let entries = incoming.map { $0.filter { useful[$0] } }
    var paths: [[Int]] = []
    for output in outputs {
      var path: [Int] = []
      // For each node of the path, how many of its edges have been followed.
      var followed = [0]
      while !followed.isEmpty {
        let node = path.last.map { edges[$0].from } ?? output
        let next = followed[followed.count - 1]
        if next == 0 && starts.contains(node) { paths.append(path) }
        if next < entries[node].count {
          followed[followed.count - 1] += 1
          path.append(entries[node][next])
          followed.append(0)
        } else {
          followed.removeLast()
          _ = path.popLast()
        }
      }
    }
    return paths
  }

  /// J = (∂π_p/∂w_e), π_p the product of the weights along path p (Neyshabur et al. 2016, §7.1):
  /// paths × edges, the rows in the order of ``paths(limit:)``.
  ///
  /// - Throws: ``DegreesOfFreedomError/tooManyPaths(paths:limit:)``.
  /// - Complexity: paths × edges of memory.
  public func pathJacobian(
    at weights: [Double], limit: Int = 10_000
  ) throws(DegreesOfFreedomError) -> Matrix<Double> {
    precondition(
      weights.count == edges.count, "\(weights.count) weights for \(edges.count) edges")
    let paths = try paths(limit: limit)
    var jacobian = Matrix<Double>(rows: paths.count, columns: edges.count)
    for (row, path) in paths.enumerated() {
      // Products of the weights before and after each edge, which hold where a weight is 0.
      var product = 1.0
      for edge in path {
        jacobian[row, edge] = product
        product *= weights[edge]
      }
      product = 1
      for edge in path.reversed() {
        jacobian[row, edge] *= product
        product *= weights[edge]
      }
    }
    return jacobian
  }
}
