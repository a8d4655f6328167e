import Intrinsic

extension RescalingStudy {
  /// One training of a run.
  struct Case: Hashable, Sendable {
    let units: Units
    let parametrization: Parametrization
    let method: MethodName
    let start: Start

    init(
      _ units: Units, _ parametrization: Parametrization, _ method: MethodName, _ start: Start
    ) {
      (self.units, self.parametrization) = (units, parametrization)
      (self.method, self.start) = (method, start)
    }

    /// The case whose step size this one takes: the unbalanced start has that of the balanced one.
    var trial: Case {
      Case(units, parametrization, method, start == .unbalanced ? .balanced : start)
    }

    /// As in files.
    var name: String {
      [units.rawValue, parametrization.rawValue, method.rawValue, start.rawValue]
        .joined(separator: " ")
    }
  }

  package enum MethodName: String, CaseIterable, Codable, Sendable {
    case gradientDescent = "gradient-descent"
    case adaGrad = "adagrad"
    case adam
    case pathSGD = "path-sgd"
    case ddpSGD = "ddp-sgd"
    case quasiDiagonal = "quasi-diagonal"

    var title: String {
      switch self {
      case .gradientDescent: "gradient descent"
      case .adaGrad: "AdaGrad"
      case .adam: "Adam"
      case .pathSGD: "Path-SGD"
      case .ddpSGD: "DDP-SGD"
      case .quasiDiagonal: "quasi-diagonal"
      }
    }

    var method: Optimizer {
      switch self {
      case .gradientDescent: .gradientDescent
      case .adaGrad: .adaGrad(epsilon: 1e-8)
      case .adam: .adam
      case .pathSGD: .metric(.pathSGD, .none)
      case .ddpSGD: .metric(.ddpSGD(.half(.secondMoment), .probes(1)), .none)
      case .quasiDiagonal: .quasiDiagonal
      }
    }

    /// Whether node-wise rescaling of ReLU units goes unnoticed.
    var isInvariant: Bool {
      switch self {
      case .gradientDescent, .adaGrad, .adam: false
      case .pathSGD, .ddpSGD, .quasiDiagonal: true
      }
    }
  }

  /// Activations of hidden units.
  package enum Units: String, CaseIterable, Codable, Sendable {
    case relu
    case sigmoid

    var title: String { self == .relu ? "ReLU" : "sigmoid" }
    var activation: Activation { self == .relu ? .relu : .sigmoid }
    /// The usual start.
    var initialization: Initialization {
      self == .relu ? .normal(gain: 2.0.squareRoot()) : .centredSigmoid
    }
  }

  /// How the weights of hidden units are written, biases included.
  package enum Parametrization: String, CaseIterable, Codable, Sendable {
    /// As they are.
    case unconstrained
    /// Rescaled after each step to the weights that all rescalings share; for ReLU units.
    case conditioned
    /// ‖w_in‖ = 1, by projection after each step (Tomioka 2016).
    case constrained
    /// w_in = w̃/‖w̃‖, with steps of w̃ (Tomioka 2016).
    case normalized

    var title: String {
      self == .conditioned ? "rescaled after each step" : rawValue
    }
  }

  package enum Start: String, CaseIterable, Codable, Sendable {
    /// Gaussian weights whose variance suits the activation.
    case balanced
    /// The same, each unit rescaled by its own factor, and the same step size.
    case unbalanced
    /// The unbalanced start with a step size of its own.
    case retuned
  }
}
