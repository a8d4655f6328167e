import IntrinsicMath
import Testing

@testable import Intrinsic

/// The products of convolutions, poolings and sums against explicit matrices, row by row from their
/// definitions.
@Suite struct ConvolutionProductTests {
  /// A connection on rows 0 (constant), inputs and hidden rows, with its matrix in terms of
  /// parameters: for each row of the layer the source row, the parameter (nil for a fixed weight)
  /// and the fixed weight.
  private struct Subject {
    let connection: any Connection
    let entries: [[(row: Int, parameter: Int?, fixed: Double)]]
    let rowCount: Int
    let firstHiddenRow: Int
    let label: String
  }

  private static func subject(_ seed: Int, using stream: inout RandomStream) -> Subject {
    let image = ImageShape(
      height: Int.random(in: 1...7, using: &stream), width: Int.random(in: 1...7, using: &stream),
      channels: Int.random(in: 1...5, using: &stream))
    var window = Window(1)
    repeat {
      let (height, width) = (
        Int.random(in: 1...5, using: &stream), Int.random(in: 1...5, using: &stream)
      )
      window = Window(
        height: height, width: width, verticalStride: Int.random(in: 1...3, using: &stream),
        horizontalStride: Int.random(in: 1...3, using: &stream),
        verticalPadding: Int.random(in: 0..<height, using: &stream),
        horizontalPadding: Int.random(in: 0..<width, using: &stream))
    } while !window.fits(image)
    let grid = WindowGrid(image, window)
    let firstHiddenRow = Int.random(in: 1...4, using: &stream)
    let firstRow = firstHiddenRow + Int.random(in: 0...2, using: &stream)
    let units = Int.random(in: 1...6, using: &stream)
    let bias = Bool.random(using: &stream) ? 1 : 0
    let kind = Int.random(in: 0..<4, using: &stream)
    let fanIn = bias + window.height * window.width * image.channels
    var entries: [[(row: Int, parameter: Int?, fixed: Double)]] = []
    for oy in 0..<grid.height {
      for ox in 0..<grid.width {
        for k in 0..<(kind < 2 ? units : image.channels) {
          var own: [(row: Int, parameter: Int?, fixed: Double)] = []
          if kind < 2 && bias == 1 { own.append((0, k * fanIn, 1)) }
          for i in 0..<window.height {
            for j in 0..<window.width {
              let y = oy * window.verticalStride + i - window.verticalPadding
              let x = ox * window.horizontalStride + j - window.horizontalPadding
              guard (0..<image.height).contains(y), (0..<image.width).contains(x) else { continue }
              for c in 0..<image.channels where kind < 2 || c == k {
                let row = firstRow + (y * image.width + x) * image.channels + c
                let place = (i * window.width + j) * image.channels + c
                own.append(
                  kind < 2
                    ? (row, k * fanIn + bias + place, 1)
                    : (row, nil, kind == 2 ? 1 / Double(window.height * window.width) : 1))
              }
            }
          }
          entries.append(own)
        }
      }
    }
    let label = "seed \(seed): kind \(kind), \(image), window \(window), \(units) units"
    let connection: any Connection =
      kind < 2
      ? Convolution(
        units: units, grid, firstRow: firstRow, hasBias: bias == 1, firstHiddenRow: firstHiddenRow)
      : Pooling(grid, firstRow: firstRow, isMaximum: kind == 3, firstHiddenRow: firstHiddenRow)
    return Subject(
      connection: connection, entries: entries, rowCount: firstRow + image.count + 2,
      firstHiddenRow: firstHiddenRow, label: label)
  }

  private func check<T: Scalar>(_: T.Type, tolerance: Double) throws {
    for seed in 0..<300 {
      var stream = RandomStream(seed: UInt64(seed)).child("products")
      let subject = Self.subject(seed, using: &stream)
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
      func weight(_ e: (row: Int, parameter: Int?, fixed: Double)) -> Double {
        e.parameter.map { w[$0] } ?? e.fixed
      }
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
