import Intrinsic

/// A method of the auto-encoder comparison, with what Ollivier 2015 prints of it.
struct AutoencoderMethod: Sendable {
  /// Mean and standard deviation of the loss in bits.
  struct Published: Sendable {
    let mean: Double
    let deviation: Double
  }

  let name: AutoencoderStudy.MethodName
  /// Targets drawn for each sample, for Monte Carlo methods.
  let samples: Int?
  let title: String
  let isInvariant: Bool
  /// The index of its colour in every figure.
  let colour: Int
  /// Iterations that took as long as 10,000 of backpropagation in the paper (Table 1), as printed.
  let publishedIterations: String?
  /// The number of iterations of a budget by iterations that amounts to 10,000 backpropagations.
  let iterations: Int
  /// Table 2.
  let publishedSigmoid: Published?
  let publishedTanh: Published?

  /// How a gradient becomes a step, with the damping that the paper adds to every matrix.
  func method(damping: Double) -> Optimizer {
    let added: Damping = damping == 0 ? .none : .additive(damping)
    let draws = samples ?? 1
    return switch name {
    case .backpropagation: .gradientDescent
    case .diagonalGaussNewton: .metric(.diagonalGaussNewton, added)
    case .adagrad: .batchAdaGrad(epsilon: damping)
    case .natural: .metric(.naturalGradient, added)
    case .unitwiseNatural: .metric(.unitwiseNaturalGradient, added)
    case .quasiDiagonalNatural: .metric(.quasiDiagonalNaturalGradient, added)
    case .backpropagated: .metric(.backpropagatedMetric, added)
    case .quasiDiagonalBackpropagated: .metric(.quasiDiagonalBackpropagatedMetric, added)
    case .monteCarloUnitwise: .metric(.monteCarloUnitwiseNaturalGradient(samples: draws), added)
    case .monteCarloQuasiDiagonal:
      .metric(.monteCarloQuasiDiagonalNaturalGradient(samples: draws), added)
    case .unitwiseEmpiricalFisher: .metric(.unitwiseEmpiricalFisher, added)
    case .quasiDiagonalEmpiricalFisher: .metric(.quasiDiagonalEmpiricalFisher, added)
    }
  }

  /// The identifier in files, such as `monte-carlo-unitwise-10`.
  var identifier: String { samples.map { "\(name.rawValue)-\($0)" } ?? name.rawValue }

  /// The methods of the given names; each Monte Carlo method once for every number of samples.
  static func list(_ names: [AutoencoderStudy.MethodName], monteCarloSamples: [Int])
    -> [AutoencoderMethod]
  {
    names.flatMap { name in
      switch name {
      case .monteCarloUnitwise, .monteCarloQuasiDiagonal:
        monteCarloSamples.map { named(name, samples: $0) }
      default: [named(name, samples: nil)]
      }
    }
  }

  private static func named(_ name: AutoencoderStudy.MethodName, samples: Int?)
    -> AutoencoderMethod
  {
    func method(
      _ title: String, invariant: Bool = true, colour: Int, iterations: Int,
      published: String? = nil, sigmoid: Published? = nil, tanh: Published? = nil
    ) -> AutoencoderMethod {
      AutoencoderMethod(
        name: name, samples: samples, title: title, isInvariant: invariant, colour: colour,
        publishedIterations: published, iterations: iterations, publishedSigmoid: sigmoid,
        publishedTanh: tanh)
    }
    func value(_ mean: Double, _ deviation: Double) -> Published {
      Published(mean: mean, deviation: deviation)
    }
    let single = samples == 1
    return switch name {
    case .backpropagation:
      method(
        "Backpropagation", invariant: false, colour: 0, iterations: 10_000, published: "10,000",
        sigmoid: value(35.9, 2.1), tanh: value(24.7, 2.2))
    case .diagonalGaussNewton:
      method(
        "Diagonal Gauss–Newton", invariant: false, colour: 1, iterations: 7_700,
        published: "7,700–7,800", sigmoid: value(11.6, 2.5), tanh: value(3.5, 2.0))
    case .adagrad:
      method(
        "AdaGrad", invariant: false, colour: 2, iterations: 8_000, published: "8,000–8,100",
        sigmoid: value(51.1, 3.3), tanh: value(25.3, 2.0))
    case .natural:
      method("Natural gradient", colour: 3, iterations: 10, published: "9–10")
    case .unitwiseNatural:
      method(
        "Unitwise natural gradient", colour: 4, iterations: 2_200, published: "2,100–2,300",
        sigmoid: value(0.9, 1), tanh: value(1.4, 1.8))
    case .quasiDiagonalNatural:
      method(
        "Quasi-diagonal natural gradient", colour: 5, iterations: 2_950, published: "2,800–3,100",
        sigmoid: value(3.5, 1.2), tanh: value(3.4, 1.6))
    case .backpropagated:
      method(
        "Backpropagated metric", colour: 6, iterations: 4_200, published: "4,200–4,300",
        sigmoid: value(0.8, 0.8), tanh: value(0.3, 0.5))
    case .quasiDiagonalBackpropagated:
      method(
        "Quasi-diagonal backpropagated metric", colour: 7, iterations: 7_400,
        published: "7,400–7,500", sigmoid: value(1.9, 1.2), tanh: value(1.5, 1.3))
    case .monteCarloUnitwise:
      method(
        "Monte Carlo unitwise natural (K=\(samples!))", colour: single ? 8 : 10,
        iterations: 2_800, published: single ? "2,800–2,900" : nil,
        sigmoid: single ? value(12.9, 1.5) : nil, tanh: single ? value(14.1, 2.2) : nil)
    case .monteCarloQuasiDiagonal:
      method(
        "Monte Carlo quasi-diagonal natural (K=\(samples!))", colour: single ? 9 : 11,
        iterations: 3_900, published: single ? "3,900–4,000" : nil,
        sigmoid: single ? value(7.9, 2.3) : nil, tanh: single ? value(10.1, 2.5) : nil)
    case .unitwiseEmpiricalFisher:
      method(
        "Unitwise outer product", colour: 10, iterations: 4_000, published: "4,000–4,100",
        sigmoid: value(24.7, 2.5), tanh: value(28.5, 3.4))
    case .quasiDiagonalEmpiricalFisher:
      method("Quasi-diagonal outer product", colour: 11, iterations: 4_000)
    }
  }
}
