import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

@Suite struct InvarianceStudyTests {
  private func run(
    _ network: InvarianceStudy.NetworkName, damping: Double = 0, seed: UInt64 = 1
  ) throws -> InvarianceResult {
    var options = InvarianceStudy.Options(seed: seed)
    (options.network, options.damping, options.steps) = (network, damping, 3)
    return try InvarianceStudy(options).run()
  }

  @Test(arguments: InvarianceStudy.NetworkName.allCases, [0, 0.01])
  func `measurement agrees with what is declared`(
    _ network: InvarianceStudy.NetworkName, _ damping: Double
  ) throws {
    for seed in UInt64(1)...4 {
      let result = try run(network, damping: damping, seed: seed)
      #expect(
        result.cells.count == InvarianceStudy.MethodName.allCases.count
          * result.transformations.count)
      for cell in result.contradictions { Issue.record("seed \(seed): \(cell)") }
      // Levenberg–Marquardt has a damping of its own, which keeps invariance.
      let count = result.cells.count {
        $0.verdict == .invariant && !$0.method.rawValue.hasPrefix("levenberg-marquardt")
      }
      // Permutations alone with damping, where they apply.
      let existing = InvarianceStudy.MethodName.allCases.filter {
        // Groups have no path measures.
        network != .groups || !$0.rawValue.contains("ddp") && $0 != .pathSGD
      }
      let methods = result.transformations.contains(.permutation) ? existing.count - 3 : 0
      // Normalized and convolutional networks allow one or two kinds only.
      let least = methods + (result.transformations.count > 2 ? 10 : 5)
      #expect(damping == 0 ? count > least : count == methods, "\(network), seed \(seed): \(count)")
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func
    `a change that is not linear shows in the first order, with geodesic acceleration in the second`(
      _ seed: UInt64
    ) throws
  {
    var options = InvarianceStudy.Options(seed: seed)
    options.methods = ReparametrizationOrder.methods
    (options.transformations, options.steps) = ([.permutation], 0)
    let orders = try InvarianceStudy(options).run().orders.map(\.order)
    #expect(orders.count == 3)
    for (order, expected) in zip(orders, [0, 1, 2]) {
      #expect(abs(order - Double(expected)) < 0.2, "\(orders)")
    }
  }

  @Test func `transformations that do not apply are left out with a reason`() throws {
    let result = try run(.sparse)
    #expect(!result.transformations.contains(.recombination))
    #expect(result.left.contains { $0.hasPrefix("recombination") && $0.contains("unit 0") })
    #expect(result.left.contains { $0.hasPrefix("rescaling") && $0.contains("tanh") })
    var options = InvarianceStudy.Options(seed: 1)
    options.transformations = [.rescaling]
    #expect(throws: OptionError.self) { try InvarianceStudy(options).run() }
  }

  @Test func `what additive damping breaks grows with it, and the other kinds break nothing`()
    throws
  {
    let curves = try run(.tanh).curve
    #expect(curves.count == 7)
    for curve in curves {
      #expect(curve.damping.first! == 1e-8 && curve.damping.last! == 1)
      if curve.kind == .additive {
        #expect(curve.deviation.first! < 1e-3, "\(curve)")
        #expect(curve.deviation.last! > 1e-2, "\(curve)")
      } else {
        #expect(curve.deviation.allSatisfy { $0 < 1e-9 }, "\(curve)")
      }
    }
  }

  @Test(arguments: [InvarianceStudy.DampingKind.output, .modulusFloor, .kurtosis])
  func `dampings that keep invariance keep it, with moving averages too`(
    _ kind: InvarianceStudy.DampingKind
  ) throws {
    for network in [InvarianceStudy.NetworkName.tanh, .sparse] {
      var options = InvarianceStudy.Options(seed: 3)
      (options.network, options.damping, options.dampingKind) = (network, 0.1, kind)
      (options.averagingRate, options.steps) = (0.2, 40)
      options.methods = [.quasiDiagonalBackpropagated, .quasiDiagonalNatural]
      let result = try InvarianceStudy(options).run()
      #expect(result.contradictions.isEmpty)
      let kept = result.cells.filter { $0.verdict == .invariant }
      #expect(kept.count >= 10, "\(network) \(kind)")
      for cell in kept {
        #expect(
          cell.verification.trajectoryDeviation! < 1e-8, "\(network), \(cell.transformation)")
      }
    }
  }

  @Test func `a model and samples of one's own take the place of the built-in ones`() throws {
    let stream = RandomStream(seed: 5)
    let subject = try InvarianceStudy.NetworkName.relu.subject(64, using: stream)
    var options = InvarianceStudy.Options(seed: 5)
    (options.methods, options.steps) = ([.quasiDiagonalBackpropagated], 2)
    let result = try InvarianceStudy(options, on: subject).run()
    #expect(result.transformations.contains(.rescaling) && result.contradictions.isEmpty)
  }

  @Test func `results are written, and read back`() throws {
    try withTemporaryDirectory { url in
      let result = try run(.relu)
      let directory = try RunDirectory(at: url)
      try result.write(to: directory)
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      let read = try decoder.decode(
        InvarianceResult.self, from: Data(contentsOf: directory.url("verify.json")))
      #expect(read.cells.map(\.verdict) == result.cells.map(\.verdict))
      #expect(try contents(of: directory.url("verify.txt")).hasPrefix(result.tables[0].rendered()))
      let lines = try contents(of: directory.url("verify.csv")).split(separator: "\n")
      #expect(lines.count == 1 + result.cells.count)
      #expect(try contents(of: directory.url("damping.csv")).contains("unitwise-natural"))
    }
  }

  @Test func `options that make no sense are refused by name`() {
    let wrong: [(String, (inout InvarianceStudy.Options) -> Void)] = [
      ("--damping -1.0", { $0.damping = -1 }), ("--steps -1", { $0.steps = -1 }),
      ("--samples 0", { $0.samples = 0 }), ("--methods", { $0.methods = [] }),
      ("--transformations", { $0.transformations = [] }),
    ]
    for (start, change) in wrong {
      var options = InvarianceStudy.Options(seed: 1)
      change(&options)
      do {
        _ = try InvarianceStudy(options)
        Issue.record("\(start) is accepted")
      } catch {
        #expect("\(error)".hasPrefix(start), "\(error)")
      }
    }
  }
}
