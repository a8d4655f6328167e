import IntrinsicAnalysis

extension DegreesOfFreedomResult {
  /// The ranks of the examples, and what share of the random graphs agree.
  package struct SummaryRow: Codable, Sendable {
    let parameters: Int
    let paths: Double
    let pathRank: Int
    let functionRank: NumericalRank
    let divergenceRank: NumericalRank
    let nullity: Int
    let rescalings: Int
    let rescalingSine: Double
    /// Of Figure 2, at each of the random weights; empty if that width was not asked for.
    let figure2Ranks: [Int]
    let graphs: Int
    let graphsWithRightFormula: Int
    let graphsOfFullRank: Int
    /// Of all ranks measured here.
    let leastGap: Double
  }

  package var summary: SummaryRow {
    SummaryRow(
      parameters: example.parameters, paths: example.paths, pathRank: example.pathRank,
      functionRank: example.function, divergenceRank: divergence, nullity: example.nullity,
      rescalings: example.rescalings, rescalingSine: example.rescalingSine,
      figure2Ranks: widths(2).map(\.function.rank), graphs: graphs.count,
      graphsWithRightFormula: graphs.count { $0.agrees },
      graphsOfFullRank: graphs.count { $0.function?.rank == $0.pathRank }, leastGap: leastGap)
  }

  package var claims: Claims {
    Claims(figure2Claims + exampleClaims + graphClaims + smallClaims)
  }

  private func exactly(_ value: Int) -> Claim.Band { .within(Double(value)...Double(value)) }

  private var figure2Claims: [Claim] {
    guard let first = widths(2).first, let enumerated = first.enumerated else { return [] }
    let source = "Neyshabur et al. 2016, Figure 2"
    let full = spans.filter(\.spansPaths)
    var claims = [
      Claim(
        "2-2-2-1 without biases: paths", source: source, published: "8", measured: first.paths,
        band: exactly(8)),
      Claim(
        "2-2-2-1 without biases: rank of the path Jacobian", source: source, published: "6",
        measured: Double(enumerated), band: exactly(6)),
      Claim(
        "The rank of ∂f/∂w is at most the path rank: largest excess, w-w-w-1",
        source: "Neyshabur et al. 2016, Theorem 3",
        measured: Double(widths.map { $0.function.rank - $0.pathRank }.max()!), band: .atMost(0)),
      Claim(
        "It is the path rank where path activities span all paths: exceptions in \(full.count) such "
          + "networks of \(spans.count)", source: "Neyshabur et al. 2016, Theorem 3",
        measured: Double(full.count { !$0.isEqual }), band: .atMost(0)),
    ]
    if let widest = widthList.last, widest > 2 {
      claims.append(
        Claim(
          "Degenerate weights cost less in wide networks: mean part of the path rank, w = \(widest) "
            + "minus w = 2", source: "Neyshabur et al. 2016, §7 (conjecture)",
          measured: parts(widest).mean - parts(2).mean, band: .atLeast(0.02)))
    }
    return claims
  }

  private var exampleClaims: [Claim] {
    let name = options.sizes.map(String.init).joined(separator: "-")
    let source = isPublishedExample ? "Tomioka 2016" : "Neyshabur et al. 2016, Theorem 4"
    func published(_ text: String) -> String? { isPublishedExample ? text : nil }
    let hidden = options.sizes.dropFirst().dropLast()
    let rank = DegreesOfFreedomStudy.pathRank(options.sizes)
    return [
      Claim(
        "\(name): parameters", source: source, published: published("3466"),
        measured: Double(example.parameters), band: exactly(rank + hidden.reduce(0, +))),
      Claim(
        "\(name): path rank", source: source, published: published("3402?"),
        measured: Double(example.pathRank), band: exactly(rank)),
      Claim(
        "\(name): rank of ∂f/∂w on \(options.samples) inputs", source: source,
        published: published("3402?"), measured: Double(example.function.rank),
        band: exactly(rank)),
      Claim(
        "\(name): ambiguities, the dimension of the null space", source: source,
        published: published("64?"), measured: Double(example.nullity),
        band: exactly(hidden.reduce(0, +))),
      Claim(
        "All of them are node-wise rescaling: sine of the angle between the two spaces",
        source: "Neyshabur et al. 2016, §7.2", measured: example.rescalingSine, band: .atMost(1e-8)),
      Claim(
        "\(name): rank of F for the divergence; softmax ignores a shift of all outputs",
        source: "Neyshabur et al. 2016, §7", measured: Double(divergence.rank),
        band: exactly(rank - hidden.last! - 1)),
    ]
  }

  private var graphClaims: [Claim] {
    let known = graphs.filter { $0.function != nil }
    return [
      Claim(
        "Random graphs: rank of the path Jacobian = parameters − hidden units on paths; share",
        source: "Neyshabur et al. 2016, Theorem 4",
        measured: Double(graphs.count { $0.agrees }) / Double(graphs.count), band: .atLeast(1)),
      Claim(
        "Random graphs: the rank of ∂f/∂w is at most the path rank; share",
        source: "Neyshabur et al. 2016, Theorem 3",
        measured: Double(known.count { $0.function!.rank <= $0.pathRank }) / Double(known.count),
        band: .atLeast(1)),
    ]
  }

  private var smallClaims: [Claim] {
    let many = inputCounts.last!
    // Where the rows, outputs × inputs, are up to 0.9 of the path rank.
    let few = inputCounts.filter { 10 * small.outputs * ($0 - 1) < 9 * small.pathRank }
    let source = "Neyshabur et al. 2016, §7"
    let falls = Degeneracy.allCases.map { degeneracy in
      let ranks = DegreesOfFreedomStudy.degenerateFractions.map {
        degenerate(degeneracy, $0).map { Double($0.function.rank) }.mean
      }
      return ranks.last! / ranks.first!
    }
    return [
      Claim(
        "Each input adds the outputs to the rank: least median of rank over outputs × inputs, up to "
          + "\(few.last!) inputs", source: source,
        measured: few.map { count in
          growth(count).map { Double($0.function.rank) / Double(bound(count)) }.median
        }.min()!, band: .within(0.97...1)),
      Claim(
        "\(many) inputs: median rank of ∂f/∂w over the path rank", source: source,
        measured: growth(many).map { Double($0.function.rank) / Double(small.pathRank) }.median,
        band: .within(0.99...1)),
      Claim(
        "Dead units take their paths: least median of the rank over the path rank without them",
        source: source,
        measured: DegreesOfFreedomStudy.degenerateFractions.map { fraction in
          degenerate(.deadUnits, fraction).map { Double($0.function.rank) / Double($0.pathRank) }
            .median
        }.min()!, band: .within(0.97...1)),
      Claim(
        "Degenerate weights lose more: greatest rank, 80 % degenerate over none", source: source,
        measured: falls.max()!, band: .atMost(0.98)),
    ]
  }

  package var figures: [(name: String, figure: Figure)] {
    let name = options.smallSizes.map(String.init).joined(separator: "-")
    return [
      (
        "ranks",
        Figure(panels: [inputPanel(name), degeneratePanel(name), widthPanel])
      )
    ]
  }

  private func series(
    _ label: String, style: Figure.Series.Style = .linePoints, _ points: [(Double, [Double])],
    colour: Int
  ) -> Figure.Series {
    Figure.Series(
      label, style: style, x: points.map(\.0), y: points.map(\.1.median),
      lower: points.map { $0.1.min()! }, upper: points.map { $0.1.max()! }, colour: colour)
  }

  private func inputPanel(_ name: String) -> Figure.Panel {
    let counts = inputCounts.map { Double($0) }
    // Half of what is measured: nothing happens beyond.
    let (end, top) = (counts.last! / 2, 1.05 * Double(small.parameters))
    func points(_ rank: (Growth) -> NumericalRank) -> [(Double, [Double])] {
      inputCounts.map { count in
        (Double(count), growth(count).map { Double(rank($0).rank) })
      }
    }
    return Figure.Panel(
      title: "\(name): few inputs", x: .init("inputs", range: 0...end),
      y: .init("rank", range: 0...top),
      series: [
        series("rank of ∂f/∂w", points(\.function), colour: 0),
        series("rank of F, divergence", points(\.divergence), colour: 1),
        Figure.Series(
          "outputs × inputs", style: .dashed, x: [0, top / Double(small.outputs)], y: [0, top],
          colour: 6),
      ], references: references)
  }

  private var references: [Figure.ReferenceLine] {
    [
      .init("parameters", value: Double(small.parameters)),
      .init("path rank", value: Double(small.pathRank), colour: 2),
    ]
  }

  private func degeneratePanel(_ name: String) -> Figure.Panel {
    func points(
      _ degeneracy: Degeneracy, _ value: (Degenerate) -> Int
    ) -> [(Double, [Double])] {
      DegreesOfFreedomStudy.degenerateFractions.map { fraction in
        (100 * fraction, degenerate(degeneracy, fraction).map { Double(value($0)) })
      }
    }
    let colours = [3, 4, 5, 8]
    return Figure.Panel(
      title: "\(name): degenerate weights", x: .init("degenerate weights or hidden units (%)"),
      y: .init("rank", range: 0...Double(small.parameters) * 1.05),
      series: Degeneracy.allCases.enumerated().map { index, degeneracy in
        series(degeneracy.title, points(degeneracy) { $0.function.rank }, colour: colours[index])
      }
        + [Degeneracy.zeroWeights, .deadUnits].enumerated().map { index, degeneracy in
          let ranks = points(degeneracy) { $0.pathRank }
          return Figure.Series(
            "\(degeneracy.title): path rank", style: .dashed, x: ranks.map(\.0),
            y: ranks.map(\.1.median), colour: colours[index])
        }, references: references)
  }

  private var widthPanel: Figure.Panel {
    Figure.Panel(
      title: "w-w-w-1 without biases", x: .init("width w"), y: .init("fraction", range: 0...1.05),
      series: [
        Figure.Series(
          "mean rank of ∂f/∂w over path rank", style: .linePoints,
          x: widthList.map { Double($0) }, y: widthList.map { parts($0).mean },
          lower: widthList.map { parts($0).min()! }, upper: widthList.map { parts($0).max()! },
          colour: 7),
        Figure.Series(
          "random weights where they are equal", style: .linePoints,
          x: widthList.map { Double($0) }, y: widthList.map(fullShare), colour: 9),
      ])
  }
}
