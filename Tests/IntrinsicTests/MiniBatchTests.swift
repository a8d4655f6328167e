import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct MiniBatchTests {
  private func samples(_ count: Int) -> Samples<Double> {
    Samples(
      inputs: Matrix(
        rows: 3, columns: count,
        elements: (0..<3 * count).map { Double($0 % count) + 100 * Double($0 / count) }),
      targets: .classes((0..<count).map { $0 % 4 }))
  }

  private let network = try! Network.layered([3, 4], activation: .tanh, output: .softmax)

  @Test(arguments: [(10, 3), (64, 16), (5, 9), (37, 20)])
  func `an epoch shows every sample once, with its target`(_ count: Int, _ size: Int) throws {
    let batches = MiniBatches(
      samples(count), for: network, size: size, stream: RandomStream(seed: 1))
    let workspace = Workspace<Double>(network, maximumBatchSize: size)
    var orders: [[Int]] = []
    for epoch in 1...3 {
      var seen: [Int] = []
      for _ in 0..<batches.batchesPerEpoch {
        batches.loadNext(into: workspace)
        let inputs = workspace.activities.matrix(network.inputRows)
        for x in 0..<workspace.batch {
          let sample = Int(inputs[0, x])
          #expect(inputs[1, x] == Double(sample) + 100 && inputs[2, x] == Double(sample) + 200)
          #expect(workspace.targetClasses[x] == Int32(sample % 4))
          seen.append(sample)
        }
      }
      #expect(seen.sorted() == Array(0..<count) && batches.epochs == epoch)
      orders.append(seen)
    }
    #expect(orders[0] != orders[1] && orders[1] != orders[2])
  }

  @Test func `a seed gives the same order again, and steps are those on the same samples`() throws {
    let data = samples(12)
    var order: [[Int]] = []
    let batches = MiniBatches(data, for: network, size: 5, stream: RandomStream(seed: 2))
    let workspace = Workspace<Double>(network, maximumBatchSize: 5)
    for _ in 0..<6 {
      batches.loadNext(into: workspace)
      order.append(workspace.activities.matrix(network.inputRows).row(0).map { Int($0) })
    }
    let start = Parameters<Double>(network)
    let descents = try (0..<2).map { _ in
      try Descent<Double>(
        .adam, network, from: start, stepSize: .constant(0.1), maximumBatchSize: 5,
        stream: RandomStream(seed: 1))
    }
    let again = MiniBatches(data, for: network, size: 5, stream: RandomStream(seed: 2))
    for list in order {
      #expect(try descents[0].step(on: again) == descents[1].step(on: data.subset(list)))
    }
    #expect(descents[0].parameters.elements == descents[1].parameters.elements)
  }

  @Test func `values are targets too`() throws {
    let network = try Network.layered([1, 2], activation: .tanh, output: .square)
    let data = Samples<Float>(
      inputs: Matrix([[1, 2, 3]]), targets: .values(Matrix([[10, 20, 30], [100, 200, 300]])))
    let batches = MiniBatches(data, for: network, size: 2, stream: RandomStream(seed: 3))
    let workspace = Workspace<Float>(network, maximumBatchSize: 2)
    for _ in 0..<4 {
      batches.loadNext(into: workspace)
      for x in 0..<workspace.batch {
        let value = workspace.activities.row(1)[x]
        #expect(workspace.targetValues[x] == 10 * value)
        #expect(workspace.targetValues[workspace.batch + x] == 100 * value)
      }
    }
  }

  @Test func `evaluation in parts is that of the whole`() throws {
    let data = samples(23)
    var stream = RandomStream(seed: 5)
    let parameters: Parameters<Double> = Initialization.normal(gain: 0.1)
      .parameters(network, using: &stream)
    let whole = Evaluation(
      of: parameters, on: data, with: Workspace<Double>(network, maximumBatchSize: 23))
    let parts = Evaluation(
      of: parameters, on: data, with: Workspace<Double>(network, maximumBatchSize: 4))
    #expect(abs(whole.loss - parts.loss) < 1e-12 && whole.error == parts.error)
    let workspace = Workspace<Double>(network, maximumBatchSize: 23)
    workspace.load(data)
    workspace.forward(parameters)
    let outputs = workspace.outputs
    let wrong = (0..<23).count { x in
      (0..<4).max { outputs[$0, x] < outputs[$1, x] } != x % 4
    }
    #expect(whole.error == Double(wrong) / 23)
    // With all outputs equal no class stands out.
    #expect(
      Evaluation(of: Parameters(network), on: data, with: workspace).error == 1)
  }
}
