import IntrinsicData

/// Why a training cannot go on from a checkpoint.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be read or written.
  case data(DataError)
  /// The training cannot begin at all.
  case descent(DescentError)
  /// The checkpoint is of another training.
  case differs(Difference)

  /// In what a checkpoint and a training differ.
  public struct Difference: Equatable, Sendable {
    /// What differs, such as “the method”.
    public let what: String
    public let saved: String
    public let given: String
  }

  public var description: String {
    switch self {
    case .data(let error): error.description
    case .descent(let error): error.description
    case .differs(let difference):
      "the checkpoint is of another training: \(difference.what) is \(difference.saved) there and "
        + "\(difference.given) here; go on with what it was begun with, or begin anew"
    }
  }
}
