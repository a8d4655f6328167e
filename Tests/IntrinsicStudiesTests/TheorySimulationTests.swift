import Foundation
import IntrinsicMath
import IntrinsicTheory
import Testing

@testable import IntrinsicStudies

struct TheorySimulationTests {
  private let start = OrderParameters(gamma: 0.6, overlap: 0.2, length: 1.3)

  static let methods: [LearningDynamics.Method] = [
    .batchNormalization(decay: 0.3), .weightNormalization, .gradientDescent,
  ]

  @Test(arguments: methods)
  func `a simulated student starts where it is told`(method: LearningDynamics.Method) throws {
    let dynamics = try LearningDynamics(method, .relu, rate: 0.4)
    let student = OnlineStudent(dynamics, from: start, inputs: 50, stream: RandomStream(seed: 1))
    let state = student.parameters
    #expect(abs(state.overlap - 0.2) < 1e-12 && abs(state.length - 1.3) < 1e-12)
    #expect(state.gamma == (method == .gradientDescent ? state.length : 0.6))
  }

  @Test(arguments: methods)
  func `simulations follow the equations, the closer the more inputs`(
    method: LearningDynamics.Method
  ) throws {
    let dynamics = try LearningDynamics(method, .relu, rate: 0.6)
    let curve = try dynamics.solution(from: start, until: 6)
    let times = [1.0, 3, 6]
    // Mean deviations over 40 runs are biases of order 1/N and noise of order 1/√(40 N).
    for (inputs, runs, bound) in [(100, 40, 0.05), (1000, 20, 0.015)] {
      let results = (0..<runs).map { run in
        var student = OnlineStudent(
          dynamics, from: start, inputs: inputs, stream: RandomStream(seed: 7).child("run", run))
        return student.learn(measuringAt: times)
      }
      for (index, time) in times.enumerated() {
        for path in [\OrderParameters.gamma, \.overlap, \.length] {
          let mean = results.map { $0[index][keyPath: path] }.mean
          let expected = curve(time)[keyPath: path]
          #expect(
            abs(mean - expected) < bound, "N = \(inputs), time \(time): \(mean), not \(expected)")
        }
      }
    }
  }

  @Test func `examples of a linear teacher have their distribution`() {
    let examples = LinearExamples<Double>(
      inputs: 200, count: 500, noise: 0.25, stream: RandomStream(seed: 4))
    let teacher = examples.teacher.elements
    #expect(abs(teacher.reduce(0) { $0 + $1 * $1 } - 200) < 1e-9)
    let x = examples.x.elements
    #expect(abs(x.reduce(0) { $0 + $1 * $1 } / 500 - 1) < 0.02)
    // Targets less ⟨w*, x⟩ are noise.
    let noise = (0..<500).map { example -> Double in
      examples.y[example]
        - (0..<200).reduce(0.0) { $0 + teacher[$1] * x[example * 200 + $1] }
    }
    #expect(abs(noise.standardDeviation - 0.5) < 0.07 && abs(noise.mean) < 0.1)
    #expect(examples.error(of: examples.teacher) == 0)
    #expect(abs(examples.error(of: examples.teacher, scale: 0) - 1) < 1e-12)
  }

  @Test(arguments: [30, 90])
  func `ridge regression leaves no gradient, in either space`(count: Int) throws {
    let inputs = 60
    let examples = LinearExamples<Double>(
      inputs: inputs, count: count, noise: 0.25, stream: RandomStream(seed: 4))
    let regression = RidgeRegression(examples)
    // Gradient descent from 0 on Σ (y − ⟨w, x⟩)² + z|w|², long enough for the digits compared.
    let (x, y) = (examples.x.elements, examples.y.elements)
    for ridge in [0.3, 0] {
      let weights = Buffer<Double>(count: inputs)
      for _ in 0..<30_000 {
        var gradient = (0..<inputs).map { -ridge * weights[$0] }
        for example in 0..<count {
          var residual = y[example]
          for index in 0..<inputs {
            residual -= weights.pointer[index] * x[example * inputs + index]
          }
          for index in 0..<inputs { gradient[index] += residual * x[example * inputs + index] }
        }
        for index in 0..<inputs { weights.pointer[index] += 0.15 * gradient[index] }
      }
      let expected = examples.error(of: weights)
      #expect(abs(try regression.error(ridge: ridge) - expected) < 1e-8 * expected, "z = \(ridge)")
    }
  }

  @Test func `solved problems have the closed forms' errors`() throws {
    for load in [0.5, 1, 2] {
      let teacher = try LinearTeacher(load: load, noise: 0.25)
      let problems = (0..<12).map { run in
        RidgeRegression(
          LinearExamples<Double>(
            inputs: 200, count: Int(200 * load), noise: 0.25,
            stream: RandomStream(seed: 9).child("run", run)))
      }
      for ridge in load == 1 ? [0.05, 0.25, 1] : [0, 0.05, 0.25, 1] {
        let errors = try problems.map { try $0.error(ridge: ridge) }
        let expected = try teacher.error(ridge: ridge)
        // Twelve estimates of the spread; and terms in 1/N.
        #expect(
          abs(errors.mean - expected) < 4.5 * errors.standardError + expected * 2 / 200,
          "α = \(load), z = \(ridge): \(errors.mean), not \(expected)")
      }
    }
  }

  @Test func `a step with batch normalization follows the gradient of the batch's loss`() {
    let (inputs, count) = (6, 8)
    let examples = LinearExamples<Float>(
      inputs: inputs, count: count, noise: 0.25, stream: RandomStream(seed: 2))
    var student = BatchNormalizedStudent(examples, batch: count, stream: RandomStream(seed: 3))
    student.epoch(rate: 0.3)  // γ leaves 1
    let (before, gamma) = (student.weights.elements.map(Double.init), student.gamma)
    let rate = 1e-3
    student.epoch(rate: rate)
    func loss(_ weights: [Double], _ gamma: Double) -> Double {
      let hidden = (0..<count).map { example in
        (0..<inputs).reduce(0.0) { $0 + weights[$1] * Double(examples.row(example)[$1]) }
      }
      let deviation = (hidden.map { ($0 - hidden.mean) * ($0 - hidden.mean) }.mean).squareRoot()
      return (0..<count).reduce(0.0) { sum, example in
        let output = gamma * (hidden[example] - hidden.mean) / deviation
        return sum + (Double(examples.y[example]) - output) * (Double(examples.y[example]) - output)
      }
    }
    let h = 1e-5
    for index in 0..<inputs {
      var (above, below) = (before, before)
      above[index] += h
      below[index] -= h
      let half = (loss(above, gamma) - loss(below, gamma)) / (4 * h)
      let step = Double(student.weights[index]) - before[index]
      // Steps of 1e-3 in weights of about 1 have lost four of seven digits.
      #expect(abs(step + rate * half) < 1e-6 + 2e-3 * abs(rate * half), "\(step), \(half)")
    }
    let half = (loss(before, gamma + h) - loss(before, gamma - h)) / (4 * h)
    let step = -rate / Double(inputs) * half
    #expect(abs(student.gamma - gamma - step) < 1e-3 * abs(step) + 1e-9)
  }

  @Test(arguments: [0.5, 2])
  func `batch normalization converges to the pseudo-inverse solution, shrunk`(load: Double) throws {
    let inputs = 400
    let stream = RandomStream(seed: 6).child("load \(load)")
    let count = Int(load * Double(inputs))
    let examples = LinearExamples<Float>(
      inputs: inputs, count: count, noise: 0.25, stream: stream)
    var student = BatchNormalizedStudent(examples, batch: 16, stream: stream.child("order"))
    for epoch in 0..<400 {
      student.epoch(rate: 0.5 * min(1, 2 * (1 - Double(epoch) / 400)))
    }
    let measure = student.measure(epoch: 400)
    // The same examples' pseudo-inverse solution.
    let regression = RidgeRegression(
      LinearExamples<Double>(inputs: inputs, count: count, noise: 0.25, stream: stream))
    let plain = try regression.error(ridge: 0)
    let teacher = try LinearTeacher(load: load, noise: 0.25)
    let ratio =
      try teacher.convergedBatchNormalizationError(batch: 16) / teacher.gradientDescentError
    #expect(abs(measure.error / plain - ratio) < 0.06, "\(measure.error / plain), not \(ratio)")
    // Weight normalization with ζ = 1/(2M) would be another 10 % and more below for α = 2.
    let decayed = try regression.error(ridge: load / 32)
    if load > 1 { #expect(measure.error > 1.05 * decayed) }
    if load < 1 { #expect(measure.trainingLoss < 0.01) }
    // Single precision solves as well.
    let single = try RidgeRegression(examples).error(ridge: 0, scale: 0.9)
    #expect(abs(single / (try regression.error(ridge: 0, scale: 0.9)) - 1) < 1e-4)
  }

  @Test(arguments: UnitPotential.allCases.map(\.rawValue))
  func `effects of batch noise are means over all batches`(name: String) throws {
    let unit = try HiddenUnit(
      #require(.init(rawValue: name)), .exponential, inputs: 1, examples: 5, gamma: 0.8, beta: 0.3,
      stream: RandomStream(seed: 8))
    func slope(_ x: Double) -> Double { name == "relu" ? log1p(exp(x)) : x }
    // A(ĥ) − A(h̄) − A′(h̄)(ĥ − h̄) = ∫ (A′(s) − A′(h̄)) ds, by Simpson's rule.
    func effect(_ bar: Double, _ hat: Double) -> Double {
      let step = (hat - bar) / 40
      return (0...40).reduce(0.0) { sum, index in
        let weight = index == 0 || index == 40 ? 1.0 : index % 2 == 1 ? 4 : 2
        return sum + weight * (slope(bar + Double(index) * step) - slope(bar))
      } * step / 3
    }
    let population = unit.hidden.map {
      0.8 * ($0 - unit.moments.mean) / unit.moments.standardDeviation + 0.3
    }
    // All 5⁶ ordered batches of 6, but for those of equal examples, which have no deviation.
    var (others, own, scale, batches) = (0.0, 0.0, 0.0, 0.0)
    for code in 0..<15_625 {
      var (members, rest) = ([Int](), code)
      for _ in 0..<6 {
        members.append(rest % 5)
        rest /= 5
      }
      if Set(members).count == 1 { continue }
      let h = members.map { unit.hidden[$0] }
      let deviation = (h.map { ($0 - h.mean) * ($0 - h.mean) }.mean).squareRoot()
      let effects = (0..<5).map { index -> Double in
        let (bar, hat) = (
          population[index], 0.8 * (unit.hidden[index] - h.mean) / deviation + 0.3
        )
        return effect(bar, hat)
      }
      others += effects.mean
      own += members.map { effects[$0] }.mean
      scale += deviation / unit.moments.standardDeviation
      batches += 1
    }
    // Batches of equal examples are one in 3125; their effects are infinite, or but for
    // rounding. Where one is drawn in a
    // group, the group is left out.
    let effects = unit.measure(batch: 6, groups: 2000, draws: 100, stream: RandomStream(seed: 1))
    for (what, values, expected) in [
      ("others", effects.others, others / batches), ("members", effects.members, own / batches),
    ] {
      let finite = values.filter { $0 < 1e6 }
      #expect(finite.count > 1500)
      #expect(
        abs(finite.mean - expected) < 4.5 * finite.standardError,
        "\(what): \(finite.mean) ± \(finite.standardError), not \(expected)")
    }
    // Their deviations are 0 and count.
    let expected = scale / 15_625
    #expect(abs(effects.scale.mean - expected) < 4.5 * effects.scale.standardError)
  }
}
