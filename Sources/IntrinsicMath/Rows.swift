/// A view of matrix rows in memory that somebody else owns: the activities, signals or moduli of a
/// network's units, one row a unit, one contiguous run of `columns` a row.
///
/// Rows are numbered as in the network's activity matrix; memory may start at a later row than 0,
/// in which case the earlier rows do not exist.
public struct Rows<Element: Scalar>: @unchecked Sendable {
  /// Where row 0 is, or would be.
  public let origin: UnsafeMutablePointer<Element>
  /// The number of columns, which is also the distance between rows.
  public let columns: Int

  /// Views memory whose first row is number `firstRow`.
  public init(_ pointer: UnsafeMutablePointer<Element>, firstRow: Int = 0, columns: Int) {
    origin = pointer - firstRow * columns
    self.columns = columns
  }

  /// The start of a row.
  public func row(_ row: Int) -> UnsafeMutablePointer<Element> { origin + row * columns }

  /// A copy of some rows.
  public func matrix(_ rows: Range<Int>) -> Matrix<Element> {
    Matrix(
      rows: rows.count, columns: columns,
      elements: Array(
        UnsafeBufferPointer(start: row(rows.lowerBound), count: rows.count * columns)))
  }
}
