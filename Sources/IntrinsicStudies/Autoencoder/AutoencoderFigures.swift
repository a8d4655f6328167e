extension AutoencoderResult {
  /// Figures 2–5 of the paper and the invariance check, by file name.
  package var figures: [(name: String, figure: Figure)] {
    var figures = [("figure-2", figure2), ("figure-3", figure3)]
    if let figure = figure4 { figures.append(("figure-4", figure)) }
    if let figure = figure5 { figures.append(("figure-5", figure)) }
    figures.append(("invariance", invarianceFigure))
    return figures
  }

  private var passesLabel: String { "processor time (backpropagation passes)" }
  private var lossLabel: String { "loss per sample (bits)" }

  /// Time is shown up to that of all of backpropagation's passes, the paper's budget.
  private func axis(_ abscissa: Abscissa) -> Figure.Axis {
    switch abscissa {
    case .iterations: .init("iterations")
    case .backpropagationPasses: .init(passesLabel, range: 0...1.02 * Double(options.passes))
    }
  }

  /// Final losses as printed in Table 2, at the place where the paper's budget ends.
  private func published(
    _ values: [(AutoencoderMethod.Published?, at: Double)],
    _ label: String = "published (Table 2)", spread: Bool = true
  ) -> [Figure.Series] {
    let known = values.compactMap { value, x in value.map { (value: $0, x: x) } }
    guard !known.isEmpty, options.passes == 10_000 else { return [] }
    guard spread else {
      return [
        .init(label, style: .reference, x: known.map(\.x), y: known.map(\.value.mean))
      ]
    }
    return [
      .init(
        label, style: .reference, x: known.map(\.x), y: known.map(\.value.mean),
        lower: known.map { $0.value.mean - $0.value.deviation },
        upper: known.map { $0.value.mean + $0.value.deviation })
    ]
  }

  private func series(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName,
    against abscissa: Abscissa, named label: String? = nil, dashed: Bool = false
  ) -> Figure.Series {
    let curve = curve(method, activation, against: abscissa)
    let title = label ?? "\(method.title), \(activation.rawValue)"
    return dashed
      ? .init(title, style: .dashed, x: curve.x, y: curve.mean, colour: method.colour)
      : .init(
        title, x: curve.x, y: curve.mean, lower: curve.lower, upper: curve.upper,
        colour: method.colour)
  }

  /// Backpropagation in both implementations and the four algorithms of the paper's §1 in the
  /// sigmoid one, against time, on a linear and a logarithmic scale.
  private var figure2: Figure {
    let four = [
      AutoencoderStudy.MethodName.unitwiseNatural, .quasiDiagonalNatural, .backpropagated,
      .quasiDiagonalBackpropagated,
    ].compactMap(method)
    let series =
      [
        series(methods[0], .sigmoid, against: .backpropagationPasses),
        series(methods[0], .tanh, against: .backpropagationPasses, dashed: true),
      ] + four.map { self.series($0, .sigmoid, against: .backpropagationPasses) }
      + published(
        ([methods[0]] + four).map { ($0.publishedSigmoid, at: 10_000) }
          + [(methods[0].publishedTanh, at: 10_000)], spread: false)
    return Figure(
      title: "Figure 2. Backpropagation and the invariant algorithms, \(spread)",
      panels: [
        .init(
          x: axis(.backpropagationPasses), y: .init(lossLabel, range: 0...120), series: series),
        .init(
          x: axis(.backpropagationPasses),
          y: .init(lossLabel, scale: .logarithmic, range: 0.01...100), series: series),
      ])
  }

  /// All methods: non-invariant ones in both implementations, invariant ones in tanh, against time
  /// and against iterations.
  private var figure3: Figure {
    let shown = methods.filter {
      ($0.samples ?? 1) == 1 && $0.name != .natural && $0.name != .quasiDiagonalEmpiricalFisher
    }
    let panels = [Abscissa.backpropagationPasses, .iterations].map { abscissa in
      let lines = shown.map { method in
        let curve = curve(method, .tanh, against: abscissa)
        return Figure.Series(
          "\(method.title), tanh", x: curve.x, y: curve.mean, colour: method.colour)
      }
      let others = shown.filter { !$0.isInvariant }.map { method in
        series(method, .sigmoid, against: abscissa, dashed: true)
      }
      let marks = published(
        shown.map {
          let iterations = Double($0.iterations)
          return ($0.publishedTanh, at: abscissa == .iterations ? iterations : 10_000)
        }, "published, tanh (Table 2)", spread: abscissa == .iterations)
      return Figure.Panel(
        x: axis(abscissa), y: .init(lossLabel, scale: .logarithmic, range: 0.01...120),
        series: lines + others + marks)
    }
    return Figure(
      title: "Figure 3. All methods, mean of \(options.runs) run\(options.runs == 1 ? "" : "s")",
      panels: panels)
  }

  /// Sigmoid against tanh for each invariant method.
  private var figure4: Figure? {
    let shown = [
      AutoencoderStudy.MethodName.unitwiseNatural, .quasiDiagonalNatural, .backpropagated,
      .quasiDiagonalBackpropagated, .monteCarloUnitwise, .monteCarloQuasiDiagonal,
    ].compactMap(method)
    guard !shown.isEmpty else { return nil }
    return Figure(
      title: "Figure 4. Invariant methods: sigmoid and tanh implementations, \(spread)",
      panels: shown.map { both($0, title: $0.title) })
  }

  /// What a few off-diagonal terms change.
  private var figure5: Figure? {
    let shown = [
      AutoencoderStudy.MethodName.diagonalGaussNewton, .quasiDiagonalBackpropagated,
    ].compactMap(method)
    guard shown.count == 2 else { return nil }
    return Figure(
      title: "Figure 5. Diagonal Gauss–Newton and quasi-diagonal backpropagated metric, \(spread)",
      panels: shown.map { both($0, title: $0.title) })
  }

  private func both(_ method: AutoencoderMethod, title: String) -> Figure.Panel {
    let series = AutoencoderStudy.ActivationName.allCases.enumerated().map { index, activation in
      let curve = curve(method, activation, against: .iterations)
      return Figure.Series(
        activation.rawValue, x: curve.x, y: curve.mean, lower: curve.lower, upper: curve.upper,
        colour: index)
    }
    let end = Double(method.iterations)
    let marks = published(
      [(method.publishedSigmoid, at: end * 0.985), (method.publishedTanh, at: end)],
      "published, sigmoid then tanh (Table 2)")
    return .init(
      title: title, x: axis(.iterations), y: .init(lossLabel, range: 0...100),
      series: series + marks)
  }

  private var spread: String {
    options.runs == 1 ? "one run" : "mean and 10–90 % of \(options.runs) runs"
  }

  private var invarianceFigure: Figure {
    let dampings = Set(invariance.curves.map(\.damping)).sorted()
    let panels = dampings.map { damping in
      Figure.Panel(
        title: damping == 0 ? "without damping" : "damping \(damping)",
        x: .init("iterations"),
        y: .init(
          "relative difference of the losses", scale: .logarithmic, range: 1e-16...1),
        series: invariance.curves.filter { $0.damping == damping }.map { curve in
          .init(
            curve.title, style: curve.isInvariant ? .line : .dashed,
            x: curve.deviation.indices.map { Double($0 + 1) },
            y: curve.deviation.map { max($0, 1e-16) },
            colour: curve.colour)
        })
    }
    return Figure(
      title: "Sigmoid against tanh from corresponding starts "
        + "(\(AutoencoderInvariance.sampleCount) strings; dashed: non-invariant)",
      panels: panels)
  }
}
