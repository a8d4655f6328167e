import IntrinsicMath

/// A connection that is given by its edges, with or without shared parameters: every product goes edge by
/// edge.
struct WiredConnection: Connection {
  let unitCount: Int
  let positions: Int
  /// The row that each parameter of a unit multiplies, by position and unit; −1 for none.
  private let rows: [[[Int]]]
  /// Where the parameters of each unit start.
  private let starts: [Int]
  private let firstHiddenRow: Int
  private let forward: EdgeTable
  private let backward: EdgeTable

  /// Edges grouped by the row that they lead to.
  private struct EdgeTable: Sendable {
    let targets: IndexList
    let offsets: IndexList
    let sources: IndexList
    let weights: IndexList

    init(_ edges: [(target: Int, source: Int, weight: Int)]) {
      let groups = Dictionary(grouping: edges, by: \.target)
      let targets = groups.keys.sorted()
      let sorted = targets.flatMap { groups[$0]! }
      self.targets = IndexList(targets)
      offsets = IndexList(targets.reduce(into: [0]) { $0.append($0.last! + groups[$1]!.count) })
      sources = IndexList(sorted.map(\.source))
      weights = IndexList(sorted.map(\.weight))
    }

    /// out_target = Σ_edges w b_source, added to `out` if `accumulate`.
    func gather<T: Scalar>(
      _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, columns n: Int, accumulate: Bool,
      into out: UnsafeMutablePointer<T>, threads: Int
    ) {
      let threads = sources.count * n < 100_000 ? 1 : threads
      Parallel.forEachPart(of: targets.count, threads: threads) { part in
        T.gatherRows(
          count: part.count, outRow: targets.pointer + part.lowerBound,
          offsets: offsets.pointer + part.lowerBound,
          inRow: sources.pointer, weight: weights.pointer, w: w, x: b, ldx: n, columns: n, y: out,
          ldy: n, accumulate: accumulate)
      }
    }
  }

  /// - Parameters:
  ///   - rows: by position and unit, the row that each parameter multiplies, 0 first for a bias, −1 for none;
  ///     of the same length for all positions.
  ///   - firstHiddenRow: rows before it are inputs or the constant row.
  init(rows: [[[Int]]], firstHiddenRow: Int) {
    self.rows = rows
    self.firstHiddenRow = firstHiddenRow
    positions = rows.count
    unitCount = rows[0].count
    let starts = rows[0].reduce(into: [0]) { $0.append($0.last! + $1.count) }
    self.starts = starts
    for (position, units) in rows.enumerated() {
      for (unit, list) in units.enumerated() {
        precondition(
          list.count == starts[unit + 1] - starts[unit],
          "unit \(unit) has \(list.count) weights at position \(position), "
            + "\(starts[unit + 1] - starts[unit]) at the first")
      }
    }
    let edges = rows.enumerated().flatMap { position, units in
      units.enumerated().flatMap { unit, list in
        list.enumerated().compactMap { index, row in
          row < 0
            ? nil
            : (target: position * units.count + unit, source: row, weight: starts[unit] + index)
        }
      }
    }
    forward = EdgeTable(edges)
    backward = EdgeTable(
      edges.filter { $0.source >= firstHiddenRow }
        .map { (target: $0.source, source: $0.target, weight: $0.weight) })
  }

  var sharesParameters: Bool { positions > 1 }
  var parameterCount: Int { starts[unitCount] }
  func parameters(of unit: Int) -> Range<Int> { starts[unit]..<starts[unit + 1] }
  func incomingRows(of unit: Int, at position: Int) -> [Int] { rows[position][unit] }
  var sourceRows: Set<Int> { Set(rows.joined().joined()).subtracting([-1]) }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    WiredConnection(
      rows: rows.map { units in
        units.map { (hasBias ? [0] : []) + $0.filter { $0 != 0 }.map { $0 < 0 ? $0 : row($0) } }
      }, firstHiddenRow: firstHiddenRow)
  }

  func scratchCount(columns: Int) -> Int { columns }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    if forward.targets.count < rowCount { T.fill(count: rowCount * a.columns, value: 0, into: y) }
    forward.gather(
      w, a.origin, columns: a.columns, accumulate: false, into: y, threads: threads)
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    backward.gather(
      w, b, columns: out.columns, accumulate: accumulate, into: out.origin, threads: threads)
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    forEachEdge(of: row % unitCount, at: row / unitCount) { weight, source in
      guard source >= firstHiddenRow else { return }
      T.scaleAdd(count: count, alpha: w[weight], x: v, beta: 0, into: out.row(source) + firstColumn)
    }
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    let n = a.columns
    T.rescale(count: parameterCount, keep: keep, out: g)
    forEachEdge { target, weight, source in
      g[weight] += scale * T.dot(count: n, x: b + target * n, y: a.row(source))
    }
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    T.rescale(count: parameterCount, keep: keep, out: second)
    if let first { T.rescale(count: parameterCount, keep: keep, out: first) }
    forEachEdge { target, weight, source in
      T.multiply(count: n, x: c + target * n, y: a.row(source), into: scratch)
      if let first { first[weight] += scale * T.sum(count: n, x: scratch) }
      second[weight] += scale * T.dot(count: n, x: scratch, y: a.row(source))
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let width = repeats * a.columns
    let start = starts[units.lowerBound]
    T.fill(count: (starts[units.upperBound] - start) * width, value: 0, into: u)
    for position in 0..<positions {
      for unit in units {
        let signal = b + (position * unitCount + unit) * width
        forEachEdge(of: unit, at: position) { weight, source in
          T.addProducts(
            rows: 1, batch: a.columns, repeats: repeats, alpha: scale, b: signal, a: a.row(source),
            u: u + (weight - start) * width, ldu: width
          )
        }
      }
    }
  }

  private func forEachEdge(
    of unit: Int, at position: Int, _ body: (_ weight: Int, _ source: Int) -> Void
  ) {
    for (index, source) in rows[position][unit].enumerated() where source >= 0 {
      body(starts[unit] + index, source)
    }
  }

  private func forEachEdge(_ body: (_ target: Int, _ weight: Int, _ source: Int) -> Void) {
    for position in 0..<positions {
      for unit in 0..<unitCount {
        forEachEdge(of: unit, at: position) { body(position * unitCount + unit, $0, $1) }
      }
    }
  }
}
