import IntrinsicMath
import Testing

/// The kernels on index lists against loops, in both precisions. Columns are padded: what lies
/// between the rows must stay as it was.
@Suite struct SparseKernelTests {
  @Test(arguments: columnCounts)
  func `gathered rows are weighted sums of rows`(_ columns: Int) {
    gathers(Float.self, columns)
    gathers(Double.self, columns)
  }

  private func gathers<T: Scalar>(_ type: T.Type, _ columns: Int) {
    for seed in 0..<12 {
      var data = KernelData<T>(seed: seed)
      let (rows, sources) = (data.int(1...9), data.int(1...9))
      let (ldx, ldy) = (columns + data.int(0...3), columns + data.int(0...3))
      let offsets = data.offsets(rows, longest: 11)
      let count = Int(offsets.last!)
      let w = data.values(count + 1)
      let weight = data.indices(count, below: count + 1)
      let inRow = data.indices(count, below: sources)
      let outRow = data.stream.distinct(rows, below: rows + 2).map { Int32($0) }
      let x = data.values(sources * ldx)
      let before = data.values((rows + 2) * ldy)
      for accumulate in [false, true] {
        var expected = before
        for k in 0..<rows {
          for column in 0..<columns {
            let place = Int(outRow[k]) * ldy + column
            var sum = accumulate ? before[place] : 0
            for e in Int(offsets[k])..<Int(offsets[k + 1]) {
              sum += w[Int(weight[e])] * x[Int(inRow[e]) * ldx + column]
            }
            expected[place] = sum
          }
        }
        var y = before
        T.gatherRows(
          count: rows, outRow: outRow, offsets: offsets, inRow: inRow, weight: weight, w: w, x: x,
          ldx: ldx, columns: columns, y: &y, ldy: ldy, accumulate: accumulate)
        // Sums of at most 12 terms in another order or with fused products.
        expectClose(
          y, expected, tolerance: 8 * T.ulpOfOne, "\(type), seed \(seed), accumulate \(accumulate)")
      }
    }
  }

  @Test(arguments: columnCounts)
  func `outer products and moments are sums over columns`(_ columns: Int) {
    outers(Float.self, columns)
    outers(Double.self, columns)
  }

  private func outers<T: Scalar>(_ type: T.Type, _ columns: Int) {
    for seed in 0..<12 {
      var data = KernelData<T>(seed: seed)
      let (units, rows) = (data.int(1...9), data.int(1...20))
      let (lda, ldb) = (columns + data.int(0...3), columns + data.int(0...3))
      let offsets = data.offsets(units, longest: seed == 0 ? 200 : 13)
      let count = Int(offsets.last!)
      let row = data.indices(count, below: rows)
      let (a, b) = (data.values(rows * lda), data.values(units * ldb))
      let before = (data.values(count + 1), data.values(count + 1))
      let alpha = data.values(1)[0]
      for beta in [0, 1, T(-0.5)] {
        var (first, second) = before
        for k in 0..<units {
          for e in Int(offsets[k])..<Int(offsets[k + 1]) {
            var (sum, squares): (T, T) = (0, 0)
            for x in 0..<columns {
              let value = a[Int(row[e]) * lda + x]
              sum += b[k * ldb + x] * value
              squares += b[k * ldb + x] * value * value
            }
            first[e] = alpha * sum + (beta == 0 ? 0 : beta * first[e])
            second[e] = alpha * squares + (beta == 0 ? 0 : beta * second[e])
          }
        }
        // Columns in another order.
        let tolerance = 4 * T(columns) * T.ulpOfOne
        let label = "\(type), seed \(seed), beta \(beta)"
        var (g, moments) = before
        T.outerRows(
          units: units, offsets: offsets, row: row, b: b, ldb: ldb, a: a, lda: lda,
          columns: columns, alpha: alpha, beta: beta, g: &g)
        expectClose(g, first, tolerance: tolerance, "outer, \(label)")
        g = before.0
        T.outerRowsMoments(
          units: units, offsets: offsets, row: row, c: b, ldc: ldb, a: a, lda: lda,
          columns: columns, alpha: alpha, beta: beta, first: &g, second: &moments)
        expectClose(g, first, tolerance: tolerance, "first, \(label)")
        expectClose(moments, second, tolerance: tolerance, "second, \(label)")
        moments = before.1
        T.outerRowsMoments(
          units: units, offsets: offsets, row: row, c: b, ldc: ldb, a: a, lda: lda,
          columns: columns, alpha: alpha, beta: beta, first: nil, second: &moments)
        expectClose(moments, second, tolerance: tolerance, "second alone, \(label)")
      }
      var g = [T](repeating: .nan, count: count)
      T.outerRows(
        units: units, offsets: offsets, row: row, b: b, ldb: ldb, a: a, lda: lda, columns: columns,
        alpha: alpha, beta: 0, g: &g)
      #expect(!g.contains { $0.isNaN }, "beta 0 overwrites what is no number")
    }
  }

  @Test(arguments: columnCounts)
  func `outer products of single samples are products`(_ columns: Int) {
    singles(Float.self, columns)
    singles(Double.self, columns)
  }

  private func singles<T: Scalar>(_ type: T.Type, _ columns: Int) {
    for seed in 0..<8 {
      var data = KernelData<T>(seed: seed)
      let (units, rows, repeats) = (data.int(1...5), data.int(1...9), data.int(1...4))
      let lda = columns + data.int(0...3)
      let width = repeats * columns
      let offsets = data.offsets(units, longest: 6)
      let count = Int(offsets.last!)
      let row = data.indices(count, below: rows)
      let (a, b) = (data.values(rows * lda), data.values(units * width))
      var expected = [T](repeating: 7, count: count * (width + 2) + 1)
      var u = expected
      for k in 0..<units {
        for e in Int(offsets[k])..<Int(offsets[k + 1]) {
          for q in 0..<repeats {
            for x in 0..<columns {
              expected[e * (width + 2) + q * columns + x] =
                T(0.5) * b[k * width + q * columns + x] * a[Int(row[e]) * lda + x]
            }
          }
        }
      }
      T.perSampleRows(
        units: units, offsets: offsets, row: row, b: b, ldb: width, a: a, lda: lda, batch: columns,
        repeats: repeats, alpha: 0.5, u: &u, ldu: width + 2)
      #expect(u == expected, "\(type), seed \(seed)")
    }
  }

  @Test(arguments: columnCounts)
  func `scattered rows are multiples of one row`(_ columns: Int) {
    scatters(Float.self, columns)
    scatters(Double.self, columns)
  }

  private func scatters<T: Scalar>(_ type: T.Type, _ columns: Int) {
    for seed in 0..<8 {
      var data = KernelData<T>(seed: seed)
      let count = data.int(0...7)
      let ldy = columns + data.int(0...3)
      let row = data.stream.distinct(count, below: 9).map { Int32($0) }
      let (w, v) = (data.values(count + 1), data.values(columns))
      var expected = data.values(9 * ldy)
      var y = expected
      for e in 0..<count {
        for x in 0..<columns { expected[Int(row[e]) * ldy + x] = w[e] * v[x] }
      }
      T.scatterUnit(count: count, row: row, w: w, v: v, columns: columns, y: &y, ldy: ldy)
      #expect(y == expected, "\(type), seed \(seed)")
    }
  }
}
