import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

@Suite struct PropertyStudyTests {
  @Test func `every property holds, and fails where it should`() throws {
    var options = PropertiesStudy.Options(seed: 3)
    options.networks = 12
    let result = try #require(try PropertiesStudy(options).run())
    #expect(result.rows.count > 20)
    for row in result.rows { #expect(row.deviations.count >= 10, "\(row.statement)") }
    for claim in result.claims.list where !claim.isMet { Issue.record("\(claim)") }
  }

  @Test func `least squares agree with a known fit`() {
    // The line through (0, 1), (1, 3), (2, 5), (3, 7.4) by hand: slope 2.12, intercept 0.92.
    let x = leastSquares([[1, 0], [1, 1], [1, 2], [1, 3]], [1, 3, 5, 7.4])
    #expect(abs(x[0] - 0.92) < 1e-12 && abs(x[1] - 2.12) < 1e-12)
  }

  @Test func `backpropagation prefers ones, invariant methods do not`() throws {
    let result = try #require(try OnesStudy(OnesStudy.Options(seed: 1)).run())
    for claim in result.claims.list where !claim.isMet { Issue.record("\(claim)") }
    for curve in result.curves {
      #expect(curve.bits.count == 101 && abs(curve.bits[0] - 50) < 1e-9)
      #expect(curve.bits.last! < 25, "\(curve.method)")
    }
  }

  @Test func `inverted ones are zeros`() throws {
    var options = OnesStudy.Options(seed: 1)
    (options.length, options.ones, options.steps) = (8, 4, 5)
    // With as many ones as zeros both tasks are the same.
    let result = try #require(try OnesStudy(options).run())
    for method in OnesStudy.MethodName.allCases { #expect(result.deviation(method) < 1e-9) }
    options.ones = 9
    #expect(throws: OptionError.self) { try OnesStudy(options) }
  }

  @Test func `pixels in other units train the same with invariant damping`() throws {
    // Two classifiers with errors of 20 % differ on 3,000 samples by 1 %, one standard deviation.
    let digits = Digits.synthetic(train: 1_500, test: 3_000, using: RandomStream(seed: 2))
    var options = ScalingStudy.Options(seed: 1, threads: 1)
    (options.hidden, options.epochs, options.runs, options.batch) = ([30], 12, 1, 50)
    (options.orders, options.methods) = ([0, 3], [.gradientDescent, .invariant])
    let result = try #require(try ScalingStudy(options, on: digits).run())
    func error(_ method: ScalingStudy.MethodName, _ orders: Double) -> Double {
      result.testErrors(method, .corresponding, orders: orders)[0]
    }
    #expect(error(.invariant, 0) < 30)
    #expect(abs(error(.invariant, 3) - error(.invariant, 0)) < 5)
    #expect(error(.gradientDescent, 3) > error(.gradientDescent, 0) + 5)
    #expect(result.claims.list.count == 2 && result.notes.contains { $0.contains("synthetic") })
  }

  @Test func `recoded pixels and weights compute the same function`() throws {
    let digits = Digits.synthetic(train: 20, test: 5, using: RandomStream(seed: 2))
    let network = try Network.layered([784, 6, 10], activation: .relu, output: .softmax)
    var stream = RandomStream(seed: 4)
    let plain: Parameters<Float> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    let pixels = PixelRecoding(count: 784, orders: 2, using: stream)
    let workspace = Workspace<Float>(network, maximumBatchSize: 20)
    let before = Evaluation(of: plain, on: digits.train, with: workspace)
    let after = Evaluation(
      of: try pixels.applied(to: plain, of: network),
      on: pixels.applied(to: digits.train, first: 20), with: workspace)
    // Float sums of 784 terms up to 10² times larger.
    #expect(abs(before.loss - after.loss) < 1e-3)
    #expect(digits.train.inputs != pixels.applied(to: digits.train, first: 20).inputs)
  }

  @Test func `synthetic digits are pixels of every class, and those of a seed are the same`() {
    let digits = Digits.synthetic(train: 300, test: 10, using: RandomStream(seed: 8))
    let again = Digits.synthetic(train: 300, test: 10, using: RandomStream(seed: 8))
    #expect(digits.train.inputs == again.train.inputs)
    #expect(digits.train.inputs.elements.allSatisfy { (0...1).contains($0) })
    guard case .classes(let classes) = digits.train.targets else {
      Issue.record("targets are no classes")
      return
    }
    #expect(Set(classes).count == 10)
    let ink = (0..<300).map { x in (0..<784).reduce(0) { $0 + digits.train.inputs[$1, x] } }
    #expect(ink.allSatisfy { (20...300).contains($0) }, "\(ink.min()!) to \(ink.max()!)")
  }

  @Test func `MNIST is asked for by name only, and named if it is not whole`() throws {
    #expect(
      try Digits.load(option: nil, using: RandomStream(seed: 1), environment: [:]).name
        == "synthetic digits")
    #expect { try Digits.load(option: "/nowhere", using: RandomStream(seed: 1)) } throws: {
      "\($0)".contains("/nowhere")
    }
  }
}
