/// A dense row-major matrix with value semantics, for data sets and results.
///
/// Activities follow the library's convention: rows are units, columns are samples.
public struct Matrix<Element: Scalar>: Equatable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Row after row.
  public var elements: [Element]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    elements = [Element](repeating: 0, count: rows * columns)
  }

  /// A matrix from its elements, row after row.
  public init(rows: Int, columns: Int, elements: [Element]) {
    precondition(
      elements.count == rows * columns,
      "\(elements.count) elements for a matrix of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix from its rows, which must have equal lengths.
  public init(_ rowValues: [[Element]]) {
    let width = rowValues.first?.count ?? 0
    for (index, row) in rowValues.enumerated() {
      precondition(row.count == width, "row \(index) has \(row.count) elements, row 0 has \(width)")
    }
    self.init(rows: rowValues.count, columns: width, elements: rowValues.flatMap { $0 })
  }

  /// One element, checked.
  public subscript(row: Int, column: Int) -> Element {
    get { elements[index(row, column)] }
    set { elements[index(row, column)] = newValue }
  }

  /// One row, copied.
  public func row(_ row: Int) -> [Element] {
    Array(elements[index(row, 0)..<index(row, 0) + columns])
  }

  /// The matrix with rows and columns exchanged.
  public var transposed: Matrix { exchanged() }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func exchanged() -> Matrix {
    var result = Matrix(rows: columns, columns: rows)
    // In blocks that fit the cache.
    let block = 32
    elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        for firstRow in stride(from: 0, to: rows, by: block) {
          for firstColumn in stride(from: 0, to: columns, by: block) {
            for row in firstRow..<min(firstRow + block, rows) {
              for column in firstColumn..<min(firstColumn + block, columns) {
                target[column * rows + row] = source[row * columns + column]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The columns of the given indices, in that order.
  public func columns(_ indices: some Collection<Int>) -> Matrix { columns(at: Array(indices)) }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func columns(at indices: [Int]) -> Matrix {
    for index in indices {
      precondition(index >= 0 && index < columns, "column \(index) of \(columns)")
    }
    var result = Matrix(rows: rows, columns: indices.count)
    elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        for row in 0..<rows {
          let (from, to) = (row * columns, row * indices.count)
          for place in indices.indices { target[to + place] = source[from + indices[place]] }
        }
      }
    }
    return result
  }

  /// Every element mapped.
  public func map<Other: Scalar>(_ transform: (Element) -> Other) -> Matrix<Other> {
    Matrix<Other>(rows: rows, columns: columns, elements: elements.map(transform))
  }

  private func index(_ row: Int, _ column: Int) -> Int {
    precondition(
      row >= 0 && row < rows && column >= 0 && (column < columns || columns == 0),
      "element (\(row), \(column)) of a matrix of \(rows) × \(columns)")
    return row * columns + column
  }
}
