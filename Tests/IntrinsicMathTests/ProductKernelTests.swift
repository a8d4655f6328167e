import CIntrinsicKernels
import IntrinsicMath
import Testing

/// The products of convolutions against loops, in both precisions and with the vectors of every
/// instruction set of this processor. Values are such that all sums are exact.
@Suite struct ProductKernelTests {
  @Test(arguments: columnCounts)
  func `sums of products add up their terms`(_ columns: Int) {
    withEachVectorLength { length in
      sums(Float.self, columns, length)
      sums(Double.self, columns, length)
    }
  }

  @Test(arguments: columnCounts)
  func `products of places add up over places and columns`(_ columns: Int) {
    withEachVectorLength { length in
      places(Float.self, columns, length)
      places(Double.self, columns, length)
    }
  }

  /// Calls `body` with vectors of at most 64, 32 and 16 bytes.
  private func withEachVectorLength(_ body: (Int) -> Void) {
    defer { ik_limit_vectors(64) }
    for length in [64, 32, 16] {
      ik_limit_vectors(length)
      body(length)
    }
  }

  private func sums<T: Scalar>(_ type: T.Type, _ columns: Int, _ length: Int) {
    for seed in 0..<12 {
      var data = KernelData<T>(seed: seed)
      let (rows, sources) = (data.int(1...23), data.int(1...15))
      let terms = (0..<data.int(0...4)).map { _ in
        let row = data.int(0...sources - 1)
        return ProductTerm(w: data.int(0...20), row: row, length: data.int(0...sources - row))
      }
      // Weights by row, as of a forward pass, or by term, as of a backward one.
      let (rowStep, termStep) = seed % 2 == 0 ? (40, 1) : (1, 25)
      let w = data.values(20 + rows * rowStep + sources * termStep)
      let x = data.values(sources * columns)
      let before = data.values(rows * columns)
      for accumulate in [false, true] {
        var expected = accumulate ? before : [T](repeating: 0, count: before.count)
        for k in 0..<rows {
          for term in terms {
            for i in 0..<term.length {
              let factor = w[term.w + k * rowStep + i * termStep]
              for c in 0..<columns {
                expected[k * columns + c] += factor * x[(term.row + i) * columns + c]
              }
            }
          }
        }
        var y = before
        T.termProducts(
          rows: rows, columns: columns, count: terms.count, terms: terms, w: w, rowStep: rowStep,
          termStep: termStep, x: x, accumulate: accumulate, y: &y)
        #expect(
          y == expected,
          "\(type), seed \(seed), accumulate \(accumulate), vectors of \(length) bytes")
      }
    }
  }

  private func places<T: Scalar>(_ type: T.Type, _ columns: Int, _ length: Int) {
    for seed in 0..<12 {
      var data = KernelData<T>(seed: seed)
      let (units, sources) = (data.int(1...11), data.int(1...13))
      let places = min(data.int(1...5), max(256 / columns, 1))
      let step = data.int(0...3) * columns
      let taps = (0..<data.int(0...3)).map { tap in
        let first = data.int(0...places - 1)
        let row = data.int(0...sources - 1)
        return ProductTap(
          w: 20 * tap, row: row, length: data.int(1...sources - row), first: first,
          places: data.int(1...places - first))
      }
      let b = data.values(places * units * columns)
      let x = data.values((sources + 3 * places) * columns)
      let before = data.values(units * 60)
      var expected = before
      for tap in taps {
        for place in 0..<tap.places {
          for k in 0..<units {
            for j in 0..<tap.length {
              for c in 0..<columns {
                expected[tap.w + k * 60 + j] +=
                  0.5 * b[((tap.first + place) * units + k) * columns + c]
                  * x[place * step + (tap.row + j) * columns + c]
              }
            }
          }
        }
      }
      var g = before
      T.addPlaceProducts(
        units: units, columns: columns, places: places, scale: 0.5, b: b, bStep: units * columns,
        count: taps.count, taps: taps, x: x, xStep: step, g: &g, ldg: 60)
      #expect(g == expected, "\(type), seed \(seed), vectors of \(length) bytes")
    }
  }

  @Test(arguments: columnCounts)
  func `sums over positions are those of each unit`(_ columns: Int) {
    positionSums(Float.self, columns)
    positionSums(Double.self, columns)
  }

  private func positionSums<T: Scalar>(_ type: T.Type, _ columns: Int) {
    for seed in 0..<12 {
      var data = KernelData<T>(seed: seed)
      let (units, positions) = (data.int(1...70), max(min(data.int(1...5), 256 / columns), 1))
      let step = (units + data.int(0...2)) * columns
      let (b, a) = (data.values(positions * step), data.values(positions * step))
      let one = data.values(columns)
      let before = data.values(3 * units)
      let (hasShift, hasGain) = (seed % 3 != 1, seed % 3 != 2)
      var expected = before
      for position in 0..<positions {
        for k in 0..<units {
          for c in 0..<columns {
            let place = position * step + k * columns + c
            if hasShift { expected[3 * k] += 0.5 * b[place] * one[c] }
            if hasGain { expected[3 * k + 2] += 0.5 * b[place] * a[place] }
          }
        }
      }
      var out = before
      one.withUnsafeBufferPointer { one in
        a.withUnsafeBufferPointer { a in
          T.addPositionSums(
            positions: positions, step: step, units: units, columns: columns, scale: 0.5, b: b,
            one: hasShift ? one.baseAddress : nil,
            a: hasGain ? a.baseAddress : nil, into: &out, ldo: 3)
        }
      }
      #expect(out == expected, "\(type), seed \(seed)")
    }
  }

  @Test func `more columns than a block are taken in parts`() {
    var data = KernelData<Double>(seed: 1)
    let columns = 2 * productBlock + 5
    let (b, x) = (data.values(2 * columns), data.values(3 * columns))
    let tap = ProductTap(w: 0, row: 0, length: 3, first: 0, places: 1)
    var g = [Double](repeating: 0, count: 6)
    Double.addPlaceProducts(
      units: 2, columns: columns, places: 1, scale: 1, b: b, bStep: 2 * columns, count: 1,
      taps: [tap], x: x, xStep: 0, g: &g, ldg: 3)
    for k in 0..<2 {
      for j in 0..<3 {
        let sum = (0..<columns).reduce(0) { $0 + b[k * columns + $1] * x[j * columns + $1] }
        #expect(g[3 * k + j] == sum)
      }
    }
  }
}
