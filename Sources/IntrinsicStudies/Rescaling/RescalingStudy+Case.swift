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

    /// The step size that suits the balanced start.
    var stepSize: Double {
      switch (method, units, parametrization) {
      case (.gradientDescent, .relu, .unconstrained): 0.1
      case (.gradientDescent, .relu, .constrained): 0.1
      case (.gradientDescent, .relu, .normalized): 0.1
      case (.gradientDescent, .sigmoid, .unconstrained): 0.1
      case (.gradientDescent, .sigmoid, .constrained): 0.1
      case (.gradientDescent, .sigmoid, .normalized): 0.1
      case (.adaGrad, _, _): 0.01
      case (.adam, _, _): 0.001
      case (.pathSGD, _, _): 0.02
      case (.ddpSGD, _, _): 0.02
      case (.quasiDiagonal, _, _): Method.quasiDiagonalStepSize(0)
      }
    }
  }

  public enum MethodName: String, CaseIterable, Codable, Sendable {
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

    var method: Method {
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
  public enum Units: String, CaseIterable, Codable, Sendable {
    case relu
    case sigmoid

    var title: String { self == .relu ? "ReLU" : "sigmoid" }
    var activation: Activation { self == .relu ? .relu : .sigmoid }
    /// The usual start.
    var initialization: Initialization {
      self == .relu ? .normal(gain: 2.0.squareRoot()) : .centredSigmoid
    }
  }

  /// How the incoming weights of hidden units are written, biases included (Tomioka 2016).
  public enum Parametrization: String, CaseIterable, Codable, Sendable {
    /// As they are.
    case unconstrained
    /// ‖w‖ = 1, by projection after each step.
    case constrained
    /// w = w̃/‖w̃‖, with steps of w̃.
    case normalized
  }

  public enum Start: String, CaseIterable, Codable, Sendable {
    /// Gaussian weights whose variance suits the activation.
    case balanced
    /// The same, each unit rescaled by its own factor.
    case unbalanced
  }
}
