import IntrinsicMath

/// The sum of several layers of the same shape, activity by activity: where branches meet.
struct Summation: FixedConnection {
  let unitCount: Int
  let positions: Int
  /// The first row of each branch.
  let sources: [Int]
  private let firstHiddenRow: Int

  init(units: Int, positions: Int, sources: [Int], firstHiddenRow: Int) {
    unitCount = units
    self.positions = positions
    self.sources = sources
    self.firstHiddenRow = firstHiddenRow
  }

  var sourceRows: Set<Int> { Set(sources.flatMap { $0..<$0 + rowCount }) }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    Summation(
      units: unitCount, positions: positions, sources: sources.map(row),
      firstHiddenRow: firstHiddenRow)
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: rowCount, threads: worthwhile(threads, columns: n)) { rows in
      let (start, count) = (rows.lowerBound * n, rows.count * n)
      (y + start).update(from: a.row(sources[0]) + start, count: count)
      for source in sources.dropFirst() {
        T.scaleAdd(count: count, alpha: 1, x: a.row(source) + start, beta: 1, into: y + start)
      }
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let n = out.columns
    Parallel.forEachPart(of: rowCount, threads: worthwhile(threads, columns: n)) { rows in
      let (start, count) = (rows.lowerBound * n, rows.count * n)
      for source in sources where source >= firstHiddenRow {
        T.scaleAdd(
          count: count, alpha: 1, x: b + start, beta: accumulate ? 1 : 0,
          into: out.row(source) + start)
      }
    }
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    for source in sources where source >= firstHiddenRow {
      (out.row(source + row) + firstColumn).update(from: v, count: count)
    }
  }

  /// One thread where there is too little to do to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    rowCount * columns < 100_000 ? 1 : threads
  }
}
