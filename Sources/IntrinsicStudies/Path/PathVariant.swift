import Intrinsic

extension PathStudy {
  /// One member of the family.
  package enum Variant: Hashable, Sendable {
    case gradientDescent
    /// The diagonal Gauss–Newton metric of the softmax model.
    case diagonalNatural
    /// Gradient descent in the diagonal of a path metric.
    case ddpSGD(PathMeasure)
    /// Gradient descent with normalized hidden units.
    case ddpNormalization(PathMeasure)

    /// A group of curves in one panel.
    enum Family: String, CaseIterable {
      case updates = "DDP-SGD"
      case normalizations = "DDP-normalization"
    }

    /// The family; nil for references, which are in both.
    var family: Family? {
      switch self {
      case .gradientDescent, .diagonalNatural: nil
      case .ddpSGD: .updates
      case .ddpNormalization: .normalizations
      }
    }

    var measure: PathMeasure? {
      switch self {
      case .gradientDescent, .diagonalNatural: nil
      case .ddpSGD(let measure), .ddpNormalization(let measure): measure
      }
    }

    /// As in files, such as `ddp-sgd-covariance-0.5`.
    var name: String {
      switch self {
      case .gradientDescent: "gradient-descent"
      case .diagonalNatural: "diagonal-natural"
      case .ddpSGD(.pathNorm): "path-sgd"
      case .ddpNormalization(.pathNorm): "path-normalization"
      case .ddpNormalization(.covariance): "batch-normalization"
      case .ddpSGD(let measure): "ddp-sgd-\(measure.statistic.rawValue)-\(measure.alpha)"
      case .ddpNormalization(let measure):
        "ddp-normalization-\(measure.statistic.rawValue)-\(measure.alpha)"
      }
    }

    var title: String {
      switch self {
      case .gradientDescent: "gradient descent"
      case .diagonalNatural: "diagonal natural gradient"
      case .ddpSGD(.pathNorm): "Path-SGD (α = 0)"
      case .ddpNormalization(.pathNorm): "path normalization (α = 0)"
      case .ddpNormalization(.covariance): "batch normalization (variance, α = 1)"
      case .ddpSGD(let measure), .ddpNormalization(let measure):
        (measure.statistic == .covariance ? "variance" : "second moment")
          + ", α = \(measure.alpha)"
      }
    }

    /// Its normalization of hidden units.
    var normalization: Normalization? {
      if case .ddpNormalization(let measure) = self { Normalization(measure) } else { nil }
    }

    /// - Parameters:
    ///   - damping: ε in κ + ε; the path norm needs none.
    ///   - averagingRate: the weight of a batch in the average of data-dependent metrics.
    func method(damping: Double, averagingRate: Double) -> Optimizer {
      let averaging = MetricAveraging(rate: averagingRate)
      return switch self {
      case .gradientDescent, .ddpNormalization: .gradientDescent
      case .diagonalNatural: .metric(.diagonalGaussNewton, .additive(damping), averaging)
      case .ddpSGD(.pathNorm): .metric(.pathSGD, .none)
      case .ddpSGD(let measure): .metric(.ddpSGD(measure), .additive(damping), averaging)
      }
    }
  }
}
