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

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: a.columns)) { units in
      T.kernels.gatherRows(
        units.count, identity.pointer + units.lowerBound, offsets.pointer + units.lowerBound,
        rows.pointer, identity.pointer, w, a.origin, a.columns, a.columns, y, a.columns, 0)
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let n = out.columns
    Parallel.forEachPart(
      of: transpose.sourceRows.count, threads: worthwhile(threads, columns: n)
    ) { sources in
      T.kernels.gatherRows(
        sources.count, transpose.sourceRows.pointer + sources.lowerBound,
        transpose.offsets.pointer + sources.lowerBound, transpose.readers.pointer,
        transpose.weights.pointer, w, b, n, n, out.origin, n, accumulate ? 1 : 0)
    }
  }

  func applyTransposed<T: Scalar>(
    row unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    let start = hiddenStarts[unit]
    T.kernels.scatterUnit(
      Int(offsets.pointer[unit + 1]) - start, rows.pointer + start, w + start, v, count,
      out.origin + firstColumn, out.columns)
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      T.kernels.outerRows(
        units.count, offsets.pointer + units.lowerBound, rows.pointer, b + units.lowerBound * n, n,
        a.origin, n, n, scale, keep, g)
    }
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      T.kernels.outerRowsMoments(
        units.count, offsets.pointer + units.lowerBound, rows.pointer, c + units.lowerBound * n, n,
        a.origin, n, n, scale, keep, first, second)
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let width = repeats * a.columns
    T.kernels.perSampleRows(
      units.count, offsets.pointer + units.lowerBound, rows.pointer, b + units.lowerBound * width,
      width, a.origin, a.columns, a.columns, repeats, scale,
      u - offsets[units.lowerBound] * width, width)
  }

  /// One thread where the product is too small to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    parameterCount * columns < 100_000 ? 1 : threads
  }
}
