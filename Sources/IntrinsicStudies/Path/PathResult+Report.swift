import Intrinsic

extension PathResult {
  /// What curves are drawn against.
  enum Abscissa {
    case epochs, seconds
  }

  /// Training loss above, test error below; DDP-SGD on the left, DDP-normalization on the right.
  func figure(against abscissa: Abscissa) -> Figure {
    let families = PathStudy.Variant.Family.allCases
    func panels(_ label: String, _ value: @escaping (MiniBatchTraining.Record) -> Double)
      -> [Figure.Panel]
    {
      families.map { family in
        .init(
          title: family.rawValue,
          x: .init(abscissa == .epochs ? "epochs" : "processor time (s)"),
          y: .init(label, scale: .logarithmic),
          series: variants.filter { $0.family == nil || $0.family == family }.map {
            series($0, against: abscissa, value)
          })
      }
    }
    return Figure(
      title: "Path geometry on \(digits), \(options.hidden.map(String.init).joined(separator: "-"))"
        + " ReLU units",
      panels: panels("training loss (nats)", \.trainLoss)
        + panels("test error (%)") { 100 * $0.testError })
  }

  private func series(
    _ variant: PathStudy.Variant, against abscissa: Abscissa,
    _ value: (MiniBatchTraining.Record) -> Double
  ) -> Figure.Series {
    let finished = curves.filter { $0.variant == variant && $0.failure == nil }
    let epochs = finished.map(\.records.count).min() ?? 0
    func values(_ epoch: Int, _ of: (MiniBatchTraining.Record) -> Double) -> [Double] {
      finished.map { of($0.records[epoch]) }
    }
    let columns = (0..<epochs).map { values($0, value) }
    return .init(
      label(variant), style: variant.family == nil ? .dashed : .linePoints,
      x: (0..<epochs).map {
        abscissa == .epochs ? Double($0 + 1) : values($0, \.seconds).quantile(0)
      },
      y: columns.map(\.mean), lower: columns.map { $0.quantile(0) },
      upper: columns.map { $0.quantile(1) }, colour: colour(variant))
  }

  /// The two families share colours and entries of the legend: α and the statistic.
  private func label(_ variant: PathStudy.Variant) -> String {
    guard let measure = variant.measure else { return variant.title }
    if measure == .pathNorm { return "α = 0" }
    return "α = \(measure.alpha), "
      + (measure.statistic == .covariance ? "variance" : "second moment")
  }

  private func colour(_ variant: PathStudy.Variant) -> Int {
    guard let measure = variant.measure else {
      return variant == .gradientDescent ? 6 : 11
    }
    let free = Palette.colours.indices.filter { $0 != 6 && $0 != 11 }
    let measures = variants.compactMap { $0.family == .updates ? $0.measure : nil }
    return free[measures.firstIndex(of: measure)! % free.count]
  }

  /// What the paper says of the ends, and of what lies between them.
  package var claims: Claims {
    func loss(_ variant: PathStudy.Variant) -> Double { final(variant, \.trainLoss).mean }
    func error(_ variant: PathStudy.Variant) -> Double {
      100 * final(variant, \.testError).mean
    }
    func seconds(_ variant: PathStudy.Variant) -> Double {
      final(variant) { $0.seconds / Double($0.epoch) }.quantile(0)
    }
    let source = "Neyshabur et al. 2016"
    var list: [Claim] = []
    if variants.contains(.ddpSGD(.pathNorm)) {
      list += [
        Claim(
          "Path-SGD learns faster than gradient descent: ratio of training losses",
          source: source + ", §5", measured: loss(.ddpSGD(.pathNorm)) / loss(.gradientDescent),
          band: .atMost(1)),
        Claim(
          "Path-SGD costs little more than gradient descent: ratio of processor times",
          source: source + ", §6",
          measured: seconds(.ddpSGD(.pathNorm)) / seconds(.gradientDescent),
          band: .atMost(1.3)),
      ]
    }
    if variants.contains(.ddpNormalization(.covariance)) {
      list.append(
        Claim(
          "Batch normalization learns faster than gradient descent: ratio of training losses",
          source: source + ", §4",
          measured: loss(.ddpNormalization(.covariance)) / loss(.gradientDescent), band: .atMost(1))
      )
    }
    for family in PathStudy.Variant.Family.allCases {
      let members = variants.filter { $0.family == family }
      let inner = members.filter { (0.001...0.999).contains($0.measure!.alpha) }
      let ends = members.filter { [0, 1].contains($0.measure!.alpha) }
      guard let best = inner.map(error).min(), let end = ends.map(error).min() else { continue }
      list.append(
        Claim(
          "\(family.rawValue): the best α between the ends generalizes as well as the better end: "
            + "difference of test errors", source: source + ", Table 1 and §4",
          measured: best - end, band: .atMost(0.3), unit: "points"))
    }
    return Claims(list)
  }
}
