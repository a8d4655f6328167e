import IntrinsicMath

/// A sparse connection: every unit reads its own list of rows.
struct Sparse: Connection {
  let unitCount: Int
  /// Unit k's parameters and entries of `rows` are `offsets[k]..<offsets[k + 1]`.
  let offsets: IndexList
  /// The row that each parameter multiplies: increasing within a unit, so that a constant row comes
  /// first, then inputs, then hidden units.
  let rows: IndexList
  /// 0, 1, 2, …: the numbers of units and of parameters.
  private let identity: IndexList
  /// Where the hidden units start among the rows of each unit.
  private let hiddenStarts: [Int]
  private let transpose: Transpose

  /// The edges from hidden units, ordered by the unit that is read.
  private struct Transpose: Sendable {
    let sourceRows: IndexList
    let offsets: IndexList
    let readers: IndexList
    let weights: IndexList
  }

  /// - Parameters:
  ///   - incoming: for each unit the rows that it reads, increasing.
  ///   - firstHiddenRow: rows before it are inputs or the constant row.
  init(incoming: [[Int]], firstHiddenRow: Int) {
    for (unit, list) in incoming.enumerated() {
      precondition(
        zip(list, list.dropFirst()).allSatisfy(<), "rows of unit \(unit) are not increasing")
    }
    unitCount = incoming.count
    let ends = incoming.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    offsets = IndexList(ends)
    rows = IndexList(incoming.flatMap { $0 })
    identity = IndexList(0..<max(rows.count, incoming.count))
    hiddenStarts = zip(ends, incoming).map { start, list in
      start + (list.firstIndex { $0 >= firstHiddenRow } ?? list.count)
    }
    var edges: [Int: [(reader: Int, weight: Int)]] = [:]
    for (unit, list) in incoming.enumerated() {
      for (position, row) in list.enumerated() where row >= firstHiddenRow {
        edges[row, default: []].append((unit, ends[unit] + position))
      }
    }
    let sources = edges.keys.sorted()
    let sorted = sources.flatMap { edges[$0]! }
    transpose = Transpose(
      sourceRows: IndexList(sources),
      offsets: IndexList(sources.reduce(into: [0]) { $0.append($0.last! + edges[$1]!.count) }),
      readers: IndexList(sorted.map(\.reader)), weights: IndexList(sorted.map(\.weight)))
  }

  var parameterCount: Int { rows.count }

  func parameters(of unit: Int) -> Range<Int> { offsets[unit]..<offsets[unit + 1] }

  func incomingRows(of unit: Int, at position: Int) -> [Int] {
    parameters(of: unit).map { rows[$0] }
  }

  var sourceRows: Set<Int> { Set((0..<rows.count).map { rows[$0] }) }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    Sparse(
      incoming: (0..<unitCount).map { unit in
        (hasBias ? [0] : []) + incomingRows(of: unit).filter { $0 > 0 }.map(row)
      }, firstHiddenRow: firstHiddenRow)
  }

  func permuted(order: [Int], firstHiddenRow: Int, row: (Int) -> Int) -> (any Connection)? {
    Sparse(
      incoming: order.map { incomingRows(of: $0).map(row).sorted() }, firstHiddenRow: firstHiddenRow
    )
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: a.columns)) { units in
      T.gatherRows(
        count: units.count, outRow: identity.pointer + units.lowerBound,
        offsets: offsets.pointer + units.lowerBound,
        inRow: rows.pointer, weight: identity.pointer, w: w, x: a.origin, ldx: a.columns,
        columns: a.columns, y: y, ldy: a.columns, accumulate: false)
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let n = out.columns
    Parallel.forEachPart(
      of: transpose.sourceRows.count, threads: worthwhile(threads, columns: n)
    ) { sources in
      T.gatherRows(
        count: sources.count, outRow: transpose.sourceRows.pointer + sources.lowerBound,
        offsets: transpose.offsets.pointer + sources.lowerBound, inRow: transpose.readers.pointer,
        weight: transpose.weights.pointer, w: w, x: b, ldx: n, columns: n, y: out.origin, ldy: n,
        accumulate: accumulate)
    }
  }

  func applyTransposed<T: Scalar>(
    row unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    let start = hiddenStarts[unit]
    T.scatterUnit(
      count: Int(offsets.pointer[unit + 1]) - start, row: rows.pointer + start, w: w + start, v: v,
      columns: count,
      y: out.origin + firstColumn, ldy: out.columns)
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      T.outerRows(
        units: units.count, offsets: offsets.pointer + units.lowerBound, row: rows.pointer,
        b: b + units.lowerBound * n, ldb: n,
        a: a.origin, lda: n, columns: n, alpha: scale, beta: keep, g: g)
    }
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      T.outerRowsMoments(
        units: units.count, offsets: offsets.pointer + units.lowerBound, row: rows.pointer,
        c: c + units.lowerBound * n, ldc: n,
        a: a.origin, lda: n, columns: n, alpha: scale, beta: keep, first: first, second: second)
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let width = repeats * a.columns
    T.perSampleRows(
      units: units.count, offsets: offsets.pointer + units.lowerBound, row: rows.pointer,
      b: b + units.lowerBound * width,
      ldb: width, a: a.origin, lda: a.columns, batch: a.columns, repeats: repeats, alpha: scale,
      u: u - offsets[units.lowerBound] * width, ldu: width)
  }

  /// One thread where the product is too small to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    parameterCount * columns < 100_000 ? 1 : threads
  }
}
