import Foundation

extension UnitsPart: WeightNormalizationPart {
  private var name: String { data.rawValue }

  var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: "Hidden units of 2-\(hidden)-1 ReLU networks on \(data.title), medians of "
        + "\(curves.count) runs",
      columns: [
        .init("weights"), .init("ln L", .trailing), .init("growing units", .trailing),
        .init("‖w‖/‖∇‖, most over least", .trailing), .init("‖w‖·‖∇‖, most over least", .trailing),
      ])
    for scheme in WeightScheme.allCases {
      let middle = medians(scheme)
      table.addRow([
        scheme.title, String(format: "%.0f", middle.logLoss), String(format: "%g", middle.growing),
        String(format: "%.3f", middle.ratio), String(format: "%.3f", middle.product),
      ])
    }
    return [("units-\(name)", table)]
  }

  /// Norms of all hidden units above, how the relations of growing ones become equal below.
  var figures: [(name: String, figure: Figure)] {
    let norms = WeightScheme.allCases.map { scheme -> Figure.Panel in
      let curve = curves(scheme)[0]
      let growing = Self.growing(curve)
      var labelled = Set<Bool>()
      let order = (0..<hidden).sorted { !growing.contains($0) && growing.contains($1) }
      return Figure.Panel(
        title: scheme.title + ": norms of hidden units", x: .init("−ln L", range: 0...level),
        y: .init("‖w‖", scale: .logarithmic),
        series: order.map { unit in
          let grows = growing.contains(unit)
          let label = labelled.insert(grows).inserted ? (grows ? "growing" : "other") : ""
          return .init(
            label + (label.isEmpty ? "" : " units"), x: curve.depths,
            y: curve.records.map { $0.units[0][unit].norm }, colour: grows ? 0 : 11)
        })
    }
    let relations = WeightScheme.allCases.map { scheme -> Figure.Panel in
      let curve = curves(scheme)[0]
      let growing = Self.growing(curve)
      let spreads = curve.records.map { Self.spreads($0, units: growing) }
      return Figure.Panel(
        title: scheme.title + ": growing units", x: .init("−ln L", range: 0...level),
        y: .init("most over least", scale: .logarithmic),
        series: [
          .init("‖w‖/‖∇‖", x: curve.depths, y: spreads.map(\.ratio), colour: 1),
          .init("‖w‖·‖∇‖", x: curve.depths, y: spreads.map(\.product), colour: 2),
        ])
    }
    return [
      (
        "units-\(name)",
        Figure(
          title: "Hidden units on \(data.title), 2-\(hidden)-1 ReLU", panels: norms + relations)
      )
    ]
  }

  var claims: [Claim] {
    let (plain, swn, ewn) = (
      medians(.unnormalized), medians(.standard), medians(.exponential)
    )
    let source = WeightNormalizationResult.source
    return [
      Claim(
        "EWN is sparse on \(data.title): growing hidden units over those of unnormalized weights",
        source: source + ", §1", measured: ewn.growing / plain.growing, band: .atMost(0.6)),
      Claim(
        "EWN is sparse on \(data.title): growing hidden units over those of SWN",
        source: source + ", §1", measured: ewn.growing / swn.growing, band: .atMost(0.75)),
      Claim(
        "‖w‖/‖∇‖ is equal among growing units on \(data.title), unnormalized: ln (most over least) "
          + "over that of ‖w‖·‖∇‖", source: source + ", §1",
        measured: log(plain.ratio) / log(plain.product), band: .atMost(0.25)),
      Claim(
        "‖w‖/‖∇‖ is equal among growing units on \(data.title), SWN: ln (most over least) over that "
          + "of ‖w‖·‖∇‖", source: source + ", §1", measured: log(swn.ratio) / log(swn.product),
        band: .atMost(0.25)),
      Claim(
        "‖w‖·‖∇‖ becomes equal among growing units on \(data.title), EWN: most over least",
        source: source + ", §1", measured: ewn.product, band: .within(1...2)),
      Claim(
        "‖w‖·‖∇‖ is more equal than ‖w‖/‖∇‖ among growing units on \(data.title), EWN: ln (most over "
          + "least) over that of the other", source: source + ", §1",
        measured: log(ewn.product) / log(ewn.ratio), band: .atMost(1)),
    ]
  }

  var notes: [String] {
    curves.enumerated().flatMap { run, middle in
      middle.compactMap { curve in
        curve.failure.map { "\(name), \(curve.scheme.title), run \(run): \($0)" }
      }
    }
  }

  var rows: [WeightNormalizationResult.Row] {
    curves.enumerated().flatMap { run, middle in
      middle.flatMap { $0.rows(part: name, setting: "\(hidden) hidden units", run: run) }
    }
  }
}
