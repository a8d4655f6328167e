import IntrinsicMath
import IntrinsicTheory

/// A student perceptron of N inputs that learns a teacher from one new example a step: the updates (5) of
/// Luo et al. 2019, whose limit N → ∞ is ``LearningDynamics`` with the time t = steps/N.
///
/// With δ = g′(u)(g(v) − g(u)), v = ⟨w*, x⟩ and x ~ N(0, 1/N),
///
///     weight normalization, u = γ√N ⟨w, x⟩/|w|:
///       w ← w + ηδγ (√N/|w|) (x − (⟨w, x⟩/|w|²) w)
///       γ ← γ + (η/N) (δ √N ⟨w, x⟩/|w| − ζγ)
///     gradient descent, u = ⟨w, x⟩:
///       w ← w + ηδ x
struct OnlineStudent {
  let dynamics: LearningDynamics
  let inputs: Int
  private let weights: Buffer<Double>
  private let teacher: Buffer<Double>
  /// Examples are drawn many at a time.
  private let examples: Buffer<Double>
  private let examplesAtOnce = 32
  private var next: Int
  private var drawing: VectorRandomStream
  private var gamma: Double

  /// A student with the given order parameters.
  init(
    _ dynamics: LearningDynamics, from start: OrderParameters, inputs: Int, stream: RandomStream
  ) {
    precondition(inputs >= 2, "\(inputs) inputs")
    precondition(
      start.length > 0 && abs(start.overlap) <= 1, "a student with \(start)")
    self.dynamics = dynamics
    self.inputs = inputs
    gamma = start.gamma
    teacher = Buffer(count: inputs)
    weights = Buffer(count: inputs)
    examples = Buffer(count: examplesAtOnce * inputs)
    next = examplesAtOnce
    drawing = VectorRandomStream(stream.child("examples"))
    var directions = VectorRandomStream(stream.child("start"))
    directions.fillNormal(teacher.pointer, count: inputs)
    directions.fillNormal(weights.pointer, count: inputs)
    normalize(teacher, to: 1)
    // What the weights have beside the teacher, then the two in the wanted proportion.
    let n = Double(inputs)
    let common = Double.dot(count: inputs, x: weights.pointer, y: teacher.pointer) / n
    Double.scaleAdd(
      count: inputs, alpha: -common, x: teacher.pointer, beta: 1, into: weights.pointer)
    let other = ((1 - start.overlap) * (1 + start.overlap)).squareRoot()
    normalize(weights, to: other)
    Double.scaleAdd(
      count: inputs, alpha: start.length * start.overlap, x: teacher.pointer, beta: start.length,
      into: weights.pointer)
  }

  private func normalize(_ buffer: Buffer<Double>, to length: Double) {
    let square = Double.dot(count: inputs, x: buffer.pointer, y: buffer.pointer)
    let factor = length * (Double(inputs) / square).squareRoot()
    Double.scaleAdd(count: inputs, alpha: 0, x: buffer.pointer, beta: factor, into: buffer.pointer)
  }

  /// The measured order parameters.
  var parameters: OrderParameters {
    let n = Double(inputs)
    let length =
      (Double.dot(count: inputs, x: weights.pointer, y: weights.pointer) / n).squareRoot()
    let common = Double.dot(count: inputs, x: weights.pointer, y: teacher.pointer) / n
    return OrderParameters(
      gamma: dynamics.method == .gradientDescent ? length : gamma, overlap: common / length,
      length: length)
  }

  /// Learns from one example.
  ///
  /// - Complexity: three passes over N numbers, and drawing them; allocates nothing.
  mutating func step() {
    if next == examplesAtOnce {
      drawing.fillNormal(examples.pointer, count: examplesAtOnce * inputs)
      next = 0
    }
    let n = Double(inputs)
    // Entries of the example are √N x.
    let x = examples.pointer + next * inputs
    next += 1
    let root = n.squareRoot()
    let h = Double.dot(count: inputs, x: weights.pointer, y: x) / root
    let v = Double.dot(count: inputs, x: teacher.pointer, y: x) / root
    let (g, slope, rate) = (
      dynamics.activation.value, dynamics.activation.derivative, dynamics.rate
    )
    if dynamics.method == .gradientDescent {
      let delta = slope(h) * (g(v) - g(h))
      Double.scaleAdd(
        count: inputs, alpha: rate * delta / root, x: x, beta: 1, into: weights.pointer)
      return
    }
    let square = Double.dot(count: inputs, x: weights.pointer, y: weights.pointer)
    let direction = h * (n / square).squareRoot()
    let u = gamma * direction
    let delta = slope(u) * (g(v) - g(u))
    let size = rate * delta * gamma * (n / square).squareRoot()
    Double.scaleAdd(
      count: inputs, alpha: size / root, x: x, beta: 1 - size * h / square, into: weights.pointer)
    gamma += rate / n * (delta * direction - dynamics.method.decay * gamma)
  }

  /// Learns for some time: N steps are one unit of time.
  ///
  /// - Returns: the order parameters at the given increasing times.
  mutating func learn(
    measuringAt times: [Double], shouldStop: () -> Bool = { false }
  ) -> [OrderParameters] {
    var (steps, results) = (0, [OrderParameters]())
    for time in times {
      let end = Int((time * Double(inputs)).rounded())
      while steps < end && !shouldStop() {
        step()
        steps += 1
      }
      results.append(parameters)
    }
    return results
  }
}
