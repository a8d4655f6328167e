import IntrinsicMath
import Testing

@testable import Intrinsic

/// The products of convolutions, poolings, sums and gains of channels against explicit matrices, row by
/// row from their definitions.
@Suite struct ConvolutionProductTests {
  private func check<T: Scalar>(_: T.Type, tolerance: Double) throws {
    for seed in 0..<300 {
      var stream = RandomStream(seed: UInt64(seed)).child("products")
      let subject = ProductSubject(seed, using: &stream)
      let connection = subject.connection
      let n = Int.random(in: 1...20, using: &stream)
      let threads = Int.random(in: 1...3, using: &stream)
      func random(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double(Float(stream.normal())) }
      }
      let (w, a) = (random(connection.parameterCount), random(subject.rowCount * n))
      let rows = connection.rowCount
      #expect(rows == subject.entries.count, "\(subject.label)")
      let b = random(rows * n)
      let initial = random(subject.rowCount * n)
      let g0 = random(connection.parameterCount)
      func buffer(_ values: [Double]) -> Buffer<T> { Buffer(values.map { T($0) }) }
      func close(_ actual: Buffer<T>, _ expected: [Double], _ what: String) {
        let scale = max(1, expected.map(abs).max() ?? 1)
        let worst = zip(actual.elements, expected).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(worst <= tolerance * scale, "\(subject.label): \(what) off by \(worst)")
      }
      func weight(_ e: ProductSubject.Entry) -> Double { e.fixed ?? w[e.parameter!] }
      let (wb, ab, bb) = (buffer(w), buffer(a), buffer(b))
      let activities = Rows(ab.pointer, columns: n)

      let y = buffer(random(rows * n))
      connection.apply(wb.pointer, activities, into: y.pointer, threads: threads)
      close(
        y,
        subject.entries.flatMap { own in
          (0..<n).map { x in own.reduce(0) { $0 + weight($1) * a[$1.row * n + x] } }
        }, "apply")

      for accumulate in [false, true] {
        var expected = initial
        if !accumulate {
          for row in connection.sourceRows where row >= subject.firstHiddenRow {
            for x in 0..<n { expected[row * n + x] = 0 }
          }
        }
        for (k, own) in subject.entries.enumerated() {
          for e in own where e.row >= subject.firstHiddenRow {
            for x in 0..<n { expected[e.row * n + x] += weight(e) * b[k * n + x] }
          }
        }
        let out = buffer(initial)
        connection.applyTransposed(
          wb.pointer, bb.pointer, into: Rows(out.pointer, columns: n), accumulate: accumulate,
          threads: threads)
        close(out, expected, "applyTransposed, accumulate \(accumulate)")
      }

      let k = Int.random(in: 0..<rows, using: &stream)
      let wide = 3 * n
      var scattered = random(subject.rowCount * wide)
      let out = buffer(scattered)
      for e in subject.entries[k] where e.row >= subject.firstHiddenRow {
        for x in 0..<n { scattered[e.row * wide + n + x] = weight(e) * b[k * n + x] }
      }
      connection.applyTransposed(
        row: k, wb.pointer, bb.pointer + k * n, count: n, into: Rows(out.pointer, columns: wide),
        firstColumn: n)
      close(out, scattered, "one row")

      let (scale, keep) = (0.7, Bool.random(using: &stream) ? 0.0 : 0.5)
      func sums(_ power: Int, _ initial: [Double]) -> [Double] {
        var expected = initial.map { keep * $0 }
        for (k, own) in subject.entries.enumerated() {
          for e in own {
            guard let parameter = e.parameter else { continue }
            for x in 0..<n {
              let activity = a[e.row * n + x]
              expected[parameter] +=
                scale * b[k * n + x] * (power == 1 ? activity : activity * activity)
            }
          }
        }
        return expected
      }
      let g = buffer(g0)
      connection.outer(
        bb.pointer, activities, scale: T(scale), keep: T(keep), into: g.pointer, threads: threads)
      close(g, sums(1, g0), "outer")
      let (first, second) = (buffer(g0), buffer(g0))
      let scratch = Buffer<T>(count: connection.scratchCount(columns: n))
      connection.moments(
        bb.pointer, activities, scale: T(scale), keep: T(keep), first: first.pointer,
        second: second.pointer, scratch: scratch.pointer, threads: threads)
      close(first, sums(1, g0), "first moments")
      close(second, sums(2, g0), "second moments")

      let repeats = Int.random(in: 1...3, using: &stream)
      let many = random(rows * repeats * n)
      let units = 0..<Int.random(in: 1...connection.unitCount, using: &stream)
      let own = connection.parameterCount / connection.unitCount
      var products = [Double](repeating: 0, count: units.count * own * repeats * n)
      for (k, list) in subject.entries.enumerated() where units.contains(k % connection.unitCount) {
        for e in list {
          guard let parameter = e.parameter else { continue }
          for q in 0..<repeats {
            for x in 0..<n {
              products[parameter * repeats * n + q * n + x] +=
                scale * many[k * repeats * n + q * n + x] * a[e.row * n + x]
            }
          }
        }
      }
      let u = buffer(products.map { _ in .nan })
      let manyBuffer = buffer(many)
      connection.perSampleOuter(
        units: units, manyBuffer.pointer, activities, repeats: repeats, scale: T(scale),
        into: u.pointer)
      close(u, products, "per sample")
      for position in 0..<connection.positions where connection.sharesParameters {
        for unit in units {
          let incoming = connection.incomingRows(of: unit, at: position)
          let start = connection.parameters(of: unit).lowerBound
          let expected = subject.entries[position * connection.unitCount + unit]
          #expect(
            incoming.enumerated().filter { $0.element >= 0 }.map { $0.element }
              == expected.map(\.row)
              && incoming.indices.filter { incoming[$0] >= 0 }.map { start + $0 }
                == expected.map(\.parameter),
            "\(subject.label)")
        }
      }
    }
  }

  // Sums of at most some hundreds of terms of order 1, with inputs that Float holds exactly.
  @Test func `products agree with explicit matrices in double precision`() throws {
    try check(Double.self, tolerance: 1e-13)
  }

  @Test func `products agree with explicit matrices in single precision`() throws {
    try check(Float.self, tolerance: 1e-5)
  }

  @Test func `maxima go to the first largest pixel and signals back to it`() throws {
    for seed in 0..<100 {
      var stream = RandomStream(seed: UInt64(seed)).child("maxima")
      let image = ImageShape(height: 5, width: 4, channels: 3)
      let size = Int.random(in: 1...3, using: &stream)
      let window = Window(
        size, stride: Int.random(in: 1...3, using: &stream),
        padding: Int.random(in: 0..<size, using: &stream))
      let grid = WindowGrid(image, window)
      let pooling = Pooling(grid, firstRow: 1, isMaximum: true, firstHiddenRow: 1)
      let (n, repeats) = (5, 2)
      // Few values, so that there are ties.
      let a = (0..<(1 + image.count) * n).map { _ in Double(Int.random(in: -3...3, using: &stream))
      }
      let b = (0..<pooling.rowCount * n * repeats).map { _ in stream.normal() }
      var (y, back) = (
        [Double](repeating: 0, count: pooling.rowCount * n),
        [Double](repeating: 0, count: a.count * repeats)
      )
      for place in 0..<grid.positions {
        for c in 0..<3 {
          for x in 0..<n {
            var best: (value: Double, row: Int)?
            for i in 0..<size {
              for j in 0..<size {
                let py = place / grid.width * window.verticalStride + i - window.verticalPadding
                let px = place % grid.width * window.horizontalStride + j - window.horizontalPadding
                guard (0..<5).contains(py), (0..<4).contains(px) else { continue }
                let row = 1 + (py * 4 + px) * 3 + c
                if best == nil || a[row * n + x] > best!.value { best = (a[row * n + x], row) }
              }
            }
            let k = place * 3 + c
            y[k * n + x] = best!.value
            for q in 0..<repeats {
              back[best!.row * n * repeats + q * n + x] += b[k * n * repeats + q * n + x]
            }
          }
        }
      }
      let selection = Selection(count: y.count)
      let (ab, yb, bb) = (Buffer(a), Buffer<Double>(count: y.count), Buffer(b))
      pooling.select(Rows(ab.pointer, columns: n), into: yb.pointer, selection, threads: 2)
      #expect(yb.elements == y, "seed \(seed)")
      let out = Buffer<Double>(count: back.count)
      pooling.distribute(
        bb.pointer, selection, repeats: repeats, into: Rows(out.pointer, columns: n * repeats),
        accumulate: false, threads: 2)
      #expect(
        zip(out.elements, back).allSatisfy { abs($0 - $1) < 1e-14 }, "seed \(seed), \(window)")
    }
  }

  @Test func `a pixel that is not a number is the maximum`() {
    let grid = WindowGrid(ImageShape(height: 1, width: 3, channels: 1), Window(height: 1, width: 3))
    let pooling = Pooling(grid, firstRow: 1, isMaximum: true, firstHiddenRow: 1)
    for place in 0..<3 {
      let a = Buffer<Double>([1, 1, 2, 3])
      a[1 + place] = .nan
      let y = Buffer<Double>(count: 1)
      pooling.select(
        Rows(a.pointer, columns: 1), into: y.pointer, Selection(count: 1), threads: 1)
      #expect(y[0].isNaN, "pixel \(place)")
    }
  }
}
