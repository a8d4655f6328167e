import IntrinsicMath

/// A one-to-one connection: unit k reads unit k of one other layer, y_k = β_k + g_k a_k. With
/// logarithmic gains the unit that is read already has its gain, a_k = e^{g_k} ẑ_k, so that the
/// product is y_k = β_k + a_k, while a_k = ∂y_k/∂g_k remains what the parameter multiplies: all other
/// products are the same.
struct OneToOne: Connection {
  let source: Range<Int>
  let hasBias: Bool
  /// Whether the parameter is ln of the gain.
  let isLogarithmic: Bool
  private let edges: Sparse

  /// - Parameter source: the rows that are read, with a constant row before them.
  init(source: Range<Int>, hasBias: Bool, isLogarithmic: Bool, firstHiddenRow: Int) {
    self.source = source
    self.hasBias = hasBias
    self.isLogarithmic = isLogarithmic
    edges = Sparse(
      incoming: source.map { hasBias ? [0, $0] : [$0] }, firstHiddenRow: firstHiddenRow)
  }

  var unitCount: Int { edges.unitCount }
  var parameterCount: Int { edges.parameterCount }
  func parameters(of unit: Int) -> Range<Int> { edges.parameters(of: unit) }
  func incomingRows(of unit: Int, at position: Int) -> [Int] {
    edges.incomingRows(of: unit, at: position)
  }
  var sourceRows: Set<Int> { edges.sourceRows }

  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection {
    let first = row(source.lowerBound)
    return OneToOne(
      source: first..<first + source.count, hasBias: hasBias, isLogarithmic: isLogarithmic,
      firstHiddenRow: firstHiddenRow)
  }

  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int
  ) {
    guard isLogarithmic else { return edges.apply(w, a, into: y, threads: threads) }
    y.update(from: a.row(source.lowerBound), count: unitCount * a.columns)
    guard hasBias else { return }
    for unit in 0..<unitCount {
      T.addConstant(count: a.columns, value: w[2 * unit], into: y + unit * a.columns)
    }
  }

  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool, threads: Int
  ) {
    guard isLogarithmic else {
      return edges.applyTransposed(w, b, into: out, accumulate: accumulate, threads: threads)
    }
    let (a, count) = (out.row(source.lowerBound), unitCount * out.columns)
    if accumulate {
      T.scaleAdd(count: count, alpha: 1, x: b, beta: 1, into: a)
    } else {
      a.update(from: b, count: count)
    }
  }

  func applyTransposed<T: Scalar>(
    row unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int
  ) {
    guard isLogarithmic else {
      return edges.applyTransposed(
        row: unit, w, v, count: count, into: out, firstColumn: firstColumn)
    }
    (out.row(source.lowerBound + unit) + firstColumn).update(from: v, count: count)
  }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {
    edges.outer(b, a, scale: scale, keep: keep, into: g, threads: threads)
  }

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {
    edges.moments(
      c, a, scale: scale, keep: keep, first: first, second: second, scratch: scratch,
      threads: threads)
  }

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {
    edges.perSampleOuter(units: units, b, a, repeats: repeats, scale: scale, into: u)
  }
}
