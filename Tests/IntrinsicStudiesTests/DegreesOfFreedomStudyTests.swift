import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

@Suite struct DegreesOfFreedomStudyTests {
  private static func options(seed: UInt64) -> DegreesOfFreedomStudy.Options {
    var options = DegreesOfFreedomStudy.Options(seed: seed, threads: 2)
    (options.sizes, options.samples, options.smallSizes) = ([20, 12, 12, 5], 400, [8, 8, 8, 3])
    (options.widths, options.graphs, options.draws) = ([2, 4, 12], 6, 4)
    return options
  }

  @Test func `claims are met, and what is measured hangs together`() throws {
    let result = try #require(try DegreesOfFreedomStudy(Self.options(seed: 5)).run())
    for claim in result.claims.list where !claim.isMet { Issue.record("\(claim)") }
    // That of the tests of the library: 473 parameters, 24 hidden units.
    #expect(result.example.parameters == 473 && result.example.pathRank == 449)
    #expect(result.example.function.rank == 449 && result.example.nullity == 24)
    #expect(result.divergence.rank == 449 - 13)
    // From inputs and the constant of each layer on.
    #expect(result.example.paths == Double(21 * 12 * 12 * 5 + 12 * 5 + 5))
    for part in result.widths(2) { #expect(part.enumerated == 6 && part.parameters == 10) }
    #expect(result.leastGap > 1e6 && result.notes.isEmpty)
    #expect(result.graphs.count == 6 * RandomGraph.Kind.allCases.count)
    for graph in result.graphs {
      #expect(graph.agrees && graph.pathRankWithZeros <= graph.pathRank, "\(graph)")
    }
    let (sizes, bound) = (result.options.smallSizes, result.small.pathRank)
    #expect(bound == 9 * 8 + 9 * 8 + 9 * 3 - 16 && sizes == [8, 8, 8, 3])
    for draw in 0..<4 {
      // The inputs of a draw begin alike: its rank never falls.
      let ranks = result.inputCounts.map { count in
        result.growth(count).first { $0.draw == draw }!.function.rank
      }
      #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 <= $1 }, "\(ranks)")
      #expect(zip(ranks, result.inputCounts).allSatisfy { $0 <= result.bound($1) })
    }
    for part in result.growth {
      #expect(part.divergence.rank <= result.divergenceBound(part.samples))
    }
    for part in result.degenerate {
      #expect(part.function.rank <= part.pathRank && part.pathRank <= bound, "\(part)")
    }
    #expect(Set(result.spans.map(\.spansPaths)) == [true, false])
    for part in result.degenerate where part.fraction == 0 {
      let whole = result.growth(result.inputCounts.last!).first { $0.draw == part.draw }!
      #expect(part.function.rank == whole.function.rank)
    }
  }

  @Test func `a seed gives the same results on any number of threads, another one others`() throws {
    var options = Self.options(seed: 6)
    (options.sizes, options.samples, options.draws) = ([4, 3, 2], 20, 2)
    (options.graphs, options.widths) = (3, [2, 3])
    let first = try #require(try DegreesOfFreedomStudy(options).run())
    options.threads = 1
    let again = try #require(try DegreesOfFreedomStudy(options).run())
    #expect(first.records.csv() == again.records.csv())
    options.seed = 7
    let other = try #require(try DegreesOfFreedomStudy(options).run())
    #expect(first.records.csv() != other.records.csv())
  }

  @Test func `a study that is stopped has no result, and options are checked`() throws {
    let study = try DegreesOfFreedomStudy(Self.options(seed: 1))
    #expect(try study.run(shouldStop: { true }) == nil)
    let wrong: [WritableKeyPath<DegreesOfFreedomStudy.Options, [Int]>: [Int]] = [
      \.sizes: [4, 2], \.smallSizes: [300, 100, 10], \.widths: [],
    ]
    for (path, value) in wrong {
      var options = Self.options(seed: 1)
      options[keyPath: path] = value
      #expect(throws: OptionError.self) { try DegreesOfFreedomStudy(options) }
    }
    // Each is possible, a Jacobian of 200,000 × 3,796 is not.
    var large = Self.options(seed: 1)
    (large.sizes, large.samples) = ([64, 32, 32, 20], 10_000)
    #expect(throws: OptionError.self) { try DegreesOfFreedomStudy(large) }
    for path in [\DegreesOfFreedomStudy.Options.graphs, \.draws, \.samples, \.threads] {
      var options = Self.options(seed: 1)
      options[keyPath: path] = 0
      #expect(throws: OptionError.self) { try DegreesOfFreedomStudy(options) }
    }
  }

  @Test(arguments: Degeneracy.allCases)
  func `weights and units are made degenerate as said`(_ degeneracy: Degeneracy) throws {
    var stream = RandomStream(seed: 8)
    let model = try DegreesOfFreedomStudy.model([5, 6, 4, 3], using: &stream)
    let inputs = DegreesOfFreedomStudy.inputs(5, 200, using: &stream)
    let untouched = degeneracy.applied(to: model, fraction: 0, on: inputs, using: &stream)
    #expect(untouched.parameters.elements == model.parameters.elements)
    let changed = degeneracy.applied(to: model, fraction: 0.3, on: inputs, using: &stream)
    let network = model.network
    let workspace = Workspace<Double>(network, maximumBatchSize: 200)
    workspace.load(inputs: inputs)
    workspace.forward(changed.parameters)
    let activities = (0..<2).flatMap { layer in
      network.layers[layer].rows.map { row in
        (0..<200).map { workspace.activities.row(row)[$0] }
      }
    }
    switch degeneracy {
    case .zeroWeights:
      // 30 + 24 + 12 weights.
      #expect(changed.parameters.elements.count { $0 == 0 } == 20)
    case .deadUnits:
      #expect(activities.count { $0.allSatisfy { $0 == 0 } } == 3)
    case .alwaysActive:
      #expect(activities.count { $0.allSatisfy { $0 >= 1 - 1e-9 } } == 3)
    case .duplicates:
      #expect(Set(activities).count == 10 - 3)
    }
  }
}
