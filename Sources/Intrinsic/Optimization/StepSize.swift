import Foundation

/// The step size η as a function of the number of steps taken.
public enum StepSize: Hashable, Sendable, Codable {
  case constant(Double)
  /// η₀/(1 + k t).
  case inverseTime(initial: Double, rate: Double)
  /// η₀ (1 − rate)^t.
  case exponential(initial: Double, rate: Double)
  /// η₀ · factor^⌊t/every⌋.
  case steps(initial: Double, factor: Double, every: Int)

  /// η for step t, counted from 0.
  public func callAsFunction(_ t: Int) -> Double {
    switch self {
    case .constant(let value): value
    case .inverseTime(let initial, let rate): initial / (1 + rate * Double(t))
    case .exponential(let initial, let rate): initial * Foundation.pow(1 - rate, Double(t))
    case .steps(let initial, let factor, let every):
      initial * Foundation.pow(factor, Double(t / every))
    }
  }
}

/// The adaptive step size of Ollivier 2015, §4: a step that does not lower the loss is undone and
/// halves η; one that does multiplies η by 1.1.
public struct AdaptiveStepSize: Hashable, Sendable {
  /// η of the next step.
  public private(set) var value: Double

  public init(initial: Double = 0.01) {
    precondition(initial > 0 && initial.isFinite, "an initial step size of \(initial)")
    value = initial
  }

  /// Tells whether the last step was kept.
  mutating func record(accepted: Bool) { value *= accepted ? 1.1 : 0.5 }
}
