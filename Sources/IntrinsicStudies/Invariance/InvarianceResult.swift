import Intrinsic
import IntrinsicAnalysis

/// What the invariance study measured.
package struct InvarianceResult: Codable, Sendable {
  /// One method under one transformation.
  package struct Cell: Codable, Sendable {
    package let method: InvarianceStudy.MethodName
    package let transformation: Transformation.Kind
    package let verdict: Verification.Verdict
    /// Why the method is not invariant, if it is not declared to be.
    package let obstacle: Invariance.Obstacle?
    package let verification: Verification

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
  package struct LearningCurve: Codable, Sendable {
    package let method: InvarianceStudy.MethodName
    package let kind: InvarianceStudy.DampingKind
    /// The amounts.
    package internal(set) var damping: [Double] = []
    package internal(set) var deviation: [Double] = []
  }

  package let options: InvarianceStudy.Options
  /// Those that apply to the network.
  package let transformations: [Transformation.Kind]
  /// Method after method, each under every transformation.
  package let cells: [Cell]
  /// Why the other transformations were left out.
  package let left: [String]
  /// How damping breaks the invariance under an affine change of activities.
  package let curve: [LearningCurve]
  /// How methods depend on a change of the parametrization that is not linear.
  package let orders: [ReparametrizationOrder]

  /// Cells in which measurement contradicts what is declared.
  package var contradictions: [Cell] {
    cells.filter(contradicts)
  }

  func contradicts(_ cell: Cell) -> Bool {
    cell.verdict == .violated || cell.verdict == .undeclared
  }
}
