import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct AutoencoderProblemTests {
  private func problem(
    _ wiring: AutoencoderStudy.Wiring = .distinct, seed: UInt64 = 1, run: Int = 0
  ) throws -> AutoencoderProblem {
    try AutoencoderProblem(
      wiring: wiring, sampleCount: 16, stream: RandomStream(seed: seed).child("run", run))
  }

  /// The rows that each unit of a layer reads, without the constant one.
  private func sources(_ network: Network, layer: Int) -> [[Int]] {
    let layer = network.layers[layer]
    return (0..<layer.rows.count).map { unit in
      let rows = layer.connection.incomingRows(of: unit)
      return layer.hasBias ? Array(rows.dropFirst()) : rows
    }
  }

  /// For each unit below a layer, how many units of the layer read it.
  private func readerCounts(_ network: Network, layer: Int) -> [Int] {
    let rows = layer == 0 ? network.inputRows : network.layers[layer - 1].rows
    let read = sources(network, layer: layer).flatMap { $0 }
    return rows.map { row in read.count { $0 == row } }
  }

  @Test(arguments: AutoencoderStudy.ActivationName.allCases)
  func `below the middle every unit has five readers, above it every unit reads five`(
    activation: AutoencoderStudy.ActivationName
  ) throws {
    let network = try problem()[activation].network
    #expect(network.inputCount == 100)
    #expect(network.layers.map(\.rows.count) == [30, 10, 30, 100])
    #expect(readerCounts(network, layer: 0) == Array(repeating: 5, count: 100))
    #expect(readerCounts(network, layer: 1) == Array(repeating: 5, count: 30))
    for layer in 2...3 {
      for rows in sources(network, layer: layer) {
        #expect(rows.count == 5 && Set(rows).count == 5)
        #expect(Set(rows).isSubset(of: Set(network.layers[layer - 1].rows)))
      }
    }
  }

  @Test func `with replacement some units have fewer than five partners, none has more`() throws {
    let network = try problem(.replacement).tanh.network
    var counts = readerCounts(network, layer: 0) + readerCounts(network, layer: 1)
    for layer in 2...3 {
      for rows in sources(network, layer: layer) {
        #expect(Set(rows).count == rows.count)
        counts.append(rows.count)
      }
    }
    #expect(counts.allSatisfy { (1...5).contains($0) })
    // Five draws from 30 differ with probability 0.70, from 10 with 0.30: 260 units never all do.
    #expect(counts.contains { $0 < 5 } && counts.contains(5))
  }

  @Test(arguments: AutoencoderStudy.Wiring.allCases)
  func `the sigmoid and the tanh side are wired alike and compute the same function`(
    wiring: AutoencoderStudy.Wiring
  ) throws {
    let problem = try problem(wiring)
    for layer in 0..<4 {
      #expect(
        sources(problem.sigmoid.network, layer: layer)
          == sources(problem.tanh.network, layer: layer))
    }
    let outputs = AutoencoderStudy.ActivationName.allCases.map { name in
      let side = problem[name]
      let workspace = Workspace<Double>(side.network, maximumBatchSize: 16)
      workspace.load(side.samples)
      workspace.forward(side.start)
      return workspace.probabilities
    }
    #expect(outputs[0].rows == 100 && outputs[0].columns == 16)
    let difference = zip(outputs[0].elements, outputs[1].elements).map { abs($0 - $1) }.max()!
    // Sums of at most some 30 terms of order 1 in four layers: a few hundred rounding errors.
    #expect(difference <= 1e-12)
    #expect(Set(outputs[0].elements).count > 1000)
  }

  @Test func `inputs are the strings to be reproduced, in each side's alphabet`() throws {
    let problem = try problem()
    guard case .values(let targets) = problem.sigmoid.samples.targets,
      case .values(let others) = problem.tanh.samples.targets
    else {
      Issue.record("targets are not values")
      return
    }
    #expect(Set(targets.elements) == [0, 1])
    #expect(targets == others && problem.sigmoid.samples.inputs == targets)
    #expect(problem.tanh.samples.inputs == targets.map { 2 * $0 - 1 })
  }

  @Test func `a seed and a run determine an instance`() throws {
    let first = try problem()
    let again = try problem()
    #expect(first.tanh.start.elements == again.tanh.start.elements)
    #expect(first.sigmoid.start.elements == again.sigmoid.start.elements)
    #expect(first.tanh.samples.inputs == again.tanh.samples.inputs)
    #expect(sources(first.tanh.network, layer: 0) == sources(again.tanh.network, layer: 0))
    for other in [try problem(run: 1), try problem(seed: 2)] {
      #expect(first.tanh.start.elements != other.tanh.start.elements)
      #expect(first.tanh.samples.inputs != other.tanh.samples.inputs)
      for layer in 0..<4 {
        #expect(
          sources(first.tanh.network, layer: layer) != sources(other.tanh.network, layer: layer))
      }
    }
  }
}
