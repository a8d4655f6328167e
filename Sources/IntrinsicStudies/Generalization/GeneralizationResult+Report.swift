import Foundation
import IntrinsicTheory

extension GeneralizationResult {
  /// Claims about the end of training speak of loads at least this far from 1, near which it takes long.
  private static let margin = 0.4

  package var claims: Claims {
    let source = "Luo et al. 2019, "
    var list: [Claim] = []
    // In standard errors, with the few per cent of terms in 1/N taken off.
    func deviation(_ solved: Solved) -> Double {
      let expected = theory(solved)
      let excess = abs(solved.errors.mean - expected) - 2 * expected / Double(options.solvedInputs)
      return max(0, excess) / solved.errors.standardError
    }
    for (what, found) in [
      ("Vanilla gradient descent", solved.filter { $0.ridge == 0 }),
      ("WN + gamma decay", solved.filter { $0.ridge > 0 }),
    ] {
      guard let worst = found.map(deviation).max() else { continue }
      list.append(
        Claim(
          "\(what) has the closed form: largest deviation of \(found.count) means over solved problems",
          source: source + "§4.1, corrected as in errata B5 and B6", measured: worst,
          band: .atMost(4.5), unit: "standard errors"))
    }
    let scanned = ridges.compactMap { solved(1, ridge: $0) }
    if let best = scanned.min(by: { $0.errors.mean < $1.errors.mean }), options.noise > 0 {
      list.append(
        Claim(
          "The best decay at α = 1 equals the noise: their ratio, on a grid of powers of 2",
          source: source + "§4.1", measured: best.ridge / options.noise,
          band: .within(0.5...2)))
    }
    /// The relative deviation of a training from a solution on the same examples.
    func gap(_ curve: LearningCurve, _ solution: Double?) -> Double {
      abs(curve.last.error / (solution ?? .nan) - 1)
    }
    let (batch, nearest) = (options.batch, nearest)
    list += [
      Claim(
        "BN with M = \(batch) lies on the curve of WN + gamma decay with ζ = 1/(2M): largest relative "
          + "deviation after \(options.epochs) epochs, on the same examples",
        source: source + "Figure 1, top",
        measured: byLoad.map { gap($0, $0.decayed) }.max()!, band: .atMost(0.1)),
      Claim(
        "The same, stopped where all loads together are nearest to it: after "
          + "\(byLoad[0].measures[nearest].epoch) epochs", source: source + "Figure 1, top",
        measured: self.gap(stoppedAt: nearest), band: .atMost(0.1)),
    ]
    let far = byLoad.filter { abs($0.training.load - 1) >= Self.margin }
    if !far.isEmpty {
      list += [
        Claim(
          "The same after \(options.epochs) epochs, at \(Self.margin) or more from α = 1",
          source: source + "Figure 1, top",
          measured: far.map { gap($0, $0.decayed) }.max()!, band: .atMost(0.1)),
        Claim(
          "In the end BN is the pseudo-inverse solution times E σ_B/σ, without a ridge: largest "
            + "relative deviation at \(Self.margin) or more from α = 1", source: "derived here",
          measured: far.map { gap($0, $0.shrunk) }.max()!, band: .atMost(0.05)),
      ]
    }
    if let one = byBatch.first(where: { $0.training.batch == options.batch }) {
      list.append(
        Claim(
          "At α = 1, BN is comparable to WN + gamma decay: ratio of errors after "
            + "\(options.epochs) epochs", source: source + "Figure 1, bottom",
          measured: one.last.error / published(one.training), band: .within(0.5...2)))
    }
    if let small = byBatch.first, let large = byBatch.last, small.training != large.training {
      list.append(
        Claim(
          "At α = 1, small batches generalize better: error with M = \(small.training.batch) over "
            + "that with M = \(large.training.batch)", source: source + "§4 with ζ = 1/(2M)",
          measured: small.last.error / large.last.error, band: .atMost(0.9)))
    }
    return Claims(list)
  }

  package var figures: [(name: String, figure: Figure)] {
    [
      (
        "figure-1",
        Figure(
          title: "Generalization error of a linear teacher's students, noise σ² = \(options.noise)",
          panels: byBatch.isEmpty ? [loadPanel] : [loadPanel, ridgePanel, timePanel])
      )
    ]
  }

  /// Figure 1, top.
  private var loadPanel: Figure.Panel {
    let loads = (0...600).map { 0.1 + 3.1 * Double($0) / 600 }
    let top = 2.0
    func curve(_ label: String, _ colour: Int, _ value: (LinearTeacher) -> Double) -> Figure.Series
    {
      // Values above the panel leave a gap: no line shall join both sides of α = 1.
      .init(
        label, x: loads,
        y: loads.map { load in
          let error = value(teacher(load))
          return error < 1.5 * top ? error : .nan
        }, colour: colour)
    }
    func points(_ label: String, _ colour: Int, _ ridge: (Double) -> Double) -> Figure.Series {
      let found = options.loads.compactMap { solved($0, ridge: ridge($0)) }
      return .init(
        label, style: .points, x: found.map(\.load), y: found.map(\.errors.mean),
        lower: found.map { $0.errors.mean - $0.errors.standardError },
        upper: found.map { $0.errors.mean + $0.errors.standardError }, colour: colour)
    }
    let batch = options.batch
    return .init(
      title: "against the load, M = \(batch)",
      x: .init("load α = P/N"), y: .init("generalization error", range: 0...top),
      series: [
        curve("vanilla SGD", 0, \.gradientDescentError),
        curve("WN + gamma decay, ζ = 1/(2M)", 2) {
          try! $0.batchNormalizationError(batch: batch)
        },
        curve("WN + gamma decay, z = σ²", 1) { try! $0.error(ridge: $0.noise) },
        curve("BN, limit of training", 3) {
          try! $0.convergedBatchNormalizationError(batch: batch)
        },
        points("", 0) { _ in 0 }, points("", 2, decayRidge), points("", 1) { _ in options.noise },
        .init(
          "BN, stopped after \(byLoad[0].measures[nearest].epoch) epochs", style: .points,
          x: byLoad.map(\.training.load), y: byLoad.map { $0.measures[nearest].error }, colour: 6),
        .init(
          "BN, trained for \(options.epochs)", style: .reference, x: byLoad.map(\.training.load),
          y: byLoad.map(\.last.error)),
      ])
  }

  /// Figure 1, bottom: α = 1.
  private var ridgePanel: Figure.Panel {
    let found = ridges.compactMap { solved(1, ridge: $0) }
    let fine = (-36...16).map { pow(2, Double($0) / 4) }
    return .init(
      title: "α = 1, against the decay",
      x: .init("ζ; 1/(2M) for BN", scale: .logarithmic),
      y: .init("generalization error", scale: .logarithmic),
      series: [
        .init(
          "WN + gamma decay, any ζ", x: fine, y: fine.map { try! teacher(1).error(ridge: $0) },
          colour: 2),
        .init(
          "solved, N = \(options.solvedInputs)", style: .points, x: found.map(\.ridge),
          y: found.map(\.errors.mean),
          lower: found.map { $0.errors.mean - $0.errors.standardError },
          upper: found.map { $0.errors.mean + $0.errors.standardError }, colour: 2),
        .init(
          "BN, trained",
          style: .reference, x: byBatch.map { 1 / (2 * Double($0.training.batch)) },
          y: byBatch.map(\.last.error)),
      ])
  }

  /// How the error grows in training at α = 1.
  private var timePanel: Figure.Panel {
    .init(
      title: "α = 1, BN in training",
      x: .init("epochs", scale: .logarithmic),
      y: .init("generalization error", scale: .logarithmic),
      series: byBatch.prefix(6).enumerated().map { index, curve in
        .init(
          "M = \(curve.training.batch)", style: .line,
          x: curve.measures.map { Double($0.epoch) }, y: curve.measures.map(\.error),
          colour: 4 + index)
      },
      references: byBatch.first { $0.training.batch == options.batch }.map {
        [
          .init(
            "ζ = 1/(2M), M = \(options.batch)", value: published($0.training), colour: 2)
        ]
      } ?? [])
  }
}
