import IntrinsicAnalysis

/// What the study `degrees-of-freedom` measured.
package struct DegreesOfFreedomResult: StudyResult {
  /// The published example.
  struct Example: Sendable {
    let parameters: Int
    let internalUnits: Int
    let paths: Double
    let pathRank: Int
    let function: NumericalRank
    let nullity: Int
    let rescalings: Int
    let rescalingSine: Double
    let residual: Double
  }

  /// A network w-w-w-1 at random weights.
  struct Width: Sendable {
    let width: Int
    let draw: Int
    let parameters: Int
    let paths: Double
    let pathRank: Int
    /// The rank of the path Jacobian by enumeration; nil for many paths.
    let enumerated: Int?
    /// Whether path activities span as many dimensions as there are paths; nil for many paths.
    let spansPaths: Bool?
    let function: NumericalRank
  }

  /// A random graph.
  struct Graph: Sendable {
    let kind: RandomGraph.Kind
    let index: Int
    let parameters: Int
    let paths: Double
    let pathRank: Int
    let enumerated: Int
    let pathRankWithZeros: Int
    let enumeratedWithZeros: Int
    /// Nil for graphs that no network can have.
    let function: NumericalRank?
    /// Whether path activities span as many dimensions as there are paths; nil for many paths and
    /// for graphs that no network can have.
    let spansPaths: Bool?

    /// Whether the formulas say what enumeration says.
    var agrees: Bool {
      pathRank == enumerated && pathRankWithZeros == enumeratedWithZeros
    }
  }

  /// The small network on some inputs.
  struct Growth: Sendable {
    let samples: Int
    let draw: Int
    let function: NumericalRank
    let divergence: NumericalRank
  }

  /// The small network at degenerate weights.
  struct Degenerate: Sendable {
    let degeneracy: Degeneracy
    let fraction: Double
    let draw: Int
    /// The path rank without dead units.
    let pathRank: Int
    let function: NumericalRank
  }

  package let options: DegreesOfFreedomStudy.Options
  let example: Example
  let divergence: NumericalRank
  let widths: [Width]
  let graphs: [Graph]
  let growth: [Growth]
  let degenerate: [Degenerate]

  init(options: DegreesOfFreedomStudy.Options, outcomes: [DegreesOfFreedomStudy.Outcome]) {
    func all<Part>(_ part: (DegreesOfFreedomStudy.Outcome) -> Part?) -> [Part] {
      outcomes.compactMap(part)
    }
    self.options = options
    example = all { if case .example(let part) = $0 { part } else { nil } }[0]
    divergence = all { if case .divergence(let part) = $0 { part } else { nil } }[0]
    widths = all { if case .width(let part) = $0 { part } else { nil } }
    graphs = all { if case .graph(let part) = $0 { part } else { nil } }
    growth = all { if case .growth(let part) = $0 { part } else { nil } }
    degenerate = all { if case .degenerate(let part) = $0 { part } else { nil } }
  }

  /// The widths, least first.
  var widthList: [Int] { Set(widths.map(\.width)).sorted() }

  func widths(_ width: Int) -> [Width] { widths.filter { $0.width == width } }

  /// The fraction of random weights at which the rank of ∂f/∂w is the path rank.
  func fullShare(_ width: Int) -> Double {
    let matching = widths(width)
    return Double(matching.count { $0.function.rank == $0.pathRank }) / Double(matching.count)
  }

  /// Whether path activities span all paths, and the rank of ∂f/∂w is the path rank, where both are
  /// known.
  var spans: [(spansPaths: Bool, isEqual: Bool)] {
    widths.compactMap { part in
      part.spansPaths.map { ($0, part.function.rank == part.pathRank) }
    }
      + graphs.compactMap { part in
        part.spansPaths.map { ($0, part.function?.rank == part.pathRank) }
      }
  }

  func graphs(_ kind: RandomGraph.Kind) -> [Graph] { graphs.filter { $0.kind == kind } }

  /// The numbers of inputs, least first.
  var inputCounts: [Int] { Set(growth.map(\.samples)).sorted() }

  func growth(_ samples: Int) -> [Growth] { growth.filter { $0.samples == samples } }

  func degenerate(_ degeneracy: Degeneracy, _ fraction: Double) -> [Degenerate] {
    degenerate.filter { $0.degeneracy == degeneracy && $0.fraction == fraction }
  }

  /// Parameters, outputs and path rank of the small network.
  var small: (parameters: Int, outputs: Int, pathRank: Int) {
    let sizes = options.smallSizes
    let rank = DegreesOfFreedomStudy.pathRank(sizes)
    return (rank + sizes.dropFirst().dropLast().reduce(0, +), sizes.last!, rank)
  }

  /// The rank that inputs allow: outputs × inputs rows, and the path rank.
  func bound(_ samples: Int) -> Int { min(small.outputs * samples, small.pathRank) }

  /// The same for the divergence: a shift of all outputs is lost, on every input and among the
  /// parameters of the last layer.
  func divergenceBound(_ samples: Int) -> Int {
    min(
      (small.outputs - 1) * samples,
      small.pathRank - options.smallSizes[options.smallSizes.count - 2] - 1)
  }

  /// The part of the path rank that the rank of ∂f/∂w is, at each of the random weights.
  func parts(_ width: Int) -> [Double] {
    widths(width).map { Double($0.function.rank) / Double($0.pathRank) }
  }

  /// The least gap of all measured ranks of ∂f/∂w and F: those with a small one depend on rounding.
  var leastGap: Double {
    let ranks =
      [example.function, divergence] + widths.map(\.function) + graphs.compactMap(\.function)
      + growth.flatMap { [$0.function, $0.divergence] } + degenerate.map(\.function)
    return ranks.compactMap(\.gap).min() ?? .greatestFiniteMagnitude
  }

  package var notes: [String] {
    leastGap >= 1e6
      ? []
      : ["the least gap of a rank is \(leastGap); that rank, in records.csv, depends on rounding"]
  }
}

extension [Int] {
  /// "5", or "4 – 6" with the median "4 / 5 / 6".
  var spread: String {
    let values = map { Double($0) }
    let numbers = [values.min()!, values.median, values.max()!]
    return Set(numbers).count == 1
      ? numbers[0].short : numbers.map(\.short).joined(separator: " / ")
  }
}

extension Double {
  /// A number without needless digits.
  fileprivate var short: String {
    self == rounded() && abs(self) < 1e15 ? String(Int(self)) : "\(self)"
  }
}
