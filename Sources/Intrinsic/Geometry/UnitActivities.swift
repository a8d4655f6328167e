import IntrinsicMath

/// The incoming activities ã of the units of one layer as contiguous matrices, parameters × batch:
/// one for all units where they read the same rows, gathered for each unit or position otherwise.
final class UnitActivities<T: Scalar> {
  /// The largest number of parameters of a unit.
  let largestSize: Int
  /// Whether all units read the same rows, at their only position.
  let isShared: Bool
  private let positions: Int
  /// The rows by unit, then position.
  private let incoming: [[Int]]
  private let memory: Buffer<T>
  private var source: KeptPass<T>?

  init(_ network: Network, layer: Int, maximumBatchSize: Int) {
    let connection = network.layers[layer].connection
    positions = connection.positions
    let all = connection.distinctReceptiveFields.flatMap { unit in
      (0..<connection.positions).map { connection.incomingRows(of: unit, at: $0) }
    }
    isShared = !connection.sharesParameters && all.allSatisfy { $0 == all[0] }
    incoming = isShared ? [all[0]] : all
    largestSize = incoming.map(\.count).max()!
    memory = Buffer(count: largestSize * maximumBatchSize)
  }

  /// Takes the activities of the workspace, which must stay as they are while `rows` are asked for.
  func load(_ workspace: Workspace<T>) {
    source = KeptPass(workspace)
    if isShared { gather(incoming[0]) }
  }

  /// ã of one unit at a position, valid until the next call.
  func rows(of unit: Int, at position: Int = 0) -> UnsafePointer<T> {
    if !isShared { gather(incoming[(unit * positions + position) % incoming.count]) }
    return UnsafePointer(memory.pointer)
  }

  private func gather(_ list: [Int]) {
    let a = source!.activities
    for (i, row) in list.enumerated() {
      let target = memory.pointer + i * a.columns
      if row < 0 {
        T.fill(count: a.columns, value: 0, into: target)
      } else {
        target.update(from: a.row(row), count: a.columns)
      }
    }
  }
}
