import Intrinsic
import IntrinsicMath

/// Sums over the edges of one layer of numbers that its sources or its units have.
///
/// Where every unit reads every source, as in dense layers, they cost O(units); elsewhere O(edges).
struct EdgeSums {
  private let layer: Network.Layer
  /// The rows that every unit reads; nil where units read different ones.
  private let sources: [Range<Int>]?
  /// 1 for every edge, where there is no such list.
  private let ones: Buffer<Double>
  private let scratch: Buffer<Double>

  init(_ layer: Network.Layer, rowCount: Int) {
    self.layer = layer
    sources = Self.commonSources(layer.connection)
    ones = Buffer(count: sources == nil ? layer.connection.parameterCount : 0)
    scratch = Buffer(count: sources == nil ? rowCount : 0)
    Double.fill(count: ones.count, value: 1, into: ones.pointer)
  }

  /// out_v = Σ_{u → v} g_u for all units v of the layer; `g` is by row.
  func incoming(_ g: Buffer<Double>, into out: UnsafeMutablePointer<Double>) {
    if let sources {
      let sum = sources.reduce(0) {
        $0 + Double.sum(count: $1.count, x: g.pointer + $1.lowerBound)
      }
      Double.fill(count: layer.rows.count, value: sum, into: out)
    } else {
      layer.connection.apply(
        UnsafePointer(ones.pointer), Rows(g.pointer, columns: 1), into: out, threads: 1)
    }
  }

  /// out_u = Σ_{u → v} c_v, v in the layer, for the hidden units u of some rows; `c` is by row.
  func outgoing(
    _ c: Buffer<Double>, of rows: Range<Int>, into out: UnsafeMutablePointer<Double>
  ) {
    let influence = UnsafePointer(c.pointer + layer.rows.lowerBound)
    Double.fill(count: rows.count, value: 0, into: out)
    if let sources {
      let sum = Double.sum(count: layer.rows.count, x: influence)
      for range in sources {
        let common = range.clamped(to: rows)
        Double.fill(
          count: common.count, value: sum, into: out + common.lowerBound - rows.lowerBound)
      }
    } else {
      Double.fill(count: rows.count, value: 0, into: scratch.pointer + rows.lowerBound)
      layer.connection.applyTransposed(
        UnsafePointer(ones.pointer), influence, into: Rows(scratch.pointer, columns: 1),
        accumulate: false, threads: 1)
      out.update(from: scratch.pointer + rows.lowerBound, count: rows.count)
    }
  }

  /// The rows that every unit reads, if all read the same.
  private static func commonSources(_ connection: some Connection) -> [Range<Int>]? {
    let last = connection.unitCount - 1
    let rows = connection.incomingRows(of: 0)
    // Most wirings that differ do so in their first and last units.
    guard rows.count * connection.unitCount == connection.parameterCount,
      last == 0 || rows == connection.incomingRows(of: last),
      connection.sourceRows.count == rows.count
    else { return nil }
    var ranges: [Range<Int>] = []
    for row in rows {
      if let range = ranges.last, range.upperBound == row {
        ranges[ranges.count - 1] = range.lowerBound..<row + 1
      } else {
        ranges.append(row..<row + 1)
      }
    }
    return ranges
  }
}
