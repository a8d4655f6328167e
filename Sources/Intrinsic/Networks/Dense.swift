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

  /// Every unit reads the same rows: no order changes what it reads.
  func permuted(order: [Int], firstHiddenRow: Int, row: (Int) -> Int) -> (any Connection)? {
    Set(sourceRows.map(row)) == sourceRows ? self : nil
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    let n = a.columns
    Parallel.forEachPart(of: unitCount, threads: worthwhile(threads, columns: n)) { units in
      var offset = units.lowerBound * fanIn
      if isNarrow(n, T.self) {
        T.termProducts(
          rows: units.count, columns: n, count: terms.count, terms: terms, w: w + offset,
          rowStep: fanIn, termStep: 1, x: a.row(0), accumulate: false,
          y: y + units.lowerBound * n)
        return
      }
      for (index, block) in blocks.enumerated() {
        T.gemm(
          transposeA: false, transposeB: false, m: units.count, n: n, k: block.count, alpha: 1,
          a: w + offset, lda: fanIn, b: a.row(block.lowerBound),
          ldb: n, beta: index == 0 ? 0 : 1, c: y + units.lowerBound * n, ldc: n)
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
          T.termProducts(
            rows: part.count, columns: n, count: 1, terms: &term, w: factors, rowStep: 1,
            termStep: fanIn, x: b, accumulate: accumulate, y: target)
        } else {
          T.gemm(
            transposeA: true, transposeB: false, m: part.count, n: n, k: unitCount, alpha: 1,
            a: factors, lda: fanIn, b: b, ldb: n, beta: accumulate ? 1 : 0,
            c: target,
            ldc: n)
        }
      }
    }
  }

  func applyTransposed<T: Scalar>(
    row unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    for (rows, offset) in hiddenBlocks {
      T.scatterUnit(
        count: rows.count, row: rowList.pointer + offset, w: w + unit * fanIn + offset, v: v,
        columns: count,
        y: out.origin + firstColumn, ldy: out.columns)
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
          T.unitMoments(
            units: units.count, rows: block.count, columns: n, c: c + units.lowerBound * n,
            a: a.row(block.lowerBound), scale: scale,
            keep: keep, first: first.map { $0 + offset }, second: second + offset, ld: fanIn)
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
      T.square(count: block.count * n, x: a.row(block.lowerBound), into: scratch)
      return scratch
    }
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    let width = repeats * a.columns
    for unit in units {
      T.perSampleRows(
        units: 1, offsets: ends.pointer, row: rowList.pointer, b: b + unit * width, ldb: width,
        a: a.origin, lda: a.columns, batch: a.columns,
        repeats: repeats, alpha: scale, u: u + (unit - units.lowerBound) * fanIn * width, ldu: width
      )
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
          T.rankOne(
            rows: units.count, columns: block.count, alpha: scale, b: factors, a: a, beta: keep,
            into: target, ld: fanIn)
        } else {
          T.gemm(
            transposeA: false, transposeB: true, m: units.count, n: block.count, k: n, alpha: scale,
            a: factors, lda: n, b: a, ldb: n, beta: keep, c: target, ldc: fanIn)
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
    return n * MemoryLayout<T>.stride >= 16 && 100 * T.zeros(count: count, x: c) > 35 * count
  }

  /// One thread where the product is too small to pay for waking another.
  private func worthwhile(_ threads: Int, columns: Int) -> Int {
    parameterCount * columns < 100_000 ? 1 : threads
  }
}
