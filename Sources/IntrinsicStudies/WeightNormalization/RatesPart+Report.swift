import Foundation

extension RatesPart: WeightNormalizationPart {
  var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: "L = Θ(1/(t (ln t)^c)) on linearly separable points, linear networks, fitted down to "
        + "e^−\(Int(level))",
      columns: [.init("weights"), .init("depth", .trailing)]
        + ["c of the paper", "c fitted", "exponent of t", "ln t", "ln L", "steps"].map {
          .init($0, .trailing)
        })
    for scheme in WeightScheme.allCases {
      for depth in Self.depths {
        let (fit, last) = (
          fit(scheme, depth: depth), curve(scheme, depth: depth).records.last!
        )
        table.addRow([
          scheme.title, "\(depth)", String(format: "%.3f", scheme.rateExponent(degree: depth)),
          fit.map { String(format: "%.3f", $0.logExponent) } ?? "–",
          fit.map { String(format: "%.5f", $0.exponent) } ?? "–",
          String(format: "%.1f", last.logTime), String(format: "%.1f", last.logLoss),
          "\(last.step)",
        ])
      }
    }
    return [("rates", table)]
  }

  var figures: [(name: String, figure: Figure)] {
    let panels = WeightScheme.allCases.map { scheme in
      Figure.Panel(
        title: scheme.title, x: .init("ln t", scale: .logarithmic),
        y: .init("−ln L − ln t"),
        series: Self.depths.flatMap { depth -> [Figure.Series] in
          let late = curve(scheme, depth: depth).records.filter { $0.logTime > 5 }
          guard let last = late.last else { return [] }
          let exponent = scheme.rateExponent(degree: depth)
          return [
            .init(
              "depth \(depth)", x: late.map(\.logTime), y: late.map { -$0.logLoss - $0.logTime },
              colour: depth - 1),
            .init(
              depth == Self.depths.last! ? "slope c of the paper" : "", style: .dashed,
              x: late.map(\.logTime),
              y: late.map {
                -last.logLoss - last.logTime + exponent * (log($0.logTime) - log(last.logTime))
              }, colour: 6),
          ]
        })
    }
    return [
      (
        "rates",
        Figure(title: "How fast losses fall: slopes are c in 1/(t (ln t)^c)", panels: panels)
      )
    ]
  }

  var claims: [Claim] {
    [WeightScheme.exponential, .unnormalized].flatMap { scheme in
      Self.depths.map { depth in
        let theory = scheme.rateExponent(degree: depth)
        return Claim(
          "\(scheme.title), depth \(depth): c in L = Θ(1/(t (ln t)^c))",
          source: scheme == .exponential
            ? WeightNormalizationResult.source + ", §1" : "Lyu and Li 2020, as cited there",
          published: String(format: "%.4g", theory),
          measured: fit(scheme, depth: depth)?.logExponent ?? .nan,
          band: .within(theory - 0.2...theory + 0.2))
      }
    }
  }

  var notes: [String] {
    curves.enumerated().flatMap { index, late in
      late.compactMap { curve in
        curve.failure.map { "rates, \(curve.scheme.title), depth \(Self.depths[index]): \($0)" }
      }
    }
  }

  var rows: [WeightNormalizationResult.Row] {
    curves.enumerated().flatMap { index, late in
      late.flatMap { $0.rows(part: "rates", setting: "depth \(Self.depths[index])", run: 0) }
    }
  }
}
