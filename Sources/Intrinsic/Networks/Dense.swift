import IntrinsicMath

/// A dense connection: every unit reads every row of some contiguous blocks of rows.
struct Dense: Connection {
  let unitCount: Int
  /// The rows that every unit reads, in the order of the parameters; the first block starts with
  /// the constant row if the units have a bias.
  let blocks: [Range<Int>]
  let hasBias: Bool
  /// The part of each block that receives backpropagated signals: hidden units.
  private let hiddenBlocks: [(rows: Range<Int>, offset: Int)]
  /// The number of incoming parameters of a unit.
  let fanIn: Int
  private let ends: IndexList
  private let rowList: IndexList
  /// What a unit reads, as a sum of products.
  private let terms: [ProductTerm]

  /// - Parameters:
  ///   - firstHiddenRow: rows before it are inputs.
  ///   - hasBias: whether the first row of the first block is a constant row.
  init(unitCount: Int, blocks: [Range<Int>], firstHiddenRow: Int, hasBias: Bool) {
    self.unitCount = unitCount
    self.blocks = blocks
    self.hasBias = hasBias
    var offset = 0
    var hidden: [(Range<Int>, Int)] = []
    var terms: [ProductTerm] = []
    for (index, block) in blocks.enumerated() {
      let unitRows = (block.lowerBound + (index == 0 && hasBias ? 1 : 0))..<block.upperBound
      if unitRows.lowerBound >= firstHiddenRow, !unitRows.isEmpty {
        hidden.append((unitRows, offset + unitRows.lowerBound - block.lowerBound))
      }
      terms.append(ProductTerm(w: offset, row: block.lowerBound, length: block.count))
      offset += block.count
    }
    fanIn = offset
    self.terms = terms
    hiddenBlocks = hidden
    rowList = IndexList(blocks.flatMap { Array($0) })
    ends = IndexList([0, fanIn])
  }

  var parameterCount: Int { unitCount * fanIn }

  func parameters(of unit: Int) -> Range<Int> { unit * fanIn..<(unit + 1) * fanIn }

  func incomingRows(of unit: Int, at position: Int) -> [Int] { blocks.flatMap { Array($0) } }

  var sourceRows: Set<Int> { Set(blocks.joined()) }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    var moved = blocks.enumerated().map { index, block in
      let units = block.lowerBound + (index == 0 && self.hasBias ? 1 : 0)..<block.upperBound
      return row(units.lowerBound)..<row(units.upperBound - 1) + 1
    }
    if hasBias { moved[0] = moved[0].lowerBound - 1..<moved[0].upperBound }
    return Dense(
      unitCount: unitCount, blocks: moved, firstHiddenRow: firstHiddenRow, hasBias: hasBias)
  }

  func scratchCount(columns: Int) -> Int { (blocks.map(\.count).max() ?? 0) * columns }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      var offset = units.lowerBound * fanIn
      if isNarrow(n, T.self) {
        T.kernels.termProducts(
          units.count, n, terms.count, terms, w + offset, fanIn, 1, a.row(0), 0,
          y + units.lowerBound * n)
        return
      }
      for (index, block) in blocks.enumerated() {
        T.kernels.gemm(
          false, false, units.count, n, block.count, 1, w + offset, fanIn, a.row(block.lowerBound),
          n, index == 0 ? 0 : 1, y + units.lowerBound * n, n)
        offset += block.count
      }
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    let n = out.columns
    for (rows, offset) in hiddenBlocks {
      Parallel.forEachPart(of: rows.count, threads: worthwhile(threads, columns: n)) { part in
        let (factors, target) = (
          w + offset + part.lowerBound, out.row(rows.lowerBound + part.lowerBound)
        )
        if isNarrow(n, T.self) {
          var term = ProductTerm(w: 0, row: 0, length: unitCount)
          T.kernels.termProducts(
            part.count, n, 1, &term, factors, 1, fanIn, b, accumulate ? 1 : 0, target)
        } else {
          T.kernels.gemm(
            true, false, part.count, n, unitCount, 1, factors, fanIn, b, n, accumulate ? 1 : 0,
            target,
            n)
        }
      }
    }
  }

  func applyTransposed<T: Scalar>(
    row unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    for (rows, offset) in hiddenBlocks {
      T.kernels.scatterUnit(
        rows.count, rowList.pointer + offset, w + unit * fanIn + offset, v, count,
        out.origin + firstColumn, out.columns)
    }
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    outer(b, scale: scale, keep: keep, into: g, columns: a.columns, threads: threads) {
      a.row($0.lowerBound)
    }
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    if isSparse(c, columns: n) {
      Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
        var offset = units.lowerBound * fanIn
        for block in blocks {
          T.kernels.unitMoments(
            units.count, block.count, n, c + units.lowerBound * n, a.row(block.lowerBound), scale,
            keep, first.map { $0 + offset }, second + offset, fanIn)
          offset += block.count
        }
      }
      return
    }
    if let first {
      outer(c, scale: scale, keep: keep, into: first, columns: n, threads: threads) {
        a.row($0.lowerBound)
      }
    }
    outer(c, scale: scale, keep: keep, into: second, columns: n, threads: threads) { block in
      T.kernels.square(block.count * n, a.row(block.lowerBound), scratch)
      return scratch
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let width = repeats * a.columns
    for unit in units {
      T.kernels.perSampleRows(
        1, ends.pointer, rowList.pointer, b + unit * width, width, a.origin, a.columns, a.columns,
        repeats, scale, u + (unit - units.lowerBound) * fanIn * width, width)
    }
  }

  /// g = scale · b · activitiesᵀ + keep · g, block by block, with activities given by the closure.
  private func outer<T: Scalar>(
    _ b: UnsafePointer<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>, columns n: Int,
    threads: Int,
    activities: (Range<Int>) -> UnsafeMutablePointer<T>
  ) {
    var offset = 0
    for block in blocks {
      let a = activities(block)
      Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
        let (factors, target) = (b + units.lowerBound * n, g + units.lowerBound * fanIn + offset)
        if n == 1 {
          T.kernels.rankOne(units.count, block.count, scale, factors, a, keep, target, fanIn)
        } else {
          T.kernels.gemm(
            false, true, units.count, block.count, n, scale, factors, n, a, n, keep, target, fanIn)
        }
      }
      offset += block.count
    }
  }

  /// Whether there are so few columns that BLAS would take longer to pack its operands than it gains.
  private func isNarrow<T: Scalar>(_ columns: Int, _: T.Type) -> Bool {
    (65...256).contains(columns * MemoryLayout<T>.stride)
  }

  /// Whether units are off on so many samples that it pays to skip these.
  private func isSparse<T: Scalar>(_ c: UnsafePointer<T>, columns n: Int) -> Bool {
    let count = unitCount * n
    return n * MemoryLayout<T>.stride >= 16 && 100 * T.kernels.zeros(count, c) > 35 * count
  }

  /// One thread where the product is too small to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    parameterCount * columns < 100_000 ? 1 : threads
  }
}
