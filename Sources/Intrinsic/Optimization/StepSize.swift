import Foundation

/// The step size η as a function of the number of steps taken.
public indirect enum StepSize: Hashable, Sendable, Codable {
  /// η₀.
  case constant(Double)
  /// η₀/(1 + k t).
  case inverseTime(initial: Double, rate: Double)
  /// η₀ (1 − rate)^t.
  case exponential(initial: Double, rate: Double)
  /// η₀ · factor^⌊t/every⌋.
  case steps(initial: Double, factor: Double, every: Int)
  /// η₁ + (η₀ − η₁)(1 + cos(π t/n))/2 over n steps, then η₁ (Loshchilov and Hutter 2017, without
  /// restarts).
  case cosine(initial: Double, final: Double, over: Int)
  /// Linearly from η/n in step 0 to η in step n − 1, the first value η of the other schedule, which
  /// follows.
  case warmUp(steps: Int, then: StepSize)

  /// η for step t, counted from 0.
  public func callAsFunction(_ t: Int) -> Double {
    switch self {
    case .constant(let value): value
    case .inverseTime(let initial, let rate): initial / (1 + rate * Double(t))
    case .exponential(let initial, let rate): initial * Foundation.pow(1 - rate, Double(t))
    case .steps(let initial, let factor, let every):
      initial * Foundation.pow(factor, Double(t / every))
    case .cosine(let initial, let final, let count):
      t >= count
        ? final
        : final + (initial - final) * (1 + Foundation.cos(.pi * Double(t) / Double(count))) / 2
    case .warmUp(let count, let schedule):
      t < count ? schedule(0) * Double(t + 1) / Double(count) : schedule(t - count)
    }
  }

  /// The same schedule with all values times a factor.
  public func scaled(by factor: Double) -> StepSize {
    switch self {
    case .constant(let value): .constant(value * factor)
    case .inverseTime(let initial, let rate):
      .inverseTime(initial: initial * factor, rate: rate)
    case .exponential(let initial, let rate):
      .exponential(initial: initial * factor, rate: rate)
    case .steps(let initial, let step, let every):
      .steps(initial: initial * factor, factor: step, every: every)
    case .cosine(let initial, let final, let count):
      .cosine(initial: initial * factor, final: final * factor, over: count)
    case .warmUp(let count, let schedule):
      .warmUp(steps: count, then: schedule.scaled(by: factor))
    }
  }
}
