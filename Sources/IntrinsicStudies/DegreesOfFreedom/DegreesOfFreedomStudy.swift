import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Study `degrees-of-freedom`: is node-wise rescaling all that a ReLU network ignores? The ranks of
/// Neyshabur et al. 2016, §7 and Tomioka 2016, measured on their networks, on random graphs, with few
/// inputs and at degenerate weights.
///
/// Weights are N(0, 2/d) for units that read d others, biases N(0, 0.01), inputs standard normal.
package struct DegreesOfFreedomStudy: Study {
  package struct Options: StudyOptions {
    /// The layers of the published example, inputs first: ReLU units with biases, softmax outputs.
    package var sizes = [64, 32, 32, 10]
    /// Inputs on which the rank of that network is measured; with half as many some random weights
    /// lack a few dimensions.
    package var samples = 1_400
    /// The layers of the network that is given few inputs and degenerate weights.
    package var smallSizes = [16, 12, 12, 4]
    /// Widths w of the networks w-w-w-1 without biases; 2 is that of Figure 2.
    package var widths = [2, 3, 4, 6, 8, 12]
    /// Random graphs of each kind.
    package var graphs = 25
    /// Random weights and inputs for everything but the published example; four times as many for
    /// networks w-w-w-1.
    package var draws = 8
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    for (name, sizes, limit) in [
      ("sizes", options.sizes, 10_000), ("small-sizes", options.smallSizes, 2_000),
    ] {
      try OptionError.check(
        sizes.count >= 3 && sizes.allSatisfy { (1...1_000).contains($0) } && sizes.last! >= 2, name,
        sizes, "three or more layers of 1 to 1000 units, the last of at least 2, are possible")
      let parameters = Self.parameterCount(sizes)
      try OptionError.check(
        parameters <= limit, name, sizes,
        "\(parameters) parameters are more than the \(limit) possible")
    }
    try OptionError.check(
      !options.widths.isEmpty && options.widths.allSatisfy { (1...40).contains($0) }, "widths",
      options.widths, "widths from 1 to 40 are possible")
    try OptionError.check(
      1...10_000,
      [
        "samples": options.samples, "graphs": options.graphs, "draws": options.draws,
        "threads": options.threads,
      ])
    self.options = options
    let (rows, columns) = (
      options.samples * options.sizes.last!, Self.parameterCount(options.sizes)
    )
    let bytes = FunctionTangent.size(rows: rows, columns: columns)
    try OptionError.check(
      bytes <= Double(FunctionTangent.greatestSize), "samples", options.samples,
      "a Jacobian of \(rows) × \(columns) needs \(Int(bytes / 1e9)) GB, more than the "
        + "\(FunctionTangent.greatestSize / 1_000_000_000) possible")
  }

  /// One measurement.
  enum Piece: Sendable {
    case example(OutputDistance)
    case width(Int, draw: Int)
    case graph(RandomGraph.Kind, Int)
    case growth(samples: Int, draw: Int)
    case degenerate(Degeneracy, fraction: Double, draw: Int)
  }

  /// What it gave.
  enum Outcome: Sendable {
    case example(DegreesOfFreedomResult.Example)
    case divergence(NumericalRank)
    case width(DegreesOfFreedomResult.Width)
    case graph(DegreesOfFreedomResult.Graph)
    case growth(DegreesOfFreedomResult.Growth)
    case degenerate(DegreesOfFreedomResult.Degenerate)
  }

  /// The numbers of inputs that a network is given, as fractions of the path rank over the number of
  /// outputs: 1 where the rank could be reached.
  static let inputFractions = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 4]
  /// The fractions of weights or units that are degenerate.
  static let degenerateFractions = [0, 0.1, 0.2, 0.4, 0.6, 0.8]

  /// Longest first.
  private var pieces: [Piece] {
    let draws = 0..<options.draws
    var pieces: [Piece] = [.example(.square), .example(.divergence)]
    for width in options.widths.sorted(by: >) {
      pieces += (0..<4 * options.draws).map { .width(width, draw: $0) }
    }
    for degeneracy in Degeneracy.allCases {
      for fraction in Self.degenerateFractions {
        pieces += draws.map { .degenerate(degeneracy, fraction: fraction, draw: $0) }
      }
    }
    for samples in inputCounts { pieces += draws.map { .growth(samples: samples, draw: $0) } }
    for kind in RandomGraph.Kind.allCases {
      pieces += (0..<options.graphs).map { .graph(kind, $0) }
    }
    return pieces
  }

  /// The numbers of inputs that the small network is given.
  var inputCounts: [Int] {
    let reached = Double(Self.pathRank(options.smallSizes)) / Double(options.smallSizes.last!)
    return Self.inputFractions.map { max(Int(($0 * reached).rounded(.up)), 1) }
      .reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }

  /// The number of parameters of a layered network with biases.
  private static func parameterCount(_ sizes: [Int]) -> Int {
    zip(sizes, sizes.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
  }

  /// The path rank of a layered network with biases.
  static func pathRank(_ sizes: [Int]) -> Int {
    parameterCount(sizes) - sizes.dropFirst().dropLast().reduce(0, +)
  }

  /// Measurements, for a progress bar.
  package static let pieceName = "ranks"
  package var pieceCount: Int { pieces.count }

  /// Runs everything; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> DegreesOfFreedomResult? {
    let outcomes = try WorkQueue.map(pieces, threads: options.threads) { piece -> Outcome? in
      if shouldStop() { return nil }
      defer { progress() }
      return try measure(piece)
    }
    let complete = outcomes.compactMap { $0 }
    guard complete.count == outcomes.count else { return nil }
    return DegreesOfFreedomResult(options: options, outcomes: complete)
  }

  /// The measurement of a piece depends on the seed and the piece only.
  private func measure(_ piece: Piece) throws -> Outcome {
    switch piece {
    case .example(.square): .example(try example())
    case .example(.divergence): .divergence(try divergence())
    case .width(let width, let draw): .width(try self.width(width, draw))
    case .graph(let kind, let index): .graph(try graph(kind, index))
    case .growth(let samples, let draw): .growth(try growth(samples, draw))
    case .degenerate(let degeneracy, let fraction, let draw):
      .degenerate(try degenerate(degeneracy, fraction, draw))
    }
  }
}
