import IntrinsicMath

/// A linear unit with batch normalization, γ (⟨w, x⟩ − μ_B)/σ_B, trained by stochastic gradient descent
/// on examples of a linear teacher: Luo et al. 2019, §4.
///
/// Steps are those of the paper's (5), summed over a batch: half gradients of Σ (y − ŷ)², with the rate
/// η for w and η/N for γ. The shift is frozen at 0, as there. Weights start in the direction of the
/// first gradient step from 0, because what they have orthogonal to all examples is never changed.
struct BatchNormalizedStudent {
  /// Statistics over all training examples.
  struct Measure: Sendable {
    let epoch: Int
    /// |γw/σ − w*|²/N
    let error: Double
    /// The mean of (y − ŷ)² over the examples, with their own mean and deviation.
    let trainingLoss: Double
    let gamma: Double
    /// |w|/√N
    let length: Double
  }

  private let examples: LinearExamples<Float>
  private let batch: Int
  let weights: Buffer<Float>
  private let hidden: Buffer<Float>
  private let population: Buffer<Float>
  private var order: [Int]
  private var stream: RandomStream
  private(set) var gamma = 1.0

  init(_ examples: LinearExamples<Float>, batch: Int, stream: RandomStream) {
    precondition(
      batch >= 2 && batch <= examples.count, "batches of \(batch) of \(examples.count) examples")
    self.examples = examples
    self.batch = batch
    self.stream = stream
    weights = Buffer(count: examples.inputs)
    hidden = Buffer(count: batch)
    population = Buffer(count: examples.count)
    order = Array(0..<examples.count)
    let n = examples.inputs
    for example in 0..<batch {
      Float.scaleAdd(
        count: n, alpha: examples.y[example], x: examples.row(example), beta: 1,
        into: weights.pointer)
    }
    let square = Float.dot(count: n, x: weights.pointer, y: weights.pointer)
    Float.scaleAdd(
      count: n, alpha: 0, x: weights.pointer, beta: (Float(n) / square).squareRoot(),
      into: weights.pointer)
  }

  /// One pass over the examples in random order; those left over by the last batch are not used.
  ///
  /// - Complexity: reads all inputs once from memory; allocates nothing.
  mutating func epoch(rate: Double) {
    order.shuffle(using: &stream)
    for start in stride(from: 0, through: order.count - batch, by: batch) {
      step(order[start..<start + batch], rate: rate)
    }
  }

  private mutating func step(_ members: ArraySlice<Int>, rate: Double) {
    let (n, m) = (examples.inputs, Double(batch))
    var (sum, squares) = (0.0, 0.0)
    for (index, example) in members.enumerated() {
      let value = Float.dot(count: n, x: examples.row(example), y: weights.pointer)
      hidden.pointer[index] = value
      sum += Double(value)
    }
    let mean = sum / m
    for index in 0..<batch {
      let difference = Double(hidden.pointer[index]) - mean
      squares += difference * difference
    }
    let deviation = (squares / m).squareRoot()
    // δ = y − γt with t = (h − μ_B)/σ_B, and its means with 1 and t, by which μ_B and σ_B change.
    var (delta, along) = (0.0, 0.0)
    for (index, example) in members.enumerated() {
      let t = (Double(hidden.pointer[index]) - mean) / deviation
      let difference = Double(examples.y.pointer[example]) - gamma * t
      delta += difference
      along += difference * t
    }
    for (index, example) in members.enumerated() {
      let t = (Double(hidden.pointer[index]) - mean) / deviation
      let difference = Double(examples.y.pointer[example]) - gamma * t
      let signal = gamma / deviation * (difference - delta / m - t * along / m)
      Float.scaleAdd(
        count: n, alpha: Float(rate * signal), x: examples.row(example), beta: 1,
        into: weights.pointer)
    }
    gamma += rate / Double(n) * along
  }

  /// What the student does with the mean and deviation over all training examples.
  func measure(epoch: Int) -> Measure {
    let (n, p) = (examples.inputs, examples.count)
    for example in 0..<p {
      population.pointer[example] = Float.dot(
        count: n, x: examples.row(example), y: weights.pointer)
    }
    var (sum, squares, loss) = (0.0, 0.0, 0.0)
    for example in 0..<p { sum += Double(population.pointer[example]) }
    let mean = sum / Double(p)
    for example in 0..<p {
      let difference = Double(population.pointer[example]) - mean
      squares += difference * difference
    }
    let deviation = (squares / Double(p)).squareRoot()
    for example in 0..<p {
      let output = gamma * (Double(population.pointer[example]) - mean) / deviation
      let difference = Double(examples.y.pointer[example]) - output
      loss += difference * difference
    }
    let square = Double(Float.dot(count: n, x: weights.pointer, y: weights.pointer))
    return Measure(
      epoch: epoch, error: examples.error(of: weights, scale: gamma / deviation),
      trainingLoss: loss / Double(p), gamma: gamma,
      length: (square / Double(n)).squareRoot())
  }
}
