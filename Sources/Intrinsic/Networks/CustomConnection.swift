import IntrinsicMath

/// The connection of a layer of the caller's, with what a file stores of it.
struct CustomConnection: FiledConnection {
  private let base: any Connection
  let custom: CustomLayerDescription?
  let readRows: [Int]?

  /// - Parameter readRows: the first row of each layer that was given to the builder.
  init(_ base: any Connection, _ custom: CustomLayerDescription?, readRows: [Int]?) {
    self.base = base
    self.custom = custom
    self.readRows = readRows
  }

  var kind: NetworkDescription.Layer.Kind { .custom }
  var unitCount: Int { base.unitCount }
  var positions: Int { base.positions }
  var sharesParameters: Bool { base.sharesParameters }
  var parameterCount: Int { base.parameterCount }
  var sourceRows: Set<Int> { base.sourceRows }
  var squared: any Connection { base.squared }
  var distinctReceptiveFields: Range<Int> { base.distinctReceptiveFields }
  func parameters(of unit: Int) -> Range<Int> { base.parameters(of: unit) }
  func scratchCount(columns: Int) -> Int { base.scratchCount(columns: columns) }

  func incomingRows(of unit: Int, at position: Int) -> [Int] {
    base.incomingRows(of: unit, at: position)
  }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    CustomConnection(
      base.rewired(hasBias: hasBias, firstHiddenRow: firstHiddenRow, row: row), custom,
      readRows: readRows?.map(row))
  }

  func permuted(order: [Int], firstHiddenRow: Int, row: (Int) -> Int) -> (any Connection)? {
    base.permuted(order: order, firstHiddenRow: firstHiddenRow, row: row).map {
      CustomConnection($0, custom, readRows: readRows)
    }
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    base.apply(w, a, into: y, threads: threads)
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    base.applyTransposed(w, b, into: out, accumulate: accumulate, threads: threads)
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    base.applyTransposed(row: row, w, v, count: count, into: out, firstColumn: firstColumn)
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    base.outer(b, a, scale: scale, keep: keep, into: g, threads: threads)
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    base.moments(
      c, a, scale: scale, keep: keep, first: first, second: second, scratch: scratch,
      threads: threads)
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    base.perSampleOuter(units: units, b, a, repeats: repeats, scale: scale, into: u)
  }
}
