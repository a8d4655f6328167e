/// The bold driver (Battiti 1989; Ollivier 2015, §4 as “adaptive step size”): a step that does not lower
/// the loss is undone and halves η; one that does multiplies η by 1.1.
public struct BoldDriver: Hashable, Sendable {
  /// η of the next step.
  public private(set) var stepSize: Double

  /// Begins with η > 0.
  public init(initial: Double = 0.01) {
    precondition(initial > 0 && initial.isFinite, "an initial step size of \(initial)")
    stepSize = initial
  }

  /// Tells whether the last step was kept.
  mutating func record(accepted: Bool) { stepSize *= accepted ? 1.1 : 0.5 }
}
