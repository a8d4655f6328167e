import Foundation

/// An ordinary differential equation y′ = f(t, y) solved by the Runge–Kutta pair of orders 5 and 4 of
/// Dormand and Prince (1980), with steps that keep the error within a tolerance, and a continuous
/// solution of order 4 between them (Hairer, Nørsett and Wanner, *Solving Ordinary Differential
/// Equations I*, II.4–II.6).
public struct DormandPrince<State: SIMD> where State.Scalar == Double {
  /// f(t, y). Where it is not finite, a smaller step is tried.
  public var derivative: (Double, State) throws(TheoryError) -> State
  /// The error allowed in each step: `absolute` + `relative` · |y|, for every component.
  public var relative: Double
  public var absolute: Double
  /// The accepted and rejected steps allowed.
  public var limit: Int

  public init(
    relative: Double = 1e-9, absolute: Double = 1e-12, limit: Int = 1_000_000,
    _ derivative: @escaping (Double, State) throws(TheoryError) -> State
  ) {
    precondition(
      relative >= 0 && absolute >= 0 && relative + absolute > 0,
      "tolerances \(relative) relative, \(absolute) absolute")
    self.derivative = derivative
    self.relative = relative
    self.absolute = absolute
    self.limit = limit
  }

  /// The solution from `state` at time `start` up to time `end`, which may be earlier.
  ///
  /// - Throws: if a step fails however small it is, if there are too many, or what `derivative`
  ///   throws.
  public func solve(
    from state: State, at start: Double = 0, until end: Double
  ) throws(TheoryError) -> Solution {
    precondition(start.isFinite && end.isFinite, "from time \(start) to \(end)")
    var solution = Solution(start: start, state: state)
    guard end != start else { return solution }
    let direction: Double = end > start ? 1 : -1
    var (time, y, first) = (start, state, try derivative(start, state))
    var step = direction * min(abs(end - start), try firstStep(start, state, first, direction))
    var (lastError, wasRejected) = (1e-4, false)
    while direction * (end - time) > 0 {
      guard solution.accepted + solution.rejected < limit else {
        throw .tooManySteps(time: time, end: end, limit: limit)
      }
      // Where rounding would leave a last step of nothing, this one ends a little later instead.
      let isLast = direction * (time + 1.01 * step - end) >= 0
      if isLast { step = end - time }
      guard abs(step) > 16 * max(abs(time), abs(end - start) * 1e-10).ulp else {
        throw .stepTooSmall(time: time, step: step)
      }
      let stages = try Stages(derivative, time, y, first, step)
      let error = error(of: stages, from: y)
      if error <= 1 {
        solution.append(stages.interpolant(time, y), until: isLast ? end : time + step)
        (time, y, first) = (isLast ? end : time + step, stages.end, stages.slopes.6)
        // A controller that also looks at the last error, against sequences of rejections.
        let factor = 0.9 * pow(error, -0.17) * pow(lastError, 0.04)
        step *= min(wasRejected ? 1 : 10, max(0.2, error == 0 ? 10 : factor))
        (lastError, wasRejected) = (max(error, 1e-4), false)
      } else {
        solution.rejected += 1
        step *= error.isFinite ? max(0.1, 0.9 * pow(error, -0.2)) : 0.1
        wasRejected = true
      }
    }
    return solution
  }

  /// The error of a step as a multiple of that allowed: the root mean square over the components.
  private func error(of stages: Stages, from y: State) -> Double {
    var sum = 0.0
    for lane in 0..<State.scalarCount {
      let size = max(abs(y[lane]), abs(stages.end[lane]))
      let part = stages.error[lane] / max(absolute + relative * size, .leastNormalMagnitude)
      sum += part * part
    }
    let error = (sum / Double(State.scalarCount)).squareRoot()
    return error.isNaN ? .infinity : error
  }

  /// A step for which the solution's change, and that of its slope, are small (Hairer et al., II.4).
  private func firstStep(
    _ time: Double, _ y: State, _ slope: State, _ direction: Double
  ) throws(TheoryError) -> Double {
    func norm(_ value: State) -> Double {
      var sum = 0.0
      for lane in 0..<State.scalarCount {
        let part = value[lane] / max(absolute + relative * abs(y[lane]), .leastNormalMagnitude)
        sum += part * part
      }
      return (sum / Double(State.scalarCount)).squareRoot()
    }
    let (size, rate) = (norm(y), norm(slope))
    let guess = size < 1e-5 || rate < 1e-5 ? 1e-6 : 0.01 * size / rate
    let next = try derivative(time + direction * guess, y + direction * guess * slope)
    let curvature = norm(next - slope) / guess
    let greatest = max(rate, curvature)
    let step = greatest <= 1e-15 ? max(1e-6, guess * 1e-3) : pow(0.01 / greatest, 0.2)
    return step.isFinite ? min(100 * guess, step) : guess
  }
}

extension DormandPrince {
  /// The seven stages of a step. The last is the first of the next.
  private struct Stages {
    let step: Double
    let slopes: (State, State, State, State, State, State, State)
    let end: State
    /// The difference of the solutions of orders 5 and 4.
    let error: State

    init(
      _ f: (Double, State) throws(TheoryError) -> State, _ t: Double, _ y: State, _ k1: State,
      _ h: Double
    ) throws(TheoryError) {
      let k2 = try f(t + h / 5, y + (h / 5) * k1)
      var slope = Self.times(3, 40, k1)
      slope += Self.times(9, 40, k2)
      let k3 = try f(t + 0.3 * h, y + h * slope)
      slope = Self.times(44, 45, k1)
      slope += Self.times(-56, 15, k2)
      slope += Self.times(32, 9, k3)
      let k4 = try f(t + 0.8 * h, y + h * slope)
      slope = Self.times(19_372, 6_561, k1)
      slope += Self.times(-25_360, 2_187, k2)
      slope += Self.times(64_448, 6_561, k3)
      slope += Self.times(-212, 729, k4)
      let k5 = try f(t + 8 / 9 * h, y + h * slope)
      slope = Self.times(9_017, 3_168, k1)
      slope += Self.times(-355, 33, k2)
      slope += Self.times(46_732, 5_247, k3)
      slope += Self.times(49, 176, k4)
      slope += Self.times(-5_103, 18_656, k5)
      let k6 = try f(t + h, y + h * slope)
      slope = Self.times(35, 384, k1)
      slope += Self.times(500, 1_113, k3)
      slope += Self.times(125, 192, k4)
      slope += Self.times(-2_187, 6_784, k5)
      slope += Self.times(11, 84, k6)
      end = y + h * slope
      let k7 = try f(t + h, end)
      var difference = Self.times(71, 57_600, k1)
      difference += Self.times(-71, 16_695, k3)
      difference += Self.times(71, 1_920, k4)
      difference += Self.times(-17_253, 339_200, k5)
      difference += Self.times(22, 525, k6)
      difference += Self.times(-1, 40, k7)
      error = h * difference
      step = h
      slopes = (k1, k2, k3, k4, k5, k6, k7)
    }

    private static func times(_ numerator: Double, _ denominator: Double, _ slope: State) -> State {
      (numerator / denominator) * slope
    }

    func interpolant(_ time: Double, _ y: State) -> Piece {
      let change = end - y
      let bend = step * slopes.0 - change
      var last = Self.times(-12_715_105_075, 11_282_082_432, slopes.0)
      last += Self.times(87_487_479_700, 32_700_410_799, slopes.2)
      last += Self.times(-10_690_763_975, 1_880_347_072, slopes.3)
      last += Self.times(701_980_252_875, 199_316_789_632, slopes.4)
      last += Self.times(-1_453_857_185, 822_651_844, slopes.5)
      last += Self.times(69_997_945, 29_380_423, slopes.6)
      return Piece(
        start: time, step: step,
        coefficients: (y, change, bend, change - step * slopes.6 - bend, step * last))
    }
  }

  /// The continuous solution over one step.
  struct Piece {
    let start: Double
    let step: Double
    let coefficients: (State, State, State, State, State)

    func callAsFunction(_ time: Double) -> State {
      let x = (time - start) / step
      let (c0, c1, c2, c3, c4) = coefficients
      let inner = c3 + (1 - x) * c4
      return c0 + x * (c1 + (1 - x) * (c2 + x * inner))
    }
  }

  /// The states at all times between two.
  public struct Solution {
    /// The first time, and the end of every step.
    public private(set) var times: [Double]
    /// The states at these times.
    public private(set) var states: [State]
    /// Steps that were tried and found too large.
    public fileprivate(set) var rejected = 0
    private var pieces: [Piece] = []

    init(start: Double, state: State) {
      times = [start]
      states = [state]
    }

    /// Steps taken.
    public var accepted: Int { pieces.count }
    /// The state at the end.
    public var last: State { states.last! }

    fileprivate mutating func append(_ piece: Piece, until time: Double) {
      pieces.append(piece)
      times.append(time)
      states.append(piece(piece.start + piece.step))
    }

    /// The state at a time between the first and the last.
    ///
    /// - Complexity: logarithmic in the number of steps.
    public func callAsFunction(_ time: Double) -> State {
      let isForward = times.last! >= times.first!
      precondition(
        isForward
          ? (times.first!...times.last!).contains(time)
          : (times.last!...times.first!).contains(time),
        "time \(time) of a solution from \(times.first!) to \(times.last!)")
      guard !pieces.isEmpty else { return states[0] }
      var (low, high) = (0, pieces.count - 1)
      while low < high {
        let middle = (low + high + 1) / 2
        if isForward ? times[middle] <= time : times[middle] >= time {
          low = middle
        } else {
          high = middle - 1
        }
      }
      return pieces[low](time)
    }
  }
}
