import Foundation
import IntrinsicAnalysis

extension DegreesOfFreedomResult {
  package var tables: [(name: String, table: TextTable)] {
    [
      ("published", publishedTable), ("widths", widthTable), ("graphs", graphTable),
      ("inputs", inputTable), ("degenerate", degenerateTable),
    ]
  }

  /// Whether the example is that of Tomioka 2016.
  var isPublishedExample: Bool { options.sizes == [64, 32, 32, 10] }

  private var publishedTable: TextTable {
    var table = TextTable(
      title: "The published examples",
      columns: [.init("quantity"), .init("published", .trailing), .init("measured", .trailing)])
    if let first = widths(2).first {
      table.addSection("2-2-2-1 without biases (Neyshabur et al. 2016, Figure 2):")
      table.addRow(["parameters", "10", "\(first.parameters)"])
      table.addRow(["paths", "8", String(format: "%.0f", first.paths)])
      table.addRow(["rank of the path Jacobian, enumerated", "6", "\(first.enumerated!)"])
      table.addRow(["parameters − hidden units", "10 − 4 = 6", "\(first.pathRank)"])
      table.addRow([
        "rank of ∂f/∂w at \(widths(2).count) random weights", "≤ 6",
        widths(2).map(\.function.rank).spread,
      ])
    }
    let names = options.sizes.map(String.init).joined(separator: "-")
    func published(_ text: String) -> String { isPublishedExample ? text : "–" }
    table.addSection(
      "\(names) with biases" + (isPublishedExample ? " (Tomioka 2016)" : "")
        + ", \(options.samples) inputs:")
    table.addRow(["parameters", published("3466"), "\(example.parameters)"])
    table.addRow(["paths", "–", String(format: "%.0f", example.paths)])
    table.addRow([
      "path rank: parameters − hidden units", published("3402?"), "\(example.pathRank)",
    ])
    table.addRow([
      "rank of ∂f/∂w", published("3402?"), text(example.function),
    ])
    table.addRow(["dimension of the null space", published("64?"), "\(example.nullity)"])
    table.addRow([
      "spanned by node-wise rescaling", published("64"), "\(example.rescalings)",
    ])
    table.addRow([
      "sine of the angle between them", "–", String(format: "%.1e", example.rescalingSine),
    ])
    table.addRow(["rank of F, divergence (softmax)", "–", text(divergence)])
    return table
  }

  /// A rank with its gap.
  private func text(_ rank: NumericalRank) -> String {
    "\(rank.rank)" + (rank.gap.map { String(format: " (gap %.0e)", $0) } ?? "")
  }

  private var widthTable: TextTable {
    var table = TextTable(
      title: "Networks w-w-w-1 without biases at \(4 * options.draws) random weights "
        + "(least / median / largest)",
      columns: [.init("w")]
        + [
          "parameters", "paths", "path rank", "rank of ∂f/∂w", "mean part", "equal",
          "paths spanned",
        ].map { .init($0, .trailing) })
    for width in widthList {
      let matching = widths(width)
      let ranks = matching.map(\.function.rank)
      table.addRow([
        "\(width)", "\(matching[0].parameters)", String(format: "%.0f", matching[0].paths),
        "\(matching[0].pathRank)", ranks.spread,
        String(
          format: "%.0f %%", 100 * ranks.map { Double($0) }.mean / Double(matching[0].pathRank)),
        String(format: "%.0f %%", 100 * fullShare(width)), share(matching.map(\.spansPaths)),
      ])
    }
    return table
  }

  /// The share of those that are known, of which there may be none.
  private func share(_ values: [Bool?]) -> String {
    let known = values.compactMap { $0 }
    return known.isEmpty
      ? "–" : String(format: "%.0f %%", 100 * Double(known.count { $0 }) / Double(known.count))
  }

  private var graphTable: TextTable {
    var table = TextTable(
      title:
        "Random graphs: the path rank by formula and by enumeration, the rank of ∂f/∂w beside it",
      columns: [.init("graphs")]
        + [
          "number", "parameters", "paths", "formula right", "with zeros", "∂f/∂w ≤ it", "equal",
          "mean part", "paths spanned",
        ].map { .init($0, .trailing) })
    for kind in RandomGraph.Kind.allCases {
      let matching = graphs(kind)
      let known = matching.filter { $0.function != nil }
      let shares = known.map { Double($0.function!.rank) / Double($0.pathRank) }
      table.addRow([
        kind.title, "\(matching.count)",
        "\(matching.map(\.parameters).min()!) – \(matching.map(\.parameters).max()!)",
        String(format: "%.0f – %.0f", matching.map(\.paths).min()!, matching.map(\.paths).max()!),
        "\(matching.count { $0.pathRank == $0.enumerated })",
        "\(matching.count { $0.pathRankWithZeros == $0.enumeratedWithZeros })",
        known.isEmpty ? "–" : "\(known.count { $0.function!.rank <= $0.pathRank })",
        known.isEmpty ? "–" : "\(known.count { $0.function!.rank == $0.pathRank })",
        known.isEmpty ? "–" : String(format: "%.0f %%", 100 * shares.mean),
        share(matching.map(\.spansPaths)),
      ])
    }
    return table
  }

  private var smallTitle: String {
    options.smallSizes.map(String.init).joined(separator: "-")
      + ", \(small.parameters) parameters, path rank \(small.pathRank), \(options.draws) random "
      + "weights (least / median / largest)"
  }

  private var inputTable: TextTable {
    var table = TextTable(
      title: "Few inputs: " + smallTitle,
      columns: [
        "inputs", "outputs × inputs", "rank of ∂f/∂w", "(outputs − 1) × inputs", "rank of F",
      ]
      .map { .init($0, .trailing) })
    for samples in inputCounts {
      let matching = growth(samples)
      table.addRow([
        "\(samples)", "\(small.outputs * samples)", matching.map(\.function.rank).spread,
        "\((small.outputs - 1) * samples)", matching.map(\.divergence.rank).spread,
      ])
    }
    return table
  }

  private var degenerateTable: TextTable {
    var table = TextTable(
      title: "Degenerate weights: " + smallTitle,
      columns: [.init("fraction", .trailing), .init("path rank without dead units", .trailing)]
        + [.init("rank of ∂f/∂w", .trailing)])
    for degeneracy in Degeneracy.allCases {
      table.addSection("\(degeneracy.title):")
      for fraction in DegreesOfFreedomStudy.degenerateFractions {
        let matching = degenerate(degeneracy, fraction)
        table.addRow([
          String(format: "%.0f %%", 100 * fraction), matching.map(\.pathRank).spread,
          matching.map(\.function.rank).spread,
        ])
      }
    }
    return table
  }

  package var records: TextTable {
    var table = TextTable(columns: [
      .init("measurement"), .init("setting"), .init("draw"), .init("path_rank"), .init("rank"),
      .init("gap"), .init("paths_spanned"),
    ])
    func add(
      _ measurement: String, _ setting: String, _ draw: Int, _ pathRank: Int,
      _ rank: NumericalRank?,
      _ spansPaths: Bool? = nil
    ) {
      table.addRow([
        measurement, setting, "\(draw)", "\(pathRank)", rank.map { "\($0.rank)" } ?? "",
        rank?.gap.map { "\($0)" } ?? "", spansPaths.map(String.init) ?? "",
      ])
    }
    add("example", "", 0, example.pathRank, example.function)
    add("example-divergence", "", 0, example.pathRank, divergence)
    for part in widths {
      add("width", "\(part.width)", part.draw, part.pathRank, part.function, part.spansPaths)
    }
    for part in graphs {
      add("graph", part.kind.rawValue, part.index, part.pathRank, part.function, part.spansPaths)
    }
    for part in growth {
      add("inputs", "\(part.samples)", part.draw, small.pathRank, part.function)
      add("inputs-divergence", "\(part.samples)", part.draw, small.pathRank, part.divergence)
    }
    for part in degenerate {
      add(
        part.degeneracy.rawValue, "\(part.fraction)", part.draw, part.pathRank, part.function)
    }
    return table
  }
}
