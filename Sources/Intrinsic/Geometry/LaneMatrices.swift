import IntrinsicMath

/// Small unit matrices, eight units of similar size side by side in the lanes of a vector: both the
/// sums over samples and the Cholesky factorizations run on all eight at once.
final class LaneMatrices<T: Scalar>: MetricMatrices {
  /// The largest number of parameters of a unit in lanes.
  static var largestSize: Int { 64 }
  private static var lanes: Int { 8 }

  struct Unit: Hashable {
    let layer: Int
    let unit: Int
  }

  /// Eight units; `matrices` holds their lower triangles, entry by entry, lane by lane.
  private struct Group {
    let units: [Unit]
    let size: Int
    /// The activity row of parameter i in lane l at i·8 + l, −1 for padding.
    let rows: IndexList
    /// The row of each unit.
    let unitRows: IndexList
    /// The number and the first of the parameters of each unit.
    let counts: IndexList
    let starts: IndexList
    let matrices: Buffer<T>
  }

  private let groups: [Group]
  private let places: [Unit: (group: Int, lane: Int)]

  init(_ network: Network, units: [Unit]) {
    func count(_ unit: Unit) -> Int {
      network.layers[unit.layer].connection.parameters(of: unit.unit).count
    }
    let sorted = units.sorted {
      (count($0), $0.layer, $0.unit) < (count($1), $1.layer, $1.unit)
    }
    let lanes = Self.lanes
    groups = stride(from: 0, to: sorted.count, by: lanes).map { start in
      let members = Array(sorted[start..<min(start + lanes, sorted.count)])
      let size = members.map(count).max()!
      var rows = [Int](repeating: -1, count: size * lanes)
      for (lane, member) in members.enumerated() {
        let incoming = network.layers[member.layer].connection.incomingRows(of: member.unit)
        for (i, row) in incoming.enumerated() { rows[i * lanes + lane] = row }
      }
      func padded(_ values: [Int], with padding: Int) -> IndexList {
        IndexList(values + [Int](repeating: padding, count: lanes - values.count))
      }
      return Group(
        units: members, size: size, rows: IndexList(rows),
        unitRows: padded(
          members.map { network.layers[$0.layer].rows.lowerBound + $0.unit }, with: -1),
        counts: padded(members.map(count), with: 0),
        starts: padded(
          members.map { network.parameters(layer: $0.layer, unit: $0.unit).lowerBound }, with: 0),
        matrices: Buffer(count: size * (size + 1) / 2 * lanes))
    }
    var places: [Unit: (Int, Int)] = [:]
    for (index, group) in groups.enumerated() {
      for (lane, unit) in group.units.enumerated() { places[unit] = (index, lane) }
    }
    self.places = places
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    let c = modulus.values
    let a = workspace.activities
    for group in groups {
      T.laneMoments(
        size: group.size, row: group.rows.pointer, unit: group.unitRows.pointer, c: c.origin,
        ldc: c.columns, a: a.origin,
        lda: a.columns, columns: workspace.batch, alpha: (1 - keep) / T(workspace.batch),
        beta: keep, m: group.matrices.pointer)
    }
  }

  func addToDiagonal(_ epsilon: T) {
    for group in groups {
      for (lane, _) in group.units.enumerated() {
        for i in 0..<group.counts[lane] {
          group.matrices.pointer[(i * (i + 1) / 2 + i) * Self.lanes + lane] += epsilon
        }
      }
    }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let memory = step.mutablePointer
    for group in groups {
      let failure = T.laneSolve(
        size: group.size, count: group.counts.pointer, start: group.starts.pointer,
        m: group.matrices.pointer, epsilon: epsilon,
        g: gradient.pointer, into: memory)
      if failure >= 0 {
        let unit = group.units[failure >> 16]
        throw .notPositiveDefinite(
          layer: unit.layer, unit: unit.unit, pivot: failure & 0xffff, damping: Double(epsilon))
      }
    }
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    for (index, group) in groups.enumerated() { coder.code("\(index)", group.matrices) }
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    let place = places[Unit(layer: layer, unit: unit)]!
    for i in 0..<matrix.rows {
      for j in 0...i {
        groups[place.group].matrices[(i * (i + 1) / 2 + j) * Self.lanes + place.lane] =
          matrix[i, j]
      }
    }
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let place = places[Unit(layer: layer, unit: unit)]!
    let group = groups[place.group]
    let count = group.counts[place.lane]
    var result = Matrix<T>(rows: count, columns: count)
    for i in 0..<count {
      for j in 0...i {
        let entry = group.matrices[(i * (i + 1) / 2 + j) * Self.lanes + place.lane]
        result[i, j] = entry
        result[j, i] = entry
      }
    }
    return result
  }
}
