import Intrinsic
import IntrinsicAnalysis

/// What the invariance study measured.
public struct InvarianceResult: Codable, Sendable {
  /// One method under one transformation.
  public struct Cell: Codable, Sendable {
    public let method: InvarianceStudy.MethodName
    public let transformation: Transformation.Kind
    public let verdict: Verification.Verdict
    /// Why the method is not invariant, if it is not declared to be.
    public let obstacle: Invariance.Obstacle?
    public let verification: Verification

    init(
      _ method: InvarianceStudy.MethodName, _ transformation: Transformation.Kind,
      _ verification: Verification
    ) {
      self.method = method
      self.transformation = transformation
      self.verification = verification
      verdict = verification.verdict
      obstacle = verification.method.flatMap {
        Invariance.obstacle(for: $0, under: transformation)
      }
    }
  }

  /// The deviation of one step of a method as damping grows.
  public struct LearningCurve: Codable, Sendable {
    public let method: InvarianceStudy.MethodName
    public let kind: InvarianceStudy.DampingKind
    /// The amounts.
    public internal(set) var damping: [Double] = []
    public internal(set) var deviation: [Double] = []
  }

  public let options: InvarianceStudy.Options
  /// Those that apply to the network.
  public let transformations: [Transformation.Kind]
  /// Method after method, each under every transformation.
  public let cells: [Cell]
  /// Why the other transformations were left out.
  public let left: [String]
  /// How damping breaks the invariance under an affine change of activities.
  public let curve: [LearningCurve]

  /// Cells in which measurement contradicts what is declared.
  public var contradictions: [Cell] {
    cells.filter(contradicts)
  }

  func contradicts(_ cell: Cell) -> Bool {
    cell.verdict == .violated || cell.verdict == .undeclared
  }
}
