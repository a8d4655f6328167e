import IntrinsicMath

/// The incoming activities ã of the units of one layer as contiguous matrices, parameters × batch:
/// one for all units where they read the same rows, gathered for each unit otherwise.
final class UnitActivities<T: Scalar> {
  /// The largest number of parameters of a unit.
  let largestSize: Int
  /// Whether all units read the same rows.
  let isShared: Bool
  private let incoming: [[Int]]
  private let memory: Buffer<T>
  private var source: Rows<T>?

  init(_ network: Network, layer: Int, capacity: Int) {
    let connection = network.layers[layer].connection
    let all = (0..<connection.unitCount).map(connection.incomingRows)
    isShared = all.allSatisfy { $0 == all[0] }
    incoming = isShared ? [all[0]] : all
    largestSize = all.map(\.count).max()!
    memory = Buffer(count: largestSize * capacity)
  }

  /// Takes the activities of the workspace, which must stay as they are.
  func load(_ workspace: Workspace<T>) {
    source = workspace.activities
    if isShared { gather(incoming[0]) }
  }

  /// ã of one unit, valid until the next call.
  func rows(of unit: Int) -> UnsafePointer<T> {
    if !isShared { gather(incoming[unit]) }
    return UnsafePointer(memory.pointer)
  }

  private func gather(_ list: [Int]) {
    let a = source!
    for (i, row) in list.enumerated() {
      (memory.pointer + i * a.columns).update(from: a.row(row), count: a.columns)
    }
  }
}
