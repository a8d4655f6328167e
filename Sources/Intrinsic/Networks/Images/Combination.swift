/// What layers without parameters do, for analyses of networks.
extension Network.Layer {
  /// How an activity is made of earlier ones.
  public enum Combination: Sendable {
    /// Branches are added.
    case sum
    /// A window is averaged, with zeros beside the image.
    case average
    /// The largest under a window is taken.
    case maximum
  }

  /// How the activities of a layer without parameters are made; nil for others.
  public var combination: Combination? {
    switch connection {
    case is Summation: .sum
    case let pooling as Pooling: pooling.isMaximum ? .maximum : .average
    default: nil
    }
  }

  /// The rows of the activity matrix from which a row of a layer without parameters is made.
  public func combinedRows(of row: Int) -> [Int] {
    precondition(rows.contains(row), "row \(row) of a layer of the rows \(rows)")
    let place = row - rows.lowerBound
    switch connection {
    case let sum as Summation: return sum.sources.map { $0 + place }
    case let pooling as Pooling:
      return pooling.grid.pixels(at: place / unitCount).filter { $0 >= 0 }
        .map { pooling.inputRow + $0 * unitCount + place % unitCount }
    default: return []
    }
  }
}
