import Foundation
import IntrinsicMath
import IntrinsicTheory

/// One unit with batch normalization, whose weights are given: the effect of batch noise on its loss
/// A(ĥ) − yĥ, measured, and as Theorem 1 of Luo et al. 2019 has it.
final class HiddenUnit: Sendable {
  /// What the entries of the unit's inputs are drawn from.
  enum Distribution: String, CaseIterable, Codable, Sendable {
    case normal, uniform, laplace, exponential

    func draw(_ stream: inout RandomStream) -> Double {
      switch self {
      case .normal: stream.normal()
      case .uniform: stream.uniform() - 0.5
      case .laplace: log((1 - stream.uniform()) / (1 - stream.uniform()))
      case .exponential: -log(1 - stream.uniform())
      }
    }
  }

  let potential: UnitPotential
  let gamma: Double
  let beta: Double
  /// h of every example
  let hidden: [Double]
  let moments: HiddenMoments
  /// h̄, A′(h̄) and A(h̄) of every example
  private let population: Buffer<Double>
  private let slopes: Buffer<Double>
  private let values: Buffer<Double>
  /// The means of A′(h̄), A′(h̄) h̄ and A(h̄)
  private let slopeMean: Double
  private let productMean: Double
  private let valueMean: Double

  /// A unit whose weights are 1 for each of a few inputs, on random examples.
  init(
    _ potential: UnitPotential, _ distribution: Distribution, inputs: Int, examples: Int,
    gamma: Double, beta: Double, stream: RandomStream
  ) throws(TheoryError) {
    var stream = stream
    let hidden = (0..<examples).map { _ in
      (0..<inputs).reduce(0.0) { sum, _ in sum + distribution.draw(&stream) }
    }
    let moments = try HiddenMoments(hidden)
    self.potential = potential
    (self.gamma, self.beta, self.hidden, self.moments) = (gamma, beta, hidden, moments)
    population = Buffer(
      hidden.map { gamma * ($0 - moments.mean) / moments.standardDeviation + beta })
    slopes = Buffer(count: examples)
    values = Buffer(count: examples)
    potential.evaluate(
      examples, population.pointer, slopes: slopes.pointer, values: values.pointer)
    let count = Double(examples)
    slopeMean = Double.sum(count: examples, x: slopes.pointer) / count
    productMean = Double.dot(count: examples, x: slopes.pointer, y: population.pointer) / count
    valueMean = Double.sum(count: examples, x: values.pointer) / count
  }

  /// The penalty ζγ² in its parts.
  func decay(batch: Int) throws(TheoryError) -> GammaDecayCoefficient {
    try GammaDecayCoefficient(
      hidden: hidden, gamma: gamma, beta: beta, batch: batch, curvature: potential.curvature)
  }

  /// Effects of batch noise over many batches, drawn with replacement from the examples; one mean for
  /// each group of batches.
  struct Effects: Sendable {
    /// E[A(ĥ) − A(h̄) − A′(h̄)(ĥ − h̄)], which is E[ℓ(ĥ) − ℓ(h̄)] for labels of mean A′(h̄), with the
    /// statistics of a batch to which the example does not belong
    var others: [Double] = []
    /// The same for the batch's own members, as in training.
    var members: [Double] = []
    /// E σ_B/σ, which is the scale γ = E[cov_B(h, t)/σ_B] that batch normalization itself learns for a
    /// linear unit and targets t = (h − μ)/σ; with ½ σ_B²/σ², whose mean is known, as a control variate
    var scale: [Double] = []
  }

  /// Measures over `groups` × `draws` batches of `batch`.
  ///
  /// - Complexity: examples + batch values of A for each batch.
  func measure(batch: Int, groups: Int, draws: Int, stream: RandomStream) -> Effects {
    var stream = stream
    let space = Workspace(examples: hidden.count, batch: batch)
    var effects = Effects()
    for _ in 0..<groups {
      var (others, members, scale) = (0.0, 0.0, 0.0)
      for _ in 0..<draws {
        var (sum, squares) = (0.0, 0.0)
        for index in 0..<batch {
          let member = Int(stream.next() % UInt64(hidden.count))
          space.members[index] = member
          sum += hidden[member]
        }
        let mean = sum / Double(batch)
        for index in 0..<batch {
          let difference = hidden[space.members[index]] - mean
          squares += difference * difference
        }
        let deviation = (squares / Double(batch)).squareRoot()
        // ĥ = slope·h̄ + shift
        let slope = moments.standardDeviation / deviation
        let shift = beta - slope * beta + gamma * (moments.mean - mean) / deviation
        others += effectOnAll(slope, shift, space)
        members += effectOnMembers(slope, shift, space)
        let share = deviation / moments.standardDeviation
        scale += share - (share * share - (Double(batch) - 1) / Double(batch)) / 2
      }
      effects.others.append(others / Double(draws))
      effects.members.append(members / Double(draws))
      effects.scale.append(scale / Double(draws))
    }
    return effects
  }

  /// Memory for the normalized values of one batch's statistics.
  private final class Workspace {
    var members: [Int]
    let normalized: Buffer<Double>
    let slopes: Buffer<Double>
    let values: Buffer<Double>

    init(examples: Int, batch: Int) {
      members = [Int](repeating: 0, count: batch)
      normalized = Buffer(count: max(examples, batch))
      slopes = Buffer(count: normalized.count)
      values = Buffer(count: normalized.count)
    }
  }

  private func effectOnAll(_ slope: Double, _ shift: Double, _ space: Workspace) -> Double {
    let count = hidden.count
    let linear = (slope - 1) * productMean + shift * slopeMean
    if potential == .identity {
      // Second moments are enough: A′(h̄) = h̄.
      let square = slope * slope * productMean + 2 * slope * shift * slopeMean + shift * shift
      return square / 2 - valueMean - linear
    }
    Double.fill(count: count, value: shift, into: space.normalized.pointer)
    Double.scaleAdd(
      count: count, alpha: slope, x: population.pointer, beta: 1, into: space.normalized.pointer)
    potential.evaluate(
      count, space.normalized.pointer, slopes: space.slopes.pointer, values: space.values.pointer)
    return Double.sum(count: count, x: space.values.pointer) / Double(count) - valueMean - linear
  }

  private func effectOnMembers(_ slope: Double, _ shift: Double, _ space: Workspace) -> Double {
    let count = space.members.count
    let normalized = space.normalized.pointer
    for index in 0..<count {
      normalized[index] = slope * population.pointer[space.members[index]] + shift
    }
    potential.evaluate(
      count, normalized, slopes: space.slopes.pointer, values: space.values.pointer)
    var sum = 0.0
    for index in 0..<count {
      let member = space.members[index]
      sum += space.values.pointer[index] - values.pointer[member]
      sum -= slopes.pointer[member] * (normalized[index] - population.pointer[member])
    }
    return sum / Double(count)
  }
}
