import Foundation
import IntrinsicMath
import Testing

/// Losses, signals and moduli of the output models against their formulas, over batches that do and
/// do not fill vectors.
@Suite struct OutputKernelTests {
  private struct Shape {
    let units: Int
    let batch: Int
    let seed: Int
    var data: KernelData<Double>
    let a: [Double]

    init(_ batch: Int, seed: Int) {
      var data = KernelData<Double>(seed: seed)
      units = data.int(2...13)
      self.batch = batch
      self.seed = seed
      a = data.normal(units * batch)
      self.data = data
    }

    /// The outputs of a sample.
    func column(_ values: [Double], _ x: Int) -> [Double] {
      (0..<units).map { values[$0 * batch + x] }
    }
  }

  private func forAllShapes(_ batch: Int, _ body: (inout Shape) -> Void) {
    for seed in 0..<6 {
      var shape = Shape(batch, seed: seed)
      body(&shape)
    }
  }

  @Test(arguments: columnCounts + [1000])
  func `losses of values`(_ batch: Int) {
    forAllShapes(batch) { shape in
      let count = shape.units * batch
      let a = shape.a
      let bits = (0..<count).map { _ in Double(shape.data.int(0...1)) }
      var (loss, signal) = ([Double](repeating: .nan, count: batch), a)
      func check(_ name: String, _ term: (Int) -> Double, _ b: (Int) -> Double) {
        // Sums of up to 13 terms.
        expectClose(
          loss, (0..<batch).map { x in (0..<shape.units).reduce(0) { $0 + term($1 * batch + x) } },
          tolerance: 1e-14, "\(name) loss, seed \(shape.seed)")
        expectClose(
          signal, (0..<count).map(b), tolerance: 1e-14, "\(name) signal, seed \(shape.seed)")
      }
      Double.squareLoss(units: shape.units, batch: batch, a: a, t: bits, loss: &loss, b: &signal)
      check("square", { (bits[$0] - a[$0]) * (bits[$0] - a[$0]) / 2 }, { bits[$0] - a[$0] })
      for s in [1.0, 2, 4.0 / 3] {
        Double.bernoulliLoss(
          units: shape.units, batch: batch, s: s, y: a, t: bits, loss: &loss, signal: &signal)
        let p = a.map { 1 / (1 + exp(-s * $0)) }
        check(
          "Bernoulli", { log1p(exp(bits[$0] == 1 ? -s * a[$0] : s * a[$0])) },
          { s * (bits[$0] - p[$0]) })
      }
      let signs = bits.map { 2 * $0 - 1 }
      Double.exponentialLoss(
        units: shape.units, batch: batch, a: a, t: signs, loss: &loss, b: &signal)
      check(
        "exponential", { exp(-signs[$0] * a[$0]) }, { signs[$0] * exp(-signs[$0] * a[$0]) })
    }
  }

  private func dot(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func softmaxFisher(_ p: [Double]) -> [[Double]] {
    p.indices.map { i in p.indices.map { (i == $0 ? p[i] : 0) - p[i] * p[$0] } }
  }

  private func sphericalFisher(_ a: [Double]) -> [[Double]] {
    let s = dot(a, a)
    return a.indices.map { i in
      a.indices.map { (i == $0 ? 4 / s : 0) - 4 * a[i] * a[$0] / (s * s) }
    }
  }

  @Test(arguments: columnCounts)
  func `losses, moduli and factors of classes`(_ batch: Int) {
    forAllShapes(batch) { shape in
      let units = shape.units
      let targets = shape.data.indices(batch, below: units)
      for isSoftmax in [true, false] {
        let label = "softmax \(isSoftmax), seed \(shape.seed)"
        var (loss, b) = ([Double](repeating: .nan, count: batch), shape.a)
        var (m, p) = (shape.a, shape.a)
        var (d, e, v) = (shape.a, shape.a, shape.a)
        if isSoftmax {
          Double.softmaxLoss(
            units: units, batch: batch, a: shape.a, target: targets, loss: &loss, b: &b)
          Double.softmaxFactor(units: units, batch: batch, a: shape.a, d: &d, e: &e, v: &v)
          var scratch = loss
          Double.softmaxModulus(units: units, batch: batch, a: shape.a, logsum: &scratch, m: &m)
          Double.softmax(units: units, batch: batch, a: shape.a, p: &p, logsum: &scratch)
        } else {
          Double.sphericalLoss(
            units: units, batch: batch, a: shape.a, target: targets, loss: &loss, b: &b)
          Double.sphericalFactor(units: units, batch: batch, a: shape.a, d: &d, e: &e, v: &v)
          Double.sphericalModulus(units: units, batch: batch, a: shape.a, m: &m)
          Double.sphericalProbabilities(units: units, batch: batch, a: shape.a, p: &p)
        }
        var columns = [Double](repeating: .nan, count: units * units * batch)
        Double.fisherColumns(
          units: units, batch: batch, first: 0, count: units, d: d, e: e, v: v, into: &columns)
        for x in 0..<batch {
          let a = shape.column(shape.a, x)
          let weights = isSoftmax ? a.map { exp($0) } : a.map { $0 * $0 }
          let sum = weights.reduce(0, +)
          let probabilities = weights.map { $0 / sum }
          let y = Int(targets[x])
          expectClose(shape.column(p, x), probabilities, tolerance: 1e-14, label)
          // ln p loses digits where p is near 1.
          #expect(abs(loss[x] + log(probabilities[y])) < 1e-14 * (1 + abs(loss[x])), "\(label)")
          let signal = a.indices.map { k -> Double in
            if isSoftmax { return (k == y ? 1 : 0) - probabilities[k] }
            return (k == y ? 2 / a[k] : 0) - 2 * a[k] / sum
          }
          expectClose(shape.column(b, x), signal, tolerance: 1e-13, label)
          let fisher = isSoftmax ? softmaxFisher(probabilities) : sphericalFisher(a)
          expectClose(
            shape.column(m, x), a.indices.map { fisher[$0][$0] }, tolerance: 1e-13, label)
          let factor = a.indices.map { i -> [Double] in
            (0..<units).map { columns[(i * units + $0) * batch + x] }
          }
          let product = factor.flatMap { left in factor.map { dot(left, $0) } }
          expectClose(product, fisher.flatMap { $0 }, tolerance: 1e-13, label)
        }
      }
    }
  }

  @Test(arguments: columnCounts)
  func `parts of the Fisher columns are those columns`(_ batch: Int) {
    forAllShapes(batch) { shape in
      let units = shape.units
      let (d, e, v) = (
        shape.a, shape.data.normal(units * batch), shape.data.normal(units * batch)
      )
      let (first, count) = (units / 3, units - units / 3 - 1)
      var out = [Double](repeating: .nan, count: units * count * batch)
      Double.fisherColumns(
        units: units, batch: batch, first: first, count: count, d: d, e: e, v: v, into: &out)
      var expected = out
      for k in 0..<units {
        for q in 0..<count {
          for x in 0..<batch {
            let o = (first + q) * batch + x
            let diagonal = k == first + q ? d[o] : 0
            expected[(k * count + q) * batch + x] = diagonal - e[o] * v[k * batch + x]
          }
        }
      }
      expectClose(out, expected, tolerance: 1e-15, "seed \(shape.seed)")
    }
  }

  @Test(arguments: columnCounts)
  func `moduli and drawn signals of bits`(_ batch: Int) {
    forAllShapes(batch) { shape in
      let count = shape.units * batch
      let uniforms = (0..<count).map { _ in shape.data.stream.uniform() }
      for s in [1.0, 2, 4.0 / 3] {
        let p = shape.a.map { 1 / (1 + exp(-s * $0)) }
        var out = shape.a
        Double.bernoulliModulus(count: count, s: s, y: shape.a, scale: 0.5, into: &out)
        expectClose(out, p.map { 0.5 * s * s * $0 * (1 - $0) }, tolerance: 1e-14, "modulus")
        Double.bernoulliSampled(count: count, s: s, y: shape.a, u: uniforms, scale: 0.5, into: &out)
        expectClose(
          out, zip(uniforms, p).map { 0.5 * s * (($0 < $1 ? 1 : 0) - $1) }, tolerance: 1e-14,
          "drawn")
      }
    }
  }

  @Test(arguments: columnCounts)
  func `drawn signals of classes`(_ batch: Int) {
    forAllShapes(batch) { shape in
      let (units, samples) = (shape.units, 3)
      let uniforms = (0..<samples * batch).map { _ in shape.data.stream.uniform() }
      for isSoftmax in [true, false] {
        var scratch = [Double](repeating: 0, count: (units + 1) * batch)
        var out = [Double](repeating: .nan, count: units * samples * batch)
        let sampled =
          isSoftmax
          ? Double.softmaxSampled(units:batch:samples:a:p:u:scale:into:)
          : Double.sphericalSampled(units:batch:samples:a:p:u:scale:into:)
        sampled(units, batch, samples, shape.a, &scratch, uniforms, 0.5, &out)
        for x in 0..<batch {
          let a = shape.column(shape.a, x)
          let weights = isSoftmax ? a.map { exp($0) } : a.map { $0 * $0 }
          let sum = weights.reduce(0, +)
          for q in 0..<samples {
            var (y, cumulated) = (0, weights[0] / sum)
            while uniforms[q * batch + x] >= cumulated {
              y += 1
              cumulated += weights[y] / sum
            }
            for k in 0..<units {
              let b =
                isSoftmax
                ? (k == y ? 1 : 0) - weights[k] / sum
                : (k == y ? 2 / a[k] : 0) - 2 * a[k] / sum
              let actual = out[(k * samples + q) * batch + x]
              #expect(abs(actual - 0.5 * b) < 1e-13 * (1 + abs(b)), "seed \(shape.seed)")
            }
          }
        }
      }
    }
  }
}
