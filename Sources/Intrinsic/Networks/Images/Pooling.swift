import IntrinsicMath

/// Average or maximum pooling: one activity for each channel and place of a window on an image.
///
/// The linear products are those of an average, each pixel under the window with the same weight; 0
/// is what lies beside the image. A maximum is linear once a sample has selected its pixels:
/// `select` and `distribute` are its passes, and the linear products, with weight 1, those of a
/// path, which may run through every pixel.
struct Pooling: FixedConnection {
  let grid: WindowGrid
  /// The first row of the image that is read.
  let inputRow: Int
  let isMaximum: Bool
  private let isHidden: Bool
  private let firstHiddenRow: Int
  /// Of each pixel under the window.
  private let weight: Double

  init(_ grid: WindowGrid, firstRow: Int, isMaximum: Bool, firstHiddenRow: Int) {
    self.init(
      grid, firstRow: firstRow, isMaximum: isMaximum, firstHiddenRow: firstHiddenRow,
      weight: isMaximum ? 1 : 1 / Double(grid.window.count))
  }

  private init(
    _ grid: WindowGrid, firstRow: Int, isMaximum: Bool, firstHiddenRow: Int, weight: Double
  ) {
    self.grid = grid
    inputRow = firstRow
    self.isMaximum = isMaximum
    self.firstHiddenRow = firstHiddenRow
    isHidden = firstRow >= firstHiddenRow
    self.weight = weight
  }

  var unitCount: Int { grid.input.channels }
  var positions: Int { grid.positions }
  var sourceRows: Set<Int> { Set(inputRow..<inputRow + grid.input.count) }

  var squared: any Connection {
    Pooling(
      grid, firstRow: inputRow, isMaximum: isMaximum, firstHiddenRow: firstHiddenRow,
      weight: weight * weight)
  }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    Pooling(
      grid, firstRow: row(inputRow), isMaximum: isMaximum, firstHiddenRow: firstHiddenRow,
      weight: weight)
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let block = unitCount * a.columns
    forEachPlace(threads, columns: a.columns) { row, column in
      let out = y + (row * grid.width + column) * block
      var keep: T = 0
      forEachPixel(row, column, a) { _, pixel in
        T.scaleAdd(count: block, alpha: T(weight), x: pixel, beta: keep, into: out)
        keep = 1
      }
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let block = unitCount * out.columns
    forEachReader(of: out, accumulate: accumulate, threads: threads) { place, _, pixel in
      T.scaleAdd(count: block, alpha: T(weight), x: b + place * block, beta: 1, into: pixel)
    }
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    guard isHidden else { return }
    let (place, channel) = (row / unitCount, row % unitCount)
    for pixel in grid.pixels(at: place) where pixel >= 0 {
      T.scaleAdd(
        count: count, alpha: T(weight), x: v, beta: 0,
        into: out.row(inputRow + pixel * unitCount + channel) + firstColumn)
    }
  }

  /// The largest activity of each channel under the window, and the pixel of the window where it
  /// is: the first of several.
  func select<T: Scalar>(
    _ a: Rows<T>, into y: UnsafeMutablePointer<T>, _ selection: Selection, threads: Int
  ) {
    let block = unitCount * a.columns
    forEachPlace(threads, columns: a.columns) { row, column in
      let start = (row * grid.width + column) * block
      var isFirst = true
      forEachPixel(row, column, a) { tap, pixel in
        T.selectMaximum(
          count: block, tap: Int32(tap), first: isFirst, a: pixel, y: y + start,
          selection: selection.pointer + start)
        isFirst = false
      }
    }
  }

  /// Signals b with `repeats` columns a sample go to the pixels that were selected.
  func distribute<T: Scalar>(
    _ b: UnsafePointer<T>, _ selection: Selection, repeats: Int, into out: Rows<T>,
    accumulate: Bool, threads: Int
  ) {
    let batch = out.columns / repeats
    forEachReader(of: out, accumulate: accumulate, threads: threads) { place, tap, pixel in
      T.addSelected(
        rows: unitCount, batch: batch, repeats: repeats, tap: Int32(tap),
        selection: selection.pointer + place * unitCount * batch,
        b: b + place * unitCount * out.columns, into: pixel)
    }
  }

  @inline(__always)
  private func forEachPlace(
    _ threads: Int, columns: Int, _ body: (_ row: Int, _ column: Int) -> Void
  ) {
    Parallel.forEachPart(of: grid.height, threads: worthwhile(threads, columns: columns)) { rows in
      for row in rows {
        for column in 0..<grid.width { body(row, column) }
      }
    }
  }

  /// The pixels under the window at one place, with their channels.
  @inline(__always)
  private func forEachPixel<T: Scalar>(
    _ row: Int, _ column: Int, _ a: Rows<T>,
    _ body: (_ tap: Int, _ pixel: UnsafeMutablePointer<T>) -> Void
  ) {
    grid.forEachSpan(row, column) { tap, pixel, count in
      for i in 0..<count { body(tap + i, a.row(inputRow + (pixel + i) * unitCount)) }
    }
  }

  /// All pixels with all places of the window that cover them.
  @inline(__always)
  private func forEachReader<T: Scalar>(
    of out: Rows<T>, accumulate: Bool, threads: Int,
    _ body: (_ place: Int, _ tap: Int, _ pixel: UnsafeMutablePointer<T>) -> Void
  ) {
    guard isHidden else { return }
    let width = grid.input.width * unitCount * out.columns
    let parts = worthwhile(threads, columns: out.columns)
    Parallel.forEachPart(of: grid.input.height, threads: parts) { rows in
      for row in rows {
        if !accumulate { T.fill(count: width, value: 0, into: out.row(inputRow) + row * width) }
        grid.forEachSpan(onRow: row) { place, tap, pixel, count in
          for i in 0..<count {
            body(place, tap + i, out.row(inputRow + (pixel + i) * unitCount))
          }
        }
      }
    }
  }

  /// One thread where there is too little to do to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    grid.input.count * columns < 100_000 ? 1 : threads
  }
}

/// Which pixel of its window each activity of a maximum pooling was taken from, units × batch.
final class Selection {
  let pointer: UnsafeMutablePointer<Int32>
  private let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { pointer.deallocate() }

  /// Takes over the first `batch` samples of another selection of `columns` samples.
  func copyColumns(_ batch: Int, of other: Selection, columns: Int, rows: Int) {
    for row in 0..<rows {
      (pointer + row * batch).update(from: other.pointer + row * columns, count: batch)
    }
  }
}
