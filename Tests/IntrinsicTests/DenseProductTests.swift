import IntrinsicMath
import Testing

@testable import Intrinsic

/// The products of dense connections against those of sparse ones with the same edges: of few and of
/// many columns, with weights of samples that are often 0 and that never are. Values are small
/// integers, so that all sums are exact.
@Suite struct DenseProductTests {
  /// Rows 0..<5 are the constant row and inputs, 5 is the constant row of the hidden units from 6 on.
  private static let (units, firstHiddenRow, rowCount) = (37, 5, 60)
  private static let blocks = [[0..<5], [5..<60], [5..<25, 40..<60]]

  @Test(arguments: [1, 3, 8, 15, 17, 25, 32, 64, 65, 100], blocks)
  func `products are those of the sparse connection with the same edges`(
    _ columns: Int, _ blocks: [Range<Int>]
  ) {
    for threads in [1, 2] {
      for isOften in [false, true] {
        compare(Float.self, columns, blocks, threads: threads, isOften)
        compare(Double.self, columns, blocks, threads: threads, isOften)
      }
    }
  }

  /// - Parameter isOften: whether most weights of samples are 0.
  private func compare<T: Scalar>(
    _ type: T.Type, _ columns: Int, _ blocks: [Range<Int>], threads: Int, _ isOften: Bool
  ) {
    let dense: any Connection = Dense(
      unitCount: Self.units, blocks: blocks, firstHiddenRow: Self.firstHiddenRow, hasBias: true)
    let sparse: any Connection = Sparse(
      incoming: Array(repeating: blocks.flatMap { Array($0) }, count: Self.units),
      firstHiddenRow: Self.firstHiddenRow)
    var stream = RandomStream(seed: UInt64(columns))
    func integers(_ count: Int, _ range: ClosedRange<Int>) -> Buffer<T> {
      Buffer((0..<count).map { _ in T(Int.random(in: range, using: &stream)) })
    }
    let w = integers(dense.parameterCount, -3...3)
    let activities = integers(Self.rowCount * columns, -3...3)
    let signals = integers(Self.units * columns, isOften ? -5...1 : 1...3)
    for i in 0..<signals.count where signals[i] < 0 { signals[i] = 0 }
    let a = Rows(activities.pointer, columns: columns)
    let scratch = Buffer<T>(
      count: max(dense.scratchCount(columns: columns), sparse.scratchCount(columns: columns), 1))
    /// Whether both connections leave the same in memory that held the same before.
    func agree(
      _ count: Int, from first: Int = 0, _ product: (any Connection, Buffer<T>) -> Void
    ) -> Bool {
      let before = integers(count, -3...3)
      let (own, other) = (Buffer(before.elements), Buffer(before.elements))
      product(dense, own)
      product(sparse, other)
      return own.elements[first...] == other.elements[first...]
    }
    let what = "\(type), \(columns) columns, \(threads) threads"

    let y = agree(Self.units * columns) {
      $0.apply(w.pointer, a, into: $1.pointer, threads: threads)
    }
    #expect(y, "\(what): apply")
    for accumulate in [false, true] {
      // Signals to the constant row mean nothing.
      let b = agree((Self.rowCount - Self.firstHiddenRow) * columns, from: columns) {
        $0.applyTransposed(
          w.pointer, signals.pointer,
          into: Rows($1.pointer, firstRow: Self.firstHiddenRow, columns: columns),
          accumulate: accumulate, threads: threads)
      }
      #expect(b, "\(what): applyTransposed, accumulate \(accumulate)")
    }
    for keep: T in [0, 0.5] {
      let g = agree(dense.parameterCount) {
        $0.outer(
          signals.pointer, a, scale: 0.25, keep: keep, into: $1.pointer, threads: threads)
      }
      #expect(g, "\(what): outer, keep \(keep)")
      for hasFirst in [false, true] {
        let moments = agree(2 * dense.parameterCount) { connection, memory in
          connection.moments(
            signals.pointer, a, scale: 0.25, keep: keep,
            first: hasFirst ? memory.pointer + dense.parameterCount : nil, second: memory.pointer,
            scratch: scratch.pointer, threads: threads)
        }
        #expect(moments, "\(what): moments, keep \(keep), with first \(hasFirst)")
      }
    }
  }
}
