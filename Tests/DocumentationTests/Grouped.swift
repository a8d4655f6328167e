import Intrinsic

/// A layer of groups.
struct GroupedLayer: CustomLayer {
  static let name = "grouped"
  var units: Int
  var groups: Int

  func connection(at place: ConnectionPlace) -> any Connection {
    Grouped(units, groups: groups, at: place)
  }
}

/// A grouped connection: the units and the rows that they read are cut into groups, and the units of
/// each group read all rows of their own group and nothing else.
struct Grouped: Connection {
  let unitCount: Int
  private let groups: Int
  /// The rows that are read, group after group.
  private let source: Range<Int>
  private let hasBias: Bool
  private let firstHiddenRow: Int
  /// What the units of each group read.
  private let blocks: [[Block]]

  /// Contiguous rows, and where their weights start among the parameters of a unit.
  private struct Block {
    let rows: Range<Int>
    let offset: Int
  }

  init(_ units: Int, groups: Int, at place: ConnectionPlace) {
    precondition(place.sources.count == 1, "groups are of one layer, not \(place.sources.count)")
    self.init(
      units, groups: groups, source: place.sources[0], hasBias: place.hasBias,
      firstHiddenRow: place.firstHiddenRow)
  }

  private init(
    _ units: Int, groups: Int, source: Range<Int>, hasBias: Bool, firstHiddenRow: Int
  ) {
    precondition(
      units % groups == 0 && source.count % groups == 0,
      "\(groups) groups of \(units) units that read \(source.count)")
    unitCount = units
    self.groups = groups
    self.source = source
    self.hasBias = hasBias
    self.firstHiddenRow = firstHiddenRow
    let width = source.count / groups
    blocks = (0..<groups).map { group in
      let first = source.lowerBound + group * width
      return (hasBias ? [Block(rows: 0..<1, offset: 0)] : [])
        + [Block(rows: first..<first + width, offset: hasBias ? 1 : 0)]
    }
  }

  /// The number of units of a group.
  private var members: Int { unitCount / groups }
  /// The number of incoming parameters of a unit.
  private var fanIn: Int { source.count / groups + (hasBias ? 1 : 0) }

  var parameterCount: Int { unitCount * fanIn }

  func parameters(of unit: Int) -> Range<Int> { unit * fanIn..<(unit + 1) * fanIn }

  func incomingRows(of unit: Int, at position: Int) -> [Int] {
    blocks[unit / members].flatMap { Array($0.rows) }
  }

  var sourceRows: Set<Int> { Set(source).union(hasBias ? [0] : []) }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    let first = row(source.lowerBound)
    return Grouped(
      unitCount, groups: groups, source: first..<first + source.count, hasBias: hasBias,
      firstHiddenRow: firstHiddenRow)
  }

  func scratchCount(columns: Int) -> Int { source.count / groups * columns }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    for (group, blocks) in blocks.enumerated() {
      let first = group * members
      for (index, block) in blocks.enumerated() {
        T.gemm(
          transposeA: false, transposeB: false, m: members, n: n, k: block.rows.count, alpha: 1,
          a: w + first * fanIn + block.offset, lda: fanIn,
          b: a.row(block.rows.lowerBound), ldb: n, beta: index == 0 ? 0 : 1, c: y + first * n,
          ldc: n)
      }
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let n = out.columns
    for (group, blocks) in blocks.enumerated() {
      let first = group * members
      for block in blocks where block.rows.lowerBound >= firstHiddenRow {
        T.gemm(
          transposeA: true, transposeB: false, m: block.rows.count, n: n, k: members, alpha: 1,
          a: w + first * fanIn + block.offset, lda: fanIn,
          b: b + first * n, ldb: n, beta: accumulate ? 1 : 0, c: out.row(block.rows.lowerBound),
          ldc: n)
      }
    }
  }

  func applyTransposed<T: Scalar>(
    row unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    for block in blocks[unit / members] where block.rows.lowerBound >= firstHiddenRow {
      T.gemm(
        transposeA: false, transposeB: false, m: block.rows.count, n: count, k: 1, alpha: 1,
        a: w + unit * fanIn + block.offset, lda: 1, b: v, ldb: count,
        beta: 0, c: out.row(block.rows.lowerBound) + firstColumn, ldc: out.columns)
    }
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    outer(b, columns: a.columns, scale: scale, keep: keep, into: g) { a.row($0.lowerBound) }
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    if let first { outer(c, a, scale: scale, keep: keep, into: first, threads: threads) }
    outer(c, columns: a.columns, scale: scale, keep: keep, into: second) { rows in
      T.square(count: rows.count * a.columns, x: a.row(rows.lowerBound), into: scratch)
      return scratch
    }
  }

  /// g = scale · b · activitiesᵀ + keep · g, block by block, with activities given by the closure.
  private func outer<T: Scalar>(
    _ b: UnsafePointer<T>, columns n: Int, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    activities: (Range<Int>) -> UnsafeMutablePointer<T>
  ) {
    for (group, blocks) in blocks.enumerated() {
      let first = group * members
      for block in blocks {
        T.gemm(
          transposeA: false, transposeB: true, m: members, n: block.rows.count, k: n, alpha: scale,
          a: b + first * n, lda: n,
          b: activities(block.rows), ldb: n, beta: keep, c: g + first * fanIn + block.offset,
          ldc: fanIn)
      }
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let width = repeats * a.columns
    T.fill(count: units.count * fanIn * width, value: 0, into: u)
    for unit in units {
      let own = u + (unit - units.lowerBound) * fanIn * width
      for block in blocks[unit / members] {
        T.addProducts(
          rows: block.rows.count, batch: a.columns, repeats: repeats, alpha: scale,
          b: b + unit * width,
          a: a.row(block.rows.lowerBound), u: own + block.offset * width, ldu: width)
      }
    }
  }
}
