import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicAnalysis

@Suite struct InspectionTests {
  /// Two ReLU units, one of which never reacts, and one linear output.
  private var model: Model {
    get throws {
      let network = try Network.layered([2, 2, 1], activation: .relu, output: .square)
      return Model(
        network: network, parameters: Parameters([0, 3, 4, -9, 1, 0, 0.5, 2, -2]))
    }
  }

  private let samples = Samples<Double>(
    inputs: Matrix([[1, 2, 0, 1], [0, 1, 1, 2]]), targets: .values(Matrix([[1, 1, 1, 1]])))

  @Test func `norms are those of the weights`() throws {
    let inspection = Inspection(try model)
    #expect(inspection.parameters == 9 && inspection.evaluation == nil)
    let first = inspection.layers[0]
    #expect(first.incomingNorm == .init([5, 1]) && first.bias == .init([0, 9]))
    #expect(first.outgoingNorm == .init([2, 2]) && first.activity == nil)
    #expect(inspection.layers[1].incomingNorm.median == 8.0.squareRoot())
    #expect(inspection.layers[1].outgoingNorm == nil)
  }

  @Test func `activities, moduli and dead units are those of the samples`() throws {
    let inspection = Inspection(try model, on: samples)
    let first = try #require(inspection.layers[0].activity)
    // The first unit is active with 3, 10, 4, 11, the second never.
    #expect(first.mean == .init([7, 0]) && first.dead == 1 && first.saturated == nil)
    #expect(first.variance.largest == (16 + 9 + 9 + 16) / 4.0)
    // m = w² = 4 where the unit reacts.
    #expect(first.modulus == .init([4, 0]))
    #expect(first.condition?.largest == .infinity)
    let last = try #require(inspection.layers[1].activity)
    #expect(last.modulus == .init([1]) && last.mean.median == 14.5)
    let differences: [Double] = [5.5, 19.5, 7.5, 21.5]
    let loss = differences.map { $0 * $0 / 2 }.reduce(0, +) / 4
    #expect(abs(inspection.evaluation!.loss - loss) < 1e-12)
  }

  @Test func `signals along paths are summed by hand`() throws {
    let inspection = Inspection(try model, on: samples)
    let paths = try #require(inspection.paths)
    func roots(_ squares: [Double]) -> Inspection.Spread {
      .init(squares.map { $0.squareRoot() })
    }
    #expect(paths.map(\.measure) == [.pathNorm, .covariance, .secondMoment])
    // Biases are weights from a constant: 0 + 9 + 16 and 81 + 1 + 0, then ¼ + 4·25 + 4·82.
    #expect(paths[0].layers[0] == roots([25, 82]))
    #expect(paths[0].total == 428.25 && paths[0].layers[1] == roots([428.25]))
    // Pre-activations 3, 10, 4, 11 and −8, −7, −9, −8; the output is ½ + 2·3, …
    #expect(paths[1].layers[0] == roots([12.5, 0.5]))
    #expect(abs(paths[1].total - 50) < 1e-12 && abs(paths[2].total - 260.25) < 1e-12)
    #expect(Inspection(try model).paths == [paths[0]])
  }

  @Test func `degrees of freedom are counted, on samples if there are any`() throws {
    let freedom = try #require(Inspection(try model).freedom)
    // 2·2 from the inputs, 2 from the first biases, 1 from the last; 9 parameters, 2 hidden units.
    #expect(freedom.paths == 7 && freedom.usefulEdges == 9 && freedom.internalUnits == 2)
    #expect(freedom.pathRank == 7 && freedom.samples == nil && freedom.function == nil)
    let measured = try #require(Inspection(try model, on: samples).freedom)
    // The unit that is always active adds to the output bias: inputs, constant, and a dead unit.
    #expect(measured.samples == 4 && measured.function?.rank == 3 && measured.pathRank == 7)
    let many = Samples<Double>(
      inputs: Matrix(rows: 2, columns: 500), targets: .values(Matrix(rows: 1, columns: 500)))
    #expect(Inspection(try model, on: many).freedom?.samples == 36)
  }

  @Test func `normalized and large networks leave out what they do not have`() throws {
    let normalized = try Network.layered(
      [2, 2, 1], activation: .relu, output: .square, normalization: .batch)
    var stream = RandomStream(seed: 3)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(normalized, using: &stream)
    let inspection = Inspection(Model(network: normalized, parameters: parameters), on: samples)
    #expect(inspection.paths == nil && inspection.freedom == nil)
    let large = try Network.layered([2, 900, 1], activation: .relu, output: .square)
    let other = Inspection(Model(network: large, parameters: Parameters(large)), on: samples)
    #expect(large.parameterCount > Inspection.Limits().jacobian)
    #expect(other.freedom?.function == nil && other.freedom?.genericPathRank == 3601 - 900)
    // Of weights that are all 0 only the bias of the output matters.
    #expect(other.freedom?.pathRank == 1)
    // Numbers that no matrix has: no rank, and no error.
    var broken = try model.parameters
    broken[1] = .nan
    let third = Inspection(Model(network: try model.network, parameters: broken), on: samples)
    #expect(third.freedom?.function == nil && third.freedom?.pathRank == 7)
  }

  @Test func `what would take too long or too much memory is left out`() throws {
    var limits = Inspection.Limits()
    limits.activities = 3 * (try model.network.rowCount) + 1
    let few = Inspection(try model, on: samples, limits: limits)
    let first = Inspection(try model, on: samples.subset(0..<3))
    #expect(few.samples == 3 && few.givenSamples == 4 && first.givenSamples == 3)
    #expect(few.evaluation == first.evaluation && few.paths == first.paths)
    #expect(few.freedom == first.freedom && few.layers[0].activity?.mean.largest == 17.0 / 3)
    limits = .init()
    limits.jacobian = 8
    #expect(Inspection(try model, on: samples, limits: limits).freedom?.function == nil)
  }

  @Test func `condition numbers are computed as far as their cost allows`() throws {
    func conditions(_ change: (inout Inspection.Limits) -> Void) throws -> [Inspection.Spread?] {
      var limits = Inspection.Limits()
      change(&limits)
      return Inspection(try model, on: samples, limits: limits).layers.map {
        $0.activity?.condition
      }
    }
    // A matrix of 3 × 3 for the unit that reacts takes 9·(4 + 27); the others are singular at once.
    let all = try conditions { $0.operations = 9 * 31 }
    let unlimited = try conditions { _ in }
    #expect(all[0] != nil && all == unlimited)
    let none = try conditions { $0.operations = 9 * 31 - 1 }
    #expect(none[0] == nil && none[1]?.least == .infinity)
    let small = try conditions { $0.matrix = 2 }
    #expect(small[0] == nil)
  }

  @Test func `conditions are those of correlation matrices`() throws {
    // Two inputs with correlation ½ without bias: eigenvalues 1.5 and 0.5.
    let network = try Network.layered([2, 1], activation: .identity, output: .square, bias: false)
    let h = 0.75.squareRoot()
    let inspection = Inspection(
      Model(network: network, parameters: Parameters([1, 1])),
      on: Samples(
        inputs: Matrix([[5, 0], [0.5 * 7, 7 * h]]).transposed.transposed,
        targets: .values(Matrix([[0, 0]]))))
    // Rows: (5, 0) and 7·(½, √¾): their angle has cosine ½.
    #expect(abs(inspection.layers[0].activity!.condition!.median - 3) < 1e-12)
  }

  @Test func `saturated units are counted`() throws {
    let network = try Network.layered([1, 2, 1], activation: .tanh, output: .square)
    let inspection = Inspection(
      Model(network: network, parameters: Parameters([9, 0, 0, 1, 0, 1, 1])),
      on: Samples(inputs: Matrix([[0.1, 0.2, -5]]), targets: .values(Matrix([[0, 0, 0]]))))
    #expect(inspection.layers[0].activity?.saturated == 1)
    #expect(inspection.layers[0].activity?.dead == 0)
  }

  @Test(arguments: [
    Metric.naturalGradient, .empiricalFisher, .unitwiseNaturalGradient, .backpropagatedMetric,
    .quasiDiagonalBackpropagatedMetric, .diagonalNaturalGradient,
  ])
  func `arrays hold the entries of the estimator`(_ metric: Metric) throws {
    for name in ["dense", "ragged"] {
      var builder = NetworkBuilder(inputs: 3)
      if name == "dense" {
        builder.dense(4, .tanh)
      } else {
        builder.sparse(incoming: [[0], [0, 1, 2], [1, 2]], .tanh)
      }
      builder.dense(2, .identity)
      let network = try builder.build(output: .softmax)
      var stream = RandomStream(seed: 3)
      let model = Model(
        network: network,
        parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
      var inputs = Matrix<Double>(rows: 3, columns: 5)
      for index in inputs.elements.indices { inputs.elements[index] = stream.normal() }
      let samples = Samples(inputs: inputs, targets: .classes([0, 1, 1, 0, 1]))
      let arrays = try MetricArrays(metric, of: model, on: samples, stream: stream).arrays
      let estimator = try MetricEstimator<Double>(
        metric, damping: .none, network, maximumBatchSize: 5, stream: stream)
      let workspace = Workspace<Double>(network, maximumBatchSize: 5)
      workspace.load(samples)
      var gradient = Gradient<Double>(network)
      workspace.lossAndGradient(model.parameters, into: &gradient)
      estimator.estimate(at: workspace, model.parameters)
      guard case .reduced(_, let reduction) = metric else {
        #expect(arrays.map(\.name) == ["metric"])
        // Both are sums over the same samples, in another order.
        let (a, b) = (try arrays[0].tensor.doubles, estimator.fullMatrix()!.elements)
        let largest = b.map(abs).max()!
        #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-15 * largest })
        continue
      }
      let first = estimator.unitMatrix(layer: 0, unit: 1)!
      let size = first.rows
      switch reduction {
      case .unitwise:
        let values =
          name == "dense"
          ? try arrays["layers.0.metric"]!.doubles[size * size..<2 * size * size]
          : try arrays["layers.0.metric.1"]!.doubles[...]
        for (a, b) in zip(values, first.elements) { #expect(abs(a - b) < 1e-13) }
        #expect(values.count == size * size)
      case .quasiDiagonal, .diagonal:
        let start = name == "dense" ? size : 2
        let diagonal = try arrays["layers.0.diagonal"]!.doubles
        #expect(Array(diagonal[start..<start + size]) == (0..<size).map { first[$0, $0] })
        let row = try arrays["layers.0.bias_row"]?.doubles
        #expect((row == nil) == (reduction == .diagonal))
        if let row { #expect(Array(row[start..<start + size]) == first.row(0)) }
      }
    }
  }

  @Test func `metrics beyond memory are refused`() throws {
    let network = try Network.layered([300, 300, 10], activation: .relu, output: .softmax)
    let samples = Samples<Double>(
      inputs: Matrix(rows: 300, columns: 1), targets: .classes([0]))
    #expect(throws: MetricError.self) {
      try MetricArrays(
        .naturalGradient, of: Model(network: network, parameters: Parameters(network)),
        on: samples, stream: RandomStream(seed: 1))
    }
  }
}
