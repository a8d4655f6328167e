import Intrinsic
import IntrinsicMath

/// What trains physics-informed networks in the study `poisson`.
package enum BoundaryMethod: String, CaseIterable, Codable, Sendable {
  /// Levenberg–Marquardt on the full Fisher matrix, by its scaling.
  case quasiDiagonalScaling = "full-quasi-diagonal"
  case geodesic = "full-geodesic"
  case unitwiseScaling = "full-unitwise"
  case diagonalScaling = "full-diagonal"
  case identityScaling = "full-identity"
  /// Levenberg–Marquardt on reductions of it.
  case layerwise
  case unitwise
  case quasiDiagonal = "quasi-diagonal"
  /// The full Fisher matrix and a line search: the energy natural gradient.
  case lineSearch = "line-search"
  case spring
  case adam

  var title: String {
    switch self {
    case .quasiDiagonalScaling: "full, quasi-diagonal D"
    case .geodesic: "full, quasi-diagonal D, geodesic"
    case .unitwiseScaling: "full, unitwise D"
    case .diagonalScaling: "full, diagonal D"
    case .identityScaling: "full, D = Id"
    case .layerwise: "layerwise reduction"
    case .unitwise: "unitwise reduction"
    case .quasiDiagonal: "quasi-diagonal reduction"
    case .lineSearch: "full, line search"
    case .spring: "SPRING"
    case .adam: "Adam, 0.001"
    }
  }

  private var settings: LevenbergMarquardtSettings? {
    var settings = LevenbergMarquardtSettings()
    settings.gradientTolerance = 0
    switch self {
    case .quasiDiagonalScaling: settings.scaling = .quasiDiagonal
    case .geodesic: (settings.scaling, settings.isGeodesic) = (.quasiDiagonal, true)
    case .unitwiseScaling: settings.scaling = .unitwise
    case .diagonalScaling: settings.scaling = .diagonal
    case .identityScaling: settings.scaling = .identity
    case .layerwise: settings.metric = .layerwiseNaturalGradient
    case .unitwise:
      settings.metric = .unitwiseNaturalGradient
      settings.scaling = .unitwise
    case .quasiDiagonal: settings.metric = .quasiDiagonalNaturalGradient
    case .lineSearch, .spring, .adam: return nil
    }
    return settings
  }

  /// Takes steps until `goesOn`, told of the parameters and the loss after each, says no.
  func train(
    _ problem: ResidualProblem<Double>, fresh: (() -> ResidualProblem<Double>)?,
    from start: Parameters<Double>, threads: Int,
    goesOn: (Parameters<Double>, Double) throws -> Bool
  ) throws {
    if let settings {
      let descent = try LevenbergMarquardt(
        problem, fresh: fresh, from: start, settings, threads: threads)
      while try goesOn(descent.parameters, descent.loss), descent.damping < 1e20 {
        try descent.iterate()
      }
      return
    }
    if self == .adam {
      let descent = try ResidualDescent(.adam, problem, from: start, threads: threads)
      var loss = Double.infinity
      while try goesOn(descent.parameters, loss) { loss = try descent.step(on: fresh?()) }
      return
    }
    var settings = SpringSettings()
    settings.search = .halving(30)
    (settings.momentum, settings.damping) = self == .spring ? (0.9, 1e-6) : (0, 1e-10)
    let descent = try SpringDescent(problem, from: start, settings, threads: threads)
    var loss = Double.infinity
    while try goesOn(descent.parameters, loss) { loss = try descent.step(on: fresh?()).loss }
  }
}
