import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

extension InvarianceStudy {
  /// The networks that invariance is measured on, small enough for matrices over all parameters.
  package enum NetworkName: String, CaseIterable, Codable, Sendable {
    /// 3-4-3-2 with tanh units and the square loss.
    case tanh
    /// 3-4-3-2 with ReLU units and the square loss.
    case relu
    /// 3-4-3-2 with sigmoid units and Bernoulli outputs.
    case sigmoid
    /// 5-6-4-3 with tanh units that read three units each, and Bernoulli outputs.
    case sparse
    /// 3-4-3-2 with scaled tanh and softplus units, where every layer reads all earlier ones.
    case skip
    /// 3-4-3-2 with tanh units, batch normalization and the square loss.
    case batchNormalized = "batch-normalized"
    /// 3-4-3-2 with ReLU units, exponential weight normalization and the square loss.
    case weightNormalized = "weight-normalized"
    /// Images of 4 × 4 × 2, convolutions of 3 × 3 windows to 3 channels and of 2 × 2 windows to 2 with
    /// ReLU units, a maximum pooling between them and 2 outputs, with the square loss.
    case convolution
    /// 3-6-4-2 with radial groups of 3 and of 2 units, both outputs as one group, and the square loss.
    case groups

    func network() throws(NetworkError) -> Network {
      switch self {
      case .tanh: return try .layered([3, 4, 3, 2], activation: .tanh, output: .square)
      case .relu: return try .layered([3, 4, 3, 2], activation: .relu, output: .square)
      case .sigmoid:
        return try .layered(
          [3, 4, 3, 2], activation: .sigmoid, outputActivation: .sigmoid, output: .bernoulli)
      case .sparse:
        var builder = NetworkBuilder(inputs: 5)
        builder.sparse(incoming: (0..<6).map { [$0 % 5, ($0 + 1) % 5, ($0 + 3) % 5] }, .tanh)
        builder.sparse(
          incoming: (0..<4).map { [5 + $0, 5 + ($0 + 2) % 6, 5 + ($0 + 5) % 6] }, .tanh)
        builder.dense(3, .tanh)
        return try builder.build(output: .bernoulli)
      case .skip:
        var builder = NetworkBuilder(inputs: 3)
        let first = builder.dense(4, .scaledTanh)
        let second = builder.dense(3, .softplus, reading: [.inputs, first])
        builder.dense(2, .identity, reading: [.inputs, first, second])
        return try builder.build(output: .square)
      case .batchNormalized:
        return try .layered(
          [3, 4, 3, 2], activation: .tanh, output: .square, normalization: .batch)
      case .weightNormalized:
        return try .layered(
          [3, 4, 3, 2], activation: .relu, output: .square, normalization: .exponentialWeight)
      case .groups:
        var builder = NetworkBuilder(inputs: 3)
        builder.dense(6, .radial(of: 3))
        builder.dense(4, .radial(of: 2))
        builder.dense(2, .identity(of: 2))
        return try builder.build(output: .square)
      case .convolution:
        var builder = NetworkBuilder(image: ImageShape(height: 4, width: 4, channels: 2))
        try builder.convolution(3, kernel: 3, padding: 1, .relu)
        try builder.pool(.maximum, size: 2, stride: 1)
        try builder.convolution(2, kernel: 2, .relu)
        builder.dense(2, .identity)
        return try builder.build(output: .square)
      }
    }

    /// A model with samples for it.
    func subject(
      _ count: Int, using stream: RandomStream
    ) throws(NetworkError) -> (model: Model, samples: Samples<Double>) {
      var (weights, data) = (stream.child("weights"), stream.child("samples"))
      let model = try model(using: &weights)
      return (model, samples(model.network, count: count, using: &data))
    }

    /// Weights N(0, 1/d), those of sigmoid units four times as large; biases uniform on [0, 1), so
    /// that ReLU units react to most samples.
    func model(using stream: inout RandomStream) throws(NetworkError) -> Model {
      let network = try network()
      var parameters: Parameters<Double> = Initialization.normal(gain: self == .sigmoid ? 4 : 1)
        .parameters(network, using: &stream)
      for (index, layer) in network.layers.enumerated() where layer.hasBias {
        for unit in 0..<layer.unitCount {
          parameters[network.parameters(layer: index, unit: unit).lowerBound] = stream.uniform()
        }
      }
      return Model(network: network, parameters: parameters)
    }

    /// Normal inputs, with normal or binary targets.
    func samples(
      _ network: Network, count: Int, using stream: inout RandomStream
    ) -> Samples<Double> {
      func matrix(_ rows: Int, isBinary: Bool) -> Matrix<Double> {
        var matrix = Matrix<Double>(rows: rows, columns: count)
        for index in matrix.elements.indices {
          matrix.elements[index] =
            isBinary ? (Bool.random(using: &stream) ? 1 : 0) : stream.normal()
        }
        return matrix
      }
      return Samples(
        inputs: matrix(network.inputCount, isBinary: false),
        targets: .values(matrix(network.outputCount, isBinary: network.output == .bernoulli)))
    }
  }

  /// The methods that are compared.
  package enum MethodName: String, CaseIterable, Codable, Sendable {
    case gradientDescent = "gradient-descent"
    case momentum
    case nesterov
    case batchAdaGrad = "batch-adagrad"
    case adaGrad = "adagrad"
    case rmsProp = "rmsprop"
    case adam
    case diagonalGaussNewton = "diagonal-gauss-newton"
    case diagonalNatural = "diagonal-natural"
    case diagonalEmpiricalFisher = "diagonal-outer-product"
    case quasiDiagonalBackpropagated = "quasi-diagonal-backpropagated"
    case quasiDiagonalNatural = "quasi-diagonal-natural"
    case quasiDiagonalEmpiricalFisher = "quasi-diagonal-outer-product"
    case monteCarloQuasiDiagonal = "monte-carlo-quasi-diagonal"
    case backpropagated
    case unitwiseNatural = "unitwise-natural"
    case unitwiseEmpiricalFisher = "unitwise-outer-product"
    case monteCarloUnitwise = "monte-carlo-unitwise"
    case layerwiseNatural = "layerwise-natural"
    case natural
    case empiricalFisher = "outer-product"
    case pathSGD = "path-sgd"
    case ddpSecondMoment = "ddp-second-moment"
    case ddpCovariance = "ddp-covariance"
    case ddpBackpropagated = "ddp-backpropagated"
    case quasiDiagonalDDP = "quasi-diagonal-ddp"
    case levenbergMarquardt = "levenberg-marquardt"
    /// With geodesic acceleration.
    case geodesic = "levenberg-marquardt-geodesic"
    /// By the blocks of units.
    case unitwiseLevenbergMarquardt = "levenberg-marquardt-unitwise"
    case spring

    /// The method with the given damping of its metric; the others have no damping, or that of their
    /// authors.
    func method(_ damping: Damping, _ averaging: MetricAveraging = .memoryless) -> Optimizer {
      if let metric { return .metric(metric, damping, averaging) }
      return switch self {
      case .gradientDescent: .gradientDescent
      case .momentum: .momentum(0.9)
      case .nesterov: .nesterov(0.9)
      case .batchAdaGrad: .batchAdaGrad(epsilon: damping.additive == 0 ? 1e-8 : damping.additive)
      case .adaGrad: .adaGrad(epsilon: 1e-8)
      case .rmsProp: .rmsProp(decay: 0.9, epsilon: 1e-8)
      case .adam: .adam
      case .levenbergMarquardt: .levenbergMarquardt(LevenbergMarquardtSettings())
      case .geodesic: .levenbergMarquardt(Self.settings { $0.isGeodesic = true })
      case .unitwiseLevenbergMarquardt:
        .levenbergMarquardt(Self.settings { $0.scaling = .unitwise })
      case .spring: .spring(SpringSettings())
      default: preconditionFailure("\(rawValue) has a metric")
      }
    }

    private static func settings(
      _ change: (inout LevenbergMarquardtSettings) -> Void
    ) -> LevenbergMarquardtSettings {
      var settings = LevenbergMarquardtSettings()
      change(&settings)
      return settings
    }

    private var metric: Metric? {
      switch self {
      case .gradientDescent, .momentum, .nesterov, .batchAdaGrad, .adaGrad, .rmsProp, .adam,
        .levenbergMarquardt, .geodesic, .unitwiseLevenbergMarquardt, .spring:
        nil
      case .diagonalGaussNewton: .diagonalGaussNewton
      case .diagonalNatural: .diagonalNaturalGradient
      case .diagonalEmpiricalFisher: .diagonalEmpiricalFisher
      case .quasiDiagonalBackpropagated: .quasiDiagonalBackpropagatedMetric
      case .quasiDiagonalNatural: .quasiDiagonalNaturalGradient
      case .quasiDiagonalEmpiricalFisher: .quasiDiagonalEmpiricalFisher
      case .monteCarloQuasiDiagonal: .monteCarloQuasiDiagonalNaturalGradient()
      case .backpropagated: .backpropagatedMetric
      case .unitwiseNatural: .unitwiseNaturalGradient
      case .unitwiseEmpiricalFisher: .unitwiseEmpiricalFisher
      case .monteCarloUnitwise: .monteCarloUnitwiseNaturalGradient()
      case .layerwiseNatural: .layerwiseNaturalGradient
      case .natural: .naturalGradient
      case .empiricalFisher: .empiricalFisher
      case .pathSGD: .pathSGD
      case .ddpSecondMoment: .ddpSGD(.half(.secondMoment), .exact)
      case .ddpCovariance: .ddpSGD(.half(.covariance), .exact)
      case .ddpBackpropagated: .ddpSGD(.half(.secondMoment), .backpropagated)
      case .quasiDiagonalDDP: .path(.half(.covariance), .exact, .quasiDiagonal)
      }
    }
  }

  /// The kinds of damping (`Damping`) that are compared.
  package enum DampingKind: String, CaseIterable, Codable, Sendable {
    case additive
    case output
    case modulusFloor = "modulus-floor"
    case kurtosis

    func damping(_ amount: Double) -> Damping {
      switch self {
      case .additive: Damping(additive: amount)
      case .output: Damping(output: amount)
      case .modulusFloor: Damping(modulusFloor: amount)
      case .kurtosis: Damping(kurtosis: amount)
      }
    }
  }
}
