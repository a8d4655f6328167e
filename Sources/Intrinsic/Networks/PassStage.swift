import IntrinsicMath

/// How far the passes of a workspace have gone on the loaded batch. Each stage stands on those before.
enum PassStage: Int, Comparable {
  case loaded
  case forward
  case loss
  case backward

  static func < (a: PassStage, b: PassStage) -> Bool { a.rawValue < b.rawValue }

  /// What is missing where a stage is asked for too early.
  fileprivate var call: String {
    switch self {
    case .loaded: "a batch: call load(_:)"
    case .forward: "a forward pass over the loaded batch: call forward(_:)"
    case .loss: "the loss of the last forward pass: call loss()"
    case .backward: "a backward pass from the last loss: call backpropagate(_:)"
    }
  }
}

extension Workspace {
  /// Stops a caller that asks for what no pass over the loaded batch has computed.
  @inline(__always)
  func require(_ needed: PassStage, for purpose: @autoclosure () -> String) {
    precondition(stage >= needed, "\(purpose()) needs \(needed.call)")
  }

  /// Puts signals b̃, outputs × batch, in the place of those of the loss, for a backward pass of its own.
  func setOutputSignals(_ write: (UnsafeMutablePointer<T>) -> Void) {
    require(.forward, for: "a backward pass")
    write(signals.row(network.outputRows.lowerBound))
    reach(.loss)
  }
}

/// The passes of a workspace as they were when something was computed that will read them again. It
/// keeps the workspace, and stops a caller that has loaded or passed anything else in between.
struct KeptPass<T: Scalar> {
  private let workspace: Workspace<T>
  private let revision: Int

  init(_ workspace: Workspace<T>) {
    self.workspace = workspace
    revision = workspace.revision
  }

  /// The activities of the pass.
  var activities: Rows<T> {
    precondition(
      workspace.revision == revision,
      "the workspace has loaded or passed another batch since the metric was estimated at it; estimate "
        + "again, or keep averages")
    return workspace.activities
  }
}
