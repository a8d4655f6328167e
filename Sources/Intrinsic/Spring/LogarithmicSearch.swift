import IntrinsicMath

/// A line search over step sizes 1, ½, ¼, … (Müller and Zeinhofer 2023).
public enum LogarithmicSearch: Hashable, Sendable, Codable {
  /// Steps as they are.
  case none
  /// The first step size 2^−k, k ≤ `halvings`, of a lower loss than that before, if the next is not lower still; 0
  /// if there is none.
  case halving(Int)

  /// The step size along a step of the loss that `loss` gives for step sizes.
  ///
  /// - Parameter before: the loss at 0.
  func stepSize<T: Scalar>(before: T, _ loss: (T) -> T) -> T {
    guard case .halving(let halvings) = self else { return 1 }
    var (best, least) = (T(0), before)
    var size: T = 1
    for _ in 0...halvings {
      let value = loss(size)
      if value < least {
        (best, least) = (size, value)
      } else if best > 0 {
        break
      }
      size /= 2
    }
    return best
  }
}
