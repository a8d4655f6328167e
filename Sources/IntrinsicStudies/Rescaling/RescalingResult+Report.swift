import Foundation

extension RescalingResult {
  typealias Study = RescalingStudy

  /// Losses and errors from both starts.
  var table: TextTable {
    var table = TextTable(
      title: "Training loss (nats) and test error (%) on \(digits) after \(options.epochs) epochs, "
        + "unbalanced by factors over \(String(format: "%g", options.orders)) orders of magnitude",
      columns: [
        .init(""), .init("step size", .trailing), .init("loss, balanced", .trailing),
        .init("unbalanced", .trailing), .init("curves differ by", .trailing),
        .init("error, balanced", .trailing), .init("unbalanced", .trailing),
      ])
    table.addSection("ReLU, unconstrained:")
    for method in methods {
      table.addRow(row(method.title, .relu, .unconstrained, method))
    }
    for units in Study.Units.allCases {
      table.addSection("\(units.title), gradient descent:")
      for parametrization in Study.Parametrization.allCases {
        table.addRow(row(parametrization.rawValue, units, parametrization, .gradientDescent))
      }
    }
    return table
  }

  private func row(
    _ title: String, _ units: Study.Units, _ parametrization: Study.Parametrization,
    _ method: Study.MethodName
  ) -> [String] {
    func cell(_ start: Study.Start, _ value: (Course) -> Double, _ digits: Int) -> String {
      let list = courses(units, parametrization, method, start)
      if list.isEmpty { return "–" }
      if list.allSatisfy({ $0.failure != nil }) { return "diverged" }
      let values = list.map(value)
      let mean = String(format: "%.\(digits)f", values.mean)
      return values.count < 2
        ? mean : mean + String(format: " ± %.\(digits)f", values.standardDeviation)
    }
    let deviation = deviation(units, parametrization, method)
    let item = Study.Case(units, parametrization, method, .balanced)
    return [
      title, String(format: "%g", options.stepFactor * item.stepSize),
      cell(.balanced, \.trainLoss, 4), cell(.unbalanced, \.trainLoss, 4),
      deviation.isFinite ? String(format: "%.1e", deviation) : "–",
      cell(.balanced, \.testError, 2), cell(.unbalanced, \.testError, 2),
    ]
  }

  /// The curves of the first run: lines from the balanced start, dashes from the unbalanced one.
  var figure: Figure {
    func series(
      _ title: String, _ units: Study.Units, _ parametrization: Study.Parametrization,
      _ method: Study.MethodName, colour: Int
    ) -> [Figure.Series] {
      Study.Start.allCases.compactMap { start in
        guard let course = courses(units, parametrization, method, start).first else { return nil }
        let (epochs, losses) = curve(course)
        return .init(
          start == .balanced ? title : "", style: start == .balanced ? .line : .dashed, x: epochs,
          y: losses, colour: colour)
      }
    }
    func panel(_ title: String, _ series: [Figure.Series]) -> Figure.Panel {
      let least = series.flatMap(\.y).filter(\.isFinite).min() ?? 0.1
      return .init(
        title: title, x: .init("epochs", range: 0...Double(options.epochs)),
        y: .init("training loss (nats)", scale: .logarithmic, range: min(0.9 * least, 1)...4),
        series: series)
    }
    let all = Study.MethodName.allCases
    var panels = [
      panel(
        "ReLU, methods",
        methods.flatMap {
          series($0.title, .relu, .unconstrained, $0, colour: all.firstIndex(of: $0)!)
        })
    ]
    for units in Study.Units.allCases {
      panels.append(
        panel(
          "\(units.title), parametrizations, gradient descent",
          Study.Parametrization.allCases.enumerated().flatMap { index, parametrization in
            series(
              parametrization.rawValue, units, parametrization, .gradientDescent,
              colour: all.count + index)
          }))
    }
    return Figure(
      title: "\(digits): balanced start (lines) and unbalanced start (dashes)", panels: panels)
  }

  /// Who notices an unbalanced start, and for which units the scale carries meaning.
  public var claims: Claims {
    var claims: [Claim] = []
    let path = "Neyshabur et al. 2016, §6.1"
    for method in methods where options.orders >= 1 {
      let deviation = deviation(.relu, .unconstrained, method)
      if method.isInvariant {
        claims.append(
          Claim(
            "\(method.title) does not notice the unbalanced start: largest relative difference of "
              + "the training curves",
            source: method == .quasiDiagonal ? "Ollivier 2015, Proposition 30" : path,
            measured: deviation, band: .atMost(0.05)))
      }
    }
    if options.orders >= 1 {
      claims.append(
        Claim(
          "Gradient descent is harmed by the unbalanced start: ratio of its training losses",
          source: "Neyshabur et al. 2016, §2 and §6.1",
          measured: loss(.relu, .unconstrained, .unbalanced)
            / loss(.relu, .unconstrained, .balanced), band: .atLeast(1.2)))
    }
    let check = "Tomioka 2016, Check on MNIST"
    for units in Study.Units.allCases {
      for parametrization in [Study.Parametrization.constrained, .normalized] {
        let change =
          error(units, parametrization, .balanced) - error(units, .unconstrained, .balanced)
        claims.append(
          Claim(
            "The scale of weights carries \(units == .relu ? "no " : "")meaning for "
              + "\(units.title) units: test error \(parametrization.rawValue) − unconstrained",
            source: check, measured: change,
            band: units == .relu ? .within(-1...1) : .atLeast(1), unit: "points"))
      }
    }
    return Claims(claims)
  }

  private func loss(
    _ units: Study.Units, _ parametrization: Study.Parametrization, _ start: Study.Start
  ) -> Double {
    courses(units, parametrization, .gradientDescent, start).map(\.trainLoss).mean
  }

  private func error(
    _ units: Study.Units, _ parametrization: Study.Parametrization, _ start: Study.Start
  ) -> Double {
    courses(units, parametrization, .gradientDescent, start).map(\.testError).mean
  }
}
