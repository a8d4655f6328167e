import IntrinsicMath

/// A convolution: units are channels, each with one activity at every place of a window on an image,
/// computed from what the window covers there with the same parameters.
///
/// Parameters of a unit are its bias, then weights by window row, window column and input channel.
/// Activities of a window row are contiguous, so a place is one matrix product for each window row;
/// beside the image there are fewer columns, and zeros of the padding are never read.
struct Convolution: Connection {
  let unitCount: Int
  let grid: WindowGrid
  /// The first row of the image that is read.
  let inputRow: Int
  let hasBias: Bool
  /// Whether the image is of hidden units, which receive backpropagated signals.
  private let isHidden: Bool
  /// 0, 1, 2, …: the activities of a window row.
  private let span: IndexList

  init(
    units: Int, _ grid: WindowGrid, firstRow: Int, hasBias: Bool, firstHiddenRow: Int
  ) {
    unitCount = units
    self.grid = grid
    inputRow = firstRow
    self.hasBias = hasBias
    isHidden = firstRow >= firstHiddenRow
    span = IndexList(0..<grid.window.width * grid.input.channels)
  }

  var positions: Int { grid.positions }
  var sharesParameters: Bool { true }
  private var channels: Int { grid.input.channels }
  /// The bias.
  private var offset: Int { hasBias ? 1 : 0 }
  /// The number of incoming parameters of a unit.
  var fanIn: Int { offset + grid.window.count * channels }
  var parameterCount: Int { unitCount * fanIn }

  func parameters(of unit: Int) -> Range<Int> { unit * fanIn..<(unit + 1) * fanIn }

  func incomingRows(of unit: Int, at position: Int) -> [Int] {
    (hasBias ? [0] : [])
      + grid.pixels(at: position).flatMap { pixel in
        (0..<channels).map { pixel < 0 ? -1 : inputRow + pixel * channels + $0 }
      }
  }

  var sourceRows: Set<Int> {
    Set(inputRow..<inputRow + grid.input.count).union(hasBias ? [0] : [])
  }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    Convolution(
      units: unitCount, grid, firstRow: row(inputRow), hasBias: hasBias,
      firstHiddenRow: firstHiddenRow)
  }

  func scratchCount(columns: Int) -> Int { (grid.input.count + 1) * columns }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    let image = a.row(inputRow)
    Parallel.forEachPart(of: grid.height, threads: worthwhile(threads, columns: n)) { rows in
      for row in rows {
        for column in 0..<grid.width {
          let out = y + (row * grid.width + column) * unitCount * n
          if hasBias { T.kernels.outerRow(unitCount, n, w, fanIn, a.row(0), out) }
          var keep: T = hasBias ? 1 : 0
          grid.forEachSpan(row, column) { tap, pixel, count in
            T.kernels.gemm(
              false, false, unitCount, n, count * channels, 1, w + offset + tap * channels, fanIn,
              image + pixel * channels * n, n, keep, out, n)
            keep = 1
          }
        }
      }
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    guard isHidden else { return }
    let n = out.columns
    let image = out.row(inputRow)
    let width = grid.input.width * channels * n
    Parallel.forEachPart(
      of: grid.input.height, threads: worthwhile(threads, columns: n)
    ) { rows in
      for row in rows {
        if !accumulate { T.kernels.fill(width, 0, image + row * width) }
        grid.forEachSpan(onRow: row) { place, tap, pixel, count in
          T.kernels.gemm(
            true, false, count * channels, n, unitCount, 1, w + offset + tap * channels, fanIn,
            b + place * unitCount * n, n, 1, image + pixel * channels * n, n)
        }
      }
    }
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count columns: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    guard isHidden else { return }
    let (place, unit) = (row / unitCount, row % unitCount)
    grid.forEachSpan(place / grid.width, place % grid.width) { tap, pixel, count in
      T.kernels.scatterUnit(
        count * channels, span.pointer, w + unit * fanIn + offset + tap * channels, v, columns,
        out.row(inputRow + pixel * channels) + firstColumn, out.columns)
    }
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    outer(
      b, image: a.row(inputRow), one: a.row(0), columns: a.columns, scale: scale, keep: keep,
      into: g, threads: threads)
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    if let first { outer(c, a, scale: scale, keep: keep, into: first, threads: threads) }
    let n = a.columns
    T.kernels.square(grid.input.count * n, a.row(inputRow), scratch)
    let one = scratch + grid.input.count * n
    T.kernels.square(n, a.row(0), one)
    outer(
      c, image: scratch, one: one, columns: n, scale: scale, keep: keep, into: second,
      threads: threads)
  }

  /// g = scale · Σ_places b · (one, window)ᵀ + keep · g, each thread for some of the columns.
  private func outer<T: Scalar>(
    _ b: UnsafePointer<T>, image: UnsafePointer<T>, one: UnsafePointer<T>, columns n: Int, scale: T,
    keep: T, into g: UnsafeMutablePointer<T>, threads: Int
  ) {
    T.kernels.scaleAdd(parameterCount, 0, g, keep, g)
    Parallel.forEachPart(
      of: fanIn - offset, threads: worthwhile(threads, columns: n)
    ) { part in
      for place in 0..<positions {
        let signals = b + place * unitCount * n
        if hasBias && part.lowerBound == 0 {
          T.kernels.addRowDots(unitCount, n, scale, signals, one, g, fanIn)
        }
        grid.forEachSpan(place / grid.width, place % grid.width) { tap, pixel, count in
          let first = max(part.lowerBound, tap * channels)
          let end = min(part.upperBound, (tap + count) * channels)
          guard first < end else { return }
          T.kernels.gemm(
            false, true, unitCount, end - first, n, scale, signals, n,
            image + (pixel * channels + first - tap * channels) * n, n, 1, g + offset + first,
            fanIn)
        }
      }
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let n = a.columns
    let width = repeats * n
    T.kernels.fill(units.count * fanIn * width, 0, u)
    for place in 0..<positions {
      for unit in units {
        let own = u + (unit - units.lowerBound) * fanIn * width
        let signal = b + (place * unitCount + unit) * width
        if hasBias { T.kernels.addProducts(1, n, repeats, scale, signal, a.row(0), own, width) }
        grid.forEachSpan(place / grid.width, place % grid.width) { tap, pixel, count in
          T.kernels.addProducts(
            count * channels, n, repeats, scale, signal, a.row(inputRow + pixel * channels),
            own + (offset + tap * channels) * width, width)
        }
      }
    }
  }

  /// One thread where the product is too small to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    parameterCount * positions * columns < 500_000 ? 1 : threads
  }
}
