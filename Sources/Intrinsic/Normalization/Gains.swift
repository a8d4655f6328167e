import IntrinsicMath

/// Gains and shifts of a normalized layer, the same at all positions of a channel: y = β_k + g_k a.
///
/// With logarithmic gains the unit that is read already has its gain, a = e^{g_k} ẑ, so that the product is
/// y = β_k + a, while a = ∂y/∂g_k remains what the parameter multiplies: all other products are the same.
struct Gains: Connection {
  let unitCount: Int
  let positions: Int
  /// The first row that is read.
  let firstRow: Int
  let hasBias: Bool
  /// Whether the parameter is ln of the gain.
  let isLogarithmic: Bool

  /// - Parameters:
  ///   - source: the rows of hidden units that are read.
  ///   - channels: of the image that they are; their number if they are none.
  init(
    source: Range<Int>, channels: Int, hasBias: Bool, isLogarithmic: Bool, firstHiddenRow: Int
  ) {
    precondition(source.lowerBound >= firstHiddenRow, "gains are of hidden units")
    unitCount = channels
    positions = source.count / unitCount
    firstRow = source.lowerBound
    self.hasBias = hasBias
    self.isLogarithmic = isLogarithmic
  }

  var sharesParameters: Bool { positions > 1 }
  /// The number of parameters of a channel.
  private var fanIn: Int { hasBias ? 2 : 1 }
  var parameterCount: Int { fanIn * unitCount }
  func parameters(of unit: Int) -> Range<Int> { fanIn * unit..<fanIn * (unit + 1) }

  func incomingRows(of unit: Int, at position: Int) -> [Int] {
    (hasBias ? [0] : []) + [firstRow + position * unitCount + unit]
  }

  var sourceRows: Set<Int> { Set(firstRow..<firstRow + rowCount).union(hasBias ? [0] : []) }
  func scratchCount(columns: Int) -> Int { (rowCount + 1) * columns }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    let first = row(firstRow)
    return Gains(
      source: first..<first + rowCount, channels: unitCount, hasBias: hasBias,
      isLogarithmic: isLogarithmic, firstHiddenRow: firstHiddenRow)
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    forEachPosition(threads, columns: n) { position in
      let start = position * unitCount * n
      T.gainRows(
        rows: unitCount, columns: n, shift: hasBias ? w : nil,
        gain: isLogarithmic ? nil : w + fanIn - 1, ldw: fanIn, one: a.row(0),
        x: a.row(firstRow) + start, keep: 0, into: y + start)
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let n = out.columns
    forEachPosition(threads, columns: n) { position in
      let start = position * unitCount * n
      T.gainRows(
        rows: unitCount, columns: n, shift: nil, gain: isLogarithmic ? nil : w + fanIn - 1,
        ldw: fanIn, one: b, x: b + start,
        keep: accumulate ? 1 : 0, into: out.row(firstRow) + start)
    }
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    let gain = isLogarithmic ? 1 : w[fanIn * (row % unitCount) + fanIn - 1]
    T.scaleAdd(
      count: count, alpha: gain, x: v, beta: 0, into: out.row(firstRow + row) + firstColumn)
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    outer(
      b, a.row(firstRow), one: a.row(0), columns: a.columns, scale: scale, keep: keep, into: g,
      threads: threads)
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    if let first { outer(c, a, scale: scale, keep: keep, into: first, threads: threads) }
    let n = a.columns
    let one = scratch + rowCount * n
    T.square(count: rowCount * n, x: a.row(firstRow), into: scratch)
    T.square(count: n, x: a.row(0), into: one)
    outer(
      c, scratch, one: one, columns: n, scale: scale, keep: keep, into: second, threads: threads)
  }

  private func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: UnsafePointer<T>, one: UnsafePointer<T>, columns n: Int, scale: T,
    keep: T, into g: UnsafeMutablePointer<T>, threads: Int
  ) {
    T.rescale(count: parameterCount, keep: keep, out: g)
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      let start = units.lowerBound * n
      T.addPositionSums(
        positions: positions, step: unitCount * n, units: units.count, columns: n, scale: scale,
        b: b + start, one: hasBias ? one : nil, a: a + start,
        into: g + units.lowerBound * fanIn, ldo: fanIn)
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let n = a.columns
    let width = repeats * n
    T.fill(count: units.count * fanIn * width, value: 0, into: u)
    for position in 0..<positions {
      for unit in units {
        let row = position * unitCount + unit
        let out = u + (unit - units.lowerBound) * fanIn * width
        if hasBias {
          T.addProducts(
            rows: 1, batch: n, repeats: repeats, alpha: scale, b: b + row * width, a: a.row(0),
            u: out, ldu: width)
        }
        T.addProducts(
          rows: 1, batch: n, repeats: repeats, alpha: scale, b: b + row * width,
          a: a.row(firstRow + row), u: out + (fanIn - 1) * width,
          ldu: width)
      }
    }
  }

  @inline(__always)
  private func forEachPosition(_ threads: Int, columns: Int, _ body: (Int) -> Void) {
    Parallel.forEachPart(of: positions, threads: worthwhile(threads, columns: columns)) { part in
      for position in part { body(position) }
    }
  }

  /// One thread where there is too little to do to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    rowCount * columns < 100_000 ? 1 : threads
  }
}
