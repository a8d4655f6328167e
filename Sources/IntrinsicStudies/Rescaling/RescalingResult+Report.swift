import Foundation

extension RescalingResult {
  private typealias Study = RescalingStudy

  /// The curves of the first run: lines from the balanced start, points from the unbalanced one.
  var figure: Figure {
    let invariant = methods(.relu).filter(\.isInvariant)
    let others = methods(.relu).filter { !$0.isInvariant }
    return Figure(
      title: "\(digits): balanced start (lines) and unbalanced start (points)",
      panels: [
        panel(
          "ReLU: methods that notice the scale of units",
          others.flatMap { series(.relu, .unconstrained, $0) }),
        panel(
          "ReLU: methods that do not",
          series(.relu, .conditioned, .gradientDescent)
            + invariant.flatMap { series(.relu, .unconstrained, $0) }),
      ]
        + Study.Units.allCases.map { units in
          panel(
            "\(units.title): gradient descent in other parametrizations",
            [Study.Parametrization.unconstrained, .normalized, .constrained].flatMap {
              series(units, $0, .gradientDescent)
            })
        })
  }

  private func panel(_ title: String, _ series: [Figure.Series]) -> Figure.Panel {
    let least = series.flatMap(\.y).filter { $0.isFinite && $0 > 0 }.min() ?? 0.1
    return .init(
      title: title, x: .init("epochs", range: 0...Double(options.epochs)),
      y: .init("training loss (nats)", scale: .logarithmic, range: min(0.9 * least, 1)...4),
      series: series)
  }

  private func series(
    _ units: Study.Units, _ parametrization: Study.Parametrization, _ method: Study.MethodName
  ) -> [Figure.Series] {
    let colours = Study.MethodName.allCases.count
    let colour =
      parametrization == .unconstrained
      ? Study.MethodName.allCases.firstIndex(of: method)!
      : colours - 1 + Study.Parametrization.allCases.firstIndex(of: parametrization)!
    let title =
      parametrization == .unconstrained
      ? method.title : "\(method.title), \(parametrization.title)"
    func curve(_ start: Study.Start) -> LearningCurve? {
      curves(units, parametrization, method, start).first
    }
    var result: [Figure.Series] = []
    if let (epochs, losses) = curve(.balanced).map(smoothed) {
      // Constrained and normalized curves are almost the same.
      result.append(
        .init(
          title, style: parametrization == .constrained ? .dashed : .line, x: epochs, y: losses,
          colour: colour))
    }
    if let (epochs, losses) = curve(.unbalanced).map(smoothed) {
      let shown = stride(from: 0, to: epochs.count, by: 4)
      result.append(
        .init(
          "", style: .points, x: shown.map { epochs[$0] }, y: shown.map { losses[$0] },
          colour: colour))
    }
    return result
  }

  /// Who notices an unbalanced start, and for which units the scale carries meaning.
  package var claims: Claims {
    Claims((options.orders >= 1 ? startClaims : []) + meaningClaims)
  }

  private var startClaims: [Claim] {
    let path = "Neyshabur et al. 2016"
    func ratio(_ start: Study.Start) -> Double {
      loss(.unconstrained, start) / loss(.unconstrained, .balanced)
    }
    var claims = [
      Claim(
        "Rescaled ReLU units compute the same function: relative difference of the first losses",
        source: path + ", (2)", measured: startDeviation(.relu), band: .atMost(1e-6)),
      Claim(
        "Gradient descent is harmed by the unbalanced start: ratio of its training losses",
        source: path + ", §2 and §6", measured: ratio(.unbalanced), band: .atLeast(1.1)),
      Claim(
        "Another step size does not mend that: ratio of its training losses, retuned",
        source: path + ", §2 and §6", measured: ratio(.retuned), band: .atLeast(1.1)),
    ]
    for method in methods(.relu) where method.isInvariant {
      claims.append(
        Claim(
          "\(method.title) does not notice the unbalanced start: largest relative difference of "
            + "its training curves",
          source: method == .quasiDiagonal ? "Ollivier 2015, Proposition 30" : path + ", §6.1",
          measured: deviation(.relu, .unconstrained, method),
          // Its averages of units that never fire fade: after some 1,600 steps they are below the
          // least normal number, where powers of two do not commute with rounding any more.
          band: .atMost(method == .quasiDiagonal ? 0.05 : 1e-6)))
    }
    claims.append(
      Claim(
        "Gradient descent on path-normalized ReLU units notices the scale of w̃, which the function "
          + "does not: largest relative difference of its training curves",
        source: path + ", §6.2", measured: deviation(.relu, .normalized, .gradientDescent),
        band: .atLeast(0.05)))
    return claims
  }

  private var meaningClaims: [Claim] {
    var claims: [Claim] = []
    for units in Study.Units.allCases {
      let list = curves(units, .unconstrained, .gradientDescent, .balanced)
      let statement =
        "The scale of weights carries \(units == .relu ? "no " : "")meaning for "
        + "\(units.title) units: "
      claims.append(
        Claim(
          statement + "rise of the test error when trained weights are rescaled to ‖w‖ = 1",
          source: "Tomioka 2016, What this means",
          measured: list.compactMap(\.rescalingRise).mean,
          band: units == .relu ? .within(-0.05...0.05) : .atLeast(1), unit: "points"))
      for parametrization in [Study.Parametrization.constrained, .normalized] {
        claims.append(
          Claim(
            statement + "test error \(parametrization.rawValue) − unconstrained",
            source: "Tomioka 2016, Check on MNIST",
            measured: curves(units, parametrization, .gradientDescent, .balanced)
              .map(\.testError).mean - list.map(\.testError).mean,
            band: units == .relu ? .within(-0.5...0.5) : .atLeast(0.5), unit: "points"))
      }
    }
    return claims
  }

  private func loss(_ parametrization: Study.Parametrization, _ start: Study.Start) -> Double {
    curves(.relu, parametrization, .gradientDescent, start).map(\.trainLoss).mean
  }
}
