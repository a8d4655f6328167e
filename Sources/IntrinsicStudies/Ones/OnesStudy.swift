import Intrinsic
import IntrinsicMath

/// Study `ones`: Ollivier 2015, Figure 1. A network without hidden layer learns to reproduce a binary
/// sequence x, mostly ones, and another from the same start to reproduce 1 − x: the same task, with
/// every unit's activity written the other way round.
///
/// With weights 0 at the start only the number of ones matters, so the seed changes nothing.
package struct OnesStudy: Study {
  package enum MethodName: String, CaseIterable, Codable, Sendable {
    case backpropagation
    case adagrad
    case adam
    case diagonalGaussNewton = "diagonal-gauss-newton"
    case quasiDiagonal = "quasi-diagonal-natural"
    case unitwise = "unitwise-natural"
    case unitwiseEmpiricalFisher = "unitwise-outer-product"
    case natural

    var title: String {
      switch self {
      case .backpropagation: "backpropagation"
      case .adagrad: "AdaGrad (batch)"
      case .adam: "Adam"
      case .diagonalGaussNewton: "diagonal Gauss–Newton"
      case .quasiDiagonal: "quasi-diagonal natural gradient"
      case .unitwise: "unitwise natural gradient"
      case .unitwiseEmpiricalFisher: "unitwise outer product"
      case .natural: "natural gradient"
      }
    }

    /// Whether coding is to make no difference, damping aside.
    var isInvariant: Bool {
      switch self {
      case .backpropagation, .adagrad, .adam, .diagonalGaussNewton: false
      case .quasiDiagonal, .unitwise, .unitwiseEmpiricalFisher, .natural: true
      }
    }

    func method(damping epsilon: Double) -> Optimizer {
      switch self {
      case .backpropagation: .gradientDescent
      case .adagrad: .batchAdaGrad(epsilon: epsilon)
      case .adam: .adam
      case .diagonalGaussNewton: .metric(.diagonalGaussNewton, .additive(epsilon))
      case .quasiDiagonal: .metric(.quasiDiagonalNaturalGradient, .additive(epsilon))
      case .unitwise: .metric(.unitwiseNaturalGradient, .additive(epsilon))
      case .unitwiseEmpiricalFisher: .metric(.unitwiseEmpiricalFisher, .additive(epsilon))
      case .natural: .metric(.naturalGradient, .additive(epsilon))
      }
    }
  }

  /// What is reproduced.
  package enum Coding: String, CaseIterable, Codable, Sendable {
    case ones = "x"
    case zeros = "1 − x"
  }

  package struct Options: StudyOptions {
    /// Inputs, and outputs.
    package var length = 50
    /// Ones in x.
    package var ones = 38
    package var rate = 0.01
    package var steps = 100
    /// ε added to every metric: one sample leaves most of a metric singular.
    package var damping = 1e-4
    package var seed: UInt64

    package init(seed: UInt64) { self.seed = seed }
  }

  package let options: Options

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    try OptionError.check(1...2_000, ["length": options.length])
    try OptionError.check(
      (0...options.length).contains(options.ones), "ones", options.ones,
      "0 to the length of the sequence are possible")
    try OptionError.check(1...1_000_000, ["steps": options.steps])
    try OptionError.checkPositive(["rate": options.rate])
    try OptionError.check(
      options.damping > 0 && options.damping.isFinite, "damping", options.damping,
      "a positive number is needed, since the metrics of one sample are singular")
    self.options = options
  }

  /// Trainings, for a progress bar.
  package var pieceCount: Int { MethodName.allCases.count * Coding.allCases.count }

  /// Runs everything; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> OnesResult? {
    var stream = RandomStream(seed: options.seed).child("sequence")
    let places = Set(stream.distinct(options.ones, below: options.length))
    let x = (0..<options.length).map { places.contains($0) ? 1.0 : 0 }
    var curves: [OnesResult.LearningCurve] = []
    for name in MethodName.allCases {
      for coding in Coding.allCases {
        if shouldStop() { return nil }
        let sequence = Matrix(coding == .ones ? x.map { [$0] } : x.map { [1 - $0] })
        curves.append(
          .init(method: name, coding: coding, bits: try train(name, on: sequence, stream)))
        progress()
      }
    }
    return OnesResult(options: options, curves: curves)
  }

  /// The losses in bits, before each step and after the last.
  private func train(
    _ name: MethodName, on sequence: Matrix<Double>, _ stream: RandomStream
  ) throws -> [Double] {
    let network = try Network.layered(
      [options.length, options.length], activation: .sigmoid, outputActivation: .sigmoid,
      output: .bernoulli)
    let samples = Samples(inputs: sequence, targets: .values(sequence))
    let descent = try Descent<Double>(
      name.method(damping: options.damping), network, from: Parameters(network),
      stepSize: .constant(options.rate), maximumBatchSize: 1, stream: stream)
    var losses: [Double] = []
    for _ in 0..<options.steps { losses.append(try descent.step(on: samples)) }
    let workspace = Workspace<Double>(network, maximumBatchSize: 1)
    losses.append(Evaluation(of: descent.parameters, on: samples, with: workspace).loss)
    return losses.map { bits(nats: $0) }
  }
}
