import Foundation

extension FlowPart: WeightNormalizationPart {
  var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: String(
        format: "Deviation of descent from gradient flow after t = %g, over the length of the way "
          + "(loss %.3f → %.4f)", Self.time, losses.start, losses.end),
      columns: [.init("descent and flow")]
        + Self.stepSizes.map { .init("η = \($0)", .trailing) } + [.init("order", .trailing)])
    for pair in Pair.allCases {
      table.addRow(
        [pair.rawValue] + deviations[pair]!.map { String(format: "%.2g", $0) }
          + [String(format: "%.3f", order(pair))])
    }
    return [("flow", table)]
  }

  var figures: [(name: String, figure: Figure)] {
    [
      (
        "flow",
        Figure(panels: [
          .init(
            title: "Descent with normalized weights and gradient flow",
            x: .init("step size", scale: .logarithmic, range: 0.0007...0.15),
            y: .init("deviation of weights, relative", scale: .logarithmic),
            series: Pair.allCases.enumerated().map { index, pair in
              .init(
                pair.rawValue, style: .linePoints, x: Self.stepSizes, y: deviations[pair]!,
                colour: index)
            })
        ])
      )
    ]
  }

  var claims: [Claim] {
    let source = WeightNormalizationResult.source + ", §1"
    return [
      Claim(
        "EWN follows gradient flow with rate ‖w‖² at each unit: order of the deviation in the step "
          + "size", source: source, measured: order(.ewn), band: .within(0.9...1.1)),
      Claim(
        "EWN follows gradient flow with rate ‖w‖² at each unit: deviation at "
          + "η = \(Self.stepSizes.last!)", source: source,
        measured: deviations[.ewn]!.last!, band: .atMost(0.01)),
      Claim(
        "SWN follows its own flow: order of the deviation", source: source,
        measured: order(.swn), band: .within(0.9...1.1)),
      Claim(
        "EWN does not follow plain gradient flow: deviation at η = \(Self.stepSizes.last!)",
        source: source, measured: deviations[.ewnPlain]!.last!, band: .atLeast(0.05)),
    ]
  }

  var notes: [String] { [] }

  var rows: [WeightNormalizationResult.Row] {
    Pair.allCases.flatMap { pair in
      zip(Self.stepSizes, deviations[pair]!).map { size, deviation in
        WeightNormalizationResult.Row(
          part: "flow", scheme: pair.scheme.rawValue,
          setting: "\(pair.rawValue), step size \(size)",
          run: 0, step: Int((Self.time / size).rounded()), quantity: "deviation", value: deviation)
      }
    }
  }
}
