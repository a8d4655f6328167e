/// Which units of a layer are components of one vector, and where the matrices of each such group are: P² rows of
/// samples, one group after the other, row c · P + d for the entry of its components c and d.
package struct GroupLayout: Sendable {
  /// The units of each group.
  package let groups: [Range<Int>]
  /// The first row of the matrix of each group.
  private let firstRows: [Int]
  /// The group of each unit.
  private let owners: [Int]

  /// - Parameter sizes: P of each group.
  init(sizes: [Int]) {
    var (units, rows) = (0, 0)
    var (groups, firstRows, owners): ([Range<Int>], [Int], [Int]) = ([], [], [])
    for (group, size) in sizes.enumerated() {
      groups.append(units..<units + size)
      firstRows.append(rows)
      owners += [Int](repeating: group, count: size)
      units += size
      rows += size * size
    }
    (self.groups, self.firstRows, self.owners) = (groups, firstRows, owners)
    rowCount = rows
  }

  /// The rows of the matrices of all groups.
  let rowCount: Int

  /// The units of the group that a unit is of.
  func group(of unit: Int) -> Range<Int> { groups[owners[unit]] }

  /// The row for an entry of two units of one group.
  func row(_ unit: Int, _ other: Int) -> Int {
    let group = group(of: unit)
    return firstRows[owners[unit]] + (unit - group.lowerBound) * group.count
      + other - group.lowerBound
  }

  /// Calls `body` with each sequence of groups of one size: their number, their size, their first unit and the
  /// first row of their matrices.
  func forEachRun(_ body: (_ groups: Int, _ size: Int, _ unit: Int, _ row: Int) -> Void) {
    var first = 0
    while first < groups.count {
      let size = groups[first].count
      let next = groups[first...].firstIndex { $0.count != size } ?? groups.count
      body(next - first, size, groups[first].lowerBound, firstRows[first])
      first = next
    }
  }
}

extension Network.Layer {
  /// The groups of its units; of one unit each where activities are numbers.
  var groupLayout: GroupLayout {
    groups ?? GroupLayout(sizes: [Int](repeating: 1, count: rows.count))
  }
}
