/// Why a quantity of the theory has no value.
public enum TheoryError: Error, Equatable, CustomStringConvertible {
  /// An argument for which the formula does not hold, and those for which it does.
  case outOfRange(quantity: String, value: Double, rule: String)
  /// Two orders of a quadrature disagree by more than the tolerance.
  case quadratureNotConverged(nodes: Int, difference: Double, tolerance: Double)
  /// No step however small keeps the error of a differential equation within its tolerance.
  case stepTooSmall(time: Double, step: Double)
  /// A differential equation needs more steps than allowed.
  case tooManySteps(time: Double, end: Double, limit: Int)

  public var description: String {
    switch self {
    case .outOfRange(let quantity, let value, let rule): "\(quantity) is \(value): \(rule)"
    case .quadratureNotConverged(let nodes, let difference, let tolerance):
      "with \(nodes) nodes a direction, the quadrature still changes by \(difference), more than "
        + "\(tolerance); the activation may have a kink elsewhere than at 0, or be too steep"
    case .stepTooSmall(let time, let step):
      "the differential equation cannot be continued at time \(time): a step of \(step) is still too "
        + "large; its solution may diverge there"
    case .tooManySteps(let time, let end, let limit):
      "the differential equation reached time \(time) of \(end) in \(limit) steps; ask for less time "
        + "or a larger tolerance"
    }
  }

  /// - Throws: unless the condition holds.
  static func check(
    _ holds: Bool, _ quantity: String, _ value: Double, _ rule: String
  ) throws(TheoryError) {
    if !holds { throw .outOfRange(quantity: quantity, value: value, rule: rule) }
  }
}
