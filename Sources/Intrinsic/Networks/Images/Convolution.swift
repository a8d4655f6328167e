import IntrinsicMath

/// A convolution: units are channels, each with one activity at every place of a window on an image,
/// computed from what the window covers there with the same parameters.
///
/// Parameters of a unit are its bias, then weights by window row, window column and input channel.
/// Activities of a window row are contiguous, so the window at a place is one term for each of its
/// rows in a sum of matrix products; zeros of the padding are never read.
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
  var distinctReceptiveFields: Range<Int> { 0..<1 }
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
    Parallel.forEachPart(of: grid.height, threads: worthwhile(threads, columns: n)) { rows in
      withTerms { terms in
        for row in rows {
          for column in 0..<grid.width {
            var count = 0
            func add(_ term: ProductTerm) {
              terms[count] = term
              count += 1
            }
            if hasBias { add(ProductTerm(w: 0, row: 0, length: 1)) }
            grid.forEachSpan(row, column) { tap, pixel, width in
              add(
                ProductTerm(
                  w: offset + tap * channels, row: inputRow + pixel * channels,
                  length: width * channels))
            }
            T.termProducts(
              rows: unitCount, columns: n, count: count, terms: terms, w: w, rowStep: fanIn,
              termStep: 1, x: a.row(0), accumulate: false,
              y: y + (row * grid.width + column) * unitCount * n)
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
    Parallel.forEachPart(of: grid.input.height, threads: worthwhile(threads, columns: n)) { rows in
      withTerms { terms in
        for row in rows {
          for column in 0..<grid.input.width {
            var count = 0
            grid.forEachTap(onRow: row, column: column) { tap, place in
              terms[count] = ProductTerm(
                w: offset + tap * channels, row: place * unitCount, length: unitCount)
              count += 1
            }
            T.termProducts(
              rows: channels, columns: n, count: count, terms: terms, w: w, rowStep: 1,
              termStep: fanIn, x: b, accumulate: accumulate,
              y: out.row(inputRow + (row * grid.input.width + column) * channels))
          }
        }
      }
    }
  }

  /// Memory for as many terms as a place or a pixel has: a tap each, and the bias.
  @inline(__always)
  private func withTerms(_ body: (UnsafeMutablePointer<ProductTerm>) -> Void) {
    withUnsafeTemporaryAllocation(of: ProductTerm.self, capacity: grid.window.count + 1) {
      body($0.baseAddress!)
    }
  }

  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count columns: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    guard isHidden else { return }
    let (place, unit) = (row / unitCount, row % unitCount)
    grid.forEachSpan(place / grid.width, place % grid.width) { tap, pixel, count in
      T.scatterUnit(
        count: count * channels, row: span.pointer, w: w + unit * fanIn + offset + tap * channels,
        v: v, columns: columns,
        y: out.row(inputRow + pixel * channels) + firstColumn, ldy: out.columns)
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
    T.square(count: grid.input.count * n, x: a.row(inputRow), into: scratch)
    let one = scratch + grid.input.count * n
    T.square(count: n, x: a.row(0), into: one)
    outer(
      c, image: scratch, one: one, columns: n, scale: scale, keep: keep, into: second,
      threads: threads)
  }

  /// g = scale · Σ_places b · (one, window)ᵀ + keep · g, each thread for some of the weights, a few
  /// places at a time, which stay in the cache.
  private func outer<T: Scalar>(
    _ b: UnsafePointer<T>, image: UnsafePointer<T>, one: UnsafePointer<T>, columns n: Int, scale: T,
    keep: T, into g: UnsafeMutablePointer<T>, threads: Int
  ) {
    T.rescale(count: parameterCount, keep: keep, out: g)
    let side = min(max(productBlock / n, 1), grid.width)
    Parallel.forEachPart(of: fanIn - offset, threads: worthwhile(threads, columns: n)) { part in
      withUnsafeTemporaryAllocation(of: ProductTap.self, capacity: grid.window.count) { taps in
        for y in 0..<grid.height {
          for start in stride(from: 0, to: grid.width, by: side) {
            let block = start..<min(start + side, grid.width)
            let signals = b + (y * grid.width + start) * unitCount * n
            if hasBias && part.lowerBound == 0 {
              T.addPositionSums(
                positions: block.count, step: unitCount * n, units: unitCount, columns: n,
                scale: scale, b: signals, one: one, a: nil, into: g, ldo: fanIn)
            }
            let count = listTaps(of: part, row: y, block, in: taps)
            T.addPlaceProducts(
              units: unitCount, columns: n, places: block.count, scale: scale, b: signals,
              bStep: unitCount * n, count: count, taps: taps.baseAddress!,
              x: image, xStep: grid.window.horizontalStride * channels * n, g: g + offset,
              ldg: fanIn)
          }
        }
      }
    }
  }

  /// The taps whose weights are in `part`, and the places of a block that see the image through them.
  /// - Returns: their number.
  private func listTaps(
    of part: Range<Int>, row y: Int, _ block: Range<Int>,
    in taps: UnsafeMutableBufferPointer<ProductTap>
  ) -> Int {
    var count = 0
    for tap in part.lowerBound / channels...(part.upperBound - 1) / channels {
      guard let (places, pixel) = grid.places(of: tap, row: y, in: block) else { continue }
      let first = max(part.lowerBound - tap * channels, 0)
      let end = min(part.upperBound - tap * channels, channels)
      taps[count] = ProductTap(
        w: tap * channels + first, row: pixel * channels + first, length: end - first,
        first: places.lowerBound - block.lowerBound, places: places.count)
      count += 1
    }
    return count
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let n = a.columns
    let width = repeats * n
    T.fill(count: units.count * fanIn * width, value: 0, into: u)
    for place in 0..<positions {
      for unit in units {
        let product = u + (unit - units.lowerBound) * fanIn * width
        let signal = b + (place * unitCount + unit) * width
        if hasBias {
          T.addProducts(
            rows: 1, batch: n, repeats: repeats, alpha: scale, b: signal, a: a.row(0), u: product,
            ldu: width)
        }
        grid.forEachSpan(place / grid.width, place % grid.width) { tap, pixel, count in
          T.addProducts(
            rows: count * channels, batch: n, repeats: repeats, alpha: scale, b: signal,
            a: a.row(inputRow + pixel * channels),
            u: product + (offset + tap * channels) * width, ldu: width)
        }
      }
    }
  }

  /// One thread where the product is too small to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    parameterCount * positions * columns < 500_000 ? 1 : threads
  }
}
