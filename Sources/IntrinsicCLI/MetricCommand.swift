import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

struct MetricCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metric",
    abstract: "Computes a metric of a saved network on data, and writes it as npz for NumPy.",
    discussion: """
      A metric is a source, its propagation to the units, and a reduction of the matrix. A full matrix \
      needs signed signals, which the backpropagated propagation does not have; the empirical Fisher matrix, \
      of the gradients of the loss, needs no propagation of its own.

      Where positions of an image share weights, --positions expand counts each as a sample of its own, the sum of \
      squares over positions; reduce squares the sum over them, which gives the blocks and the diagonal of the full \
      matrix. The words are those of K-FAC. Without convolutions there is no difference.
      """)

  enum Source: String, ExpressibleByArgument, CaseIterable {
    case fisher
    case empiricalFisher = "empirical-fisher"

    /// Takes the name of version 0.1 too.
    init?(argument: String) {
      self.init(rawValue: argument == "loss-gradient" ? "empirical-fisher" : argument)
    }
  }

  enum Positions: String, ExpressibleByArgument, CaseIterable {
    case expand, reduce
  }

  enum Propagation: String, ExpressibleByArgument, CaseIterable {
    case exact
    case monteCarlo = "monte-carlo"
    case backpropagated
  }

  enum ReductionName: String, ExpressibleByArgument, CaseIterable {
    case full, layerwise, unitwise
    case quasiDiagonal = "quasi-diagonal"
    case diagonal

    var reduction: Reduction? {
      switch self {
      case .full, .layerwise: nil
      case .unitwise: .unitwise
      case .quasiDiagonal: .quasiDiagonal
      case .diagonal: .diagonal
      }
    }
  }

  @OptionGroup var model: ModelOptions

  @Option(help: "What is measured at the outputs.")
  var source = Source.fisher

  @Option(help: "How it reaches the units.")
  var propagation = Propagation.exact

  @Option(help: "What is kept of the matrix.")
  var reduction = ReductionName.quasiDiagonal

  @Option(
    help: "How positions that share weights count, but in a full matrix, which always reduces.")
  var positions = Positions.expand

  @Option(parsing: .unconditional, help: "Targets drawn for each sample by monte-carlo.")
  var draws = 1

  @Option(parsing: .unconditional, help: "Seed of the draws.")
  var seed: UInt64 = 0

  @Option(help: "The npz file to write.", completion: .file())
  var output: String

  @Flag(help: "Replace an existing file.")
  var force = false

  func validate() throws {
    _ = try metric()
    if model.samples.data == nil { throw ValidationError("a metric needs --data") }
    if draws < 1 { throw ValidationError("--draws \(draws): at least one draw is needed") }
  }

  private func metric() throws -> Metric {
    let signals: SignalSource
    switch (source, propagation) {
    case (.empiricalFisher, .exact): signals = .empiricalFisher
    case (.empiricalFisher, _):
      throw ValidationError(
        "--source empirical-fisher has one signal a sample, which is propagated exactly")
    case (.fisher, .exact): signals = .fisher
    case (.fisher, .monteCarlo): signals = .monteCarlo(samples: draws)
    case (.fisher, .backpropagated):
      guard let kept = reduction.reduction else {
        throw ValidationError(
          "--reduction \(reduction.rawValue) needs signed signals, which --propagation backpropagated does not have"
        )
      }
      if positions == .reduce {
        throw ValidationError(
          "--positions reduce needs signed signals, which --propagation backpropagated does not have"
        )
      }
      return .reduced(.backpropagated, kept)
    }
    let modulus: Modulus = positions == .expand ? .expand(signals) : .reduce(signals)
    switch reduction {
    case .full: return .full(signals)
    case .layerwise: return .layerwise(signals)
    case .unitwise, .quasiDiagonal, .diagonal: return .reduced(modulus, reduction.reduction!)
    }
  }

  func run() throws {
    let url = URL(fileURLWithPath: output)
    if FileManager.default.fileExists(atPath: url.path) && !force {
      StandardError.write("Error: “\(output)” exists. Choose another file, or pass --force.")
      throw ExitCode.cannotCreateOutput
    }
    let model = try model.model()
    let samples = try self.model.loadSamples(for: model)!
    let arrays: [NamedTensor]
    do {
      arrays = try MetricArrays(
        metric(), of: model, on: samples, stream: RandomStream(seed: seed)
      ).arrays
    } catch let error as MetricError {
      StandardError.write("Error: \(error)")
      throw ExitCode.runFailed
    }
    try SampleOptions.reading { try NPZ.write(arrays, to: url) }
    var table = TextTable(
      title: "Written to \(output)",
      columns: [
        .init("array"), .init("shape"), .init("least", .trailing), .init("largest", .trailing),
      ]
    )
    for array in arrays {
      let values = try array.tensor.doubles
      table.addRow([
        array.name, array.tensor.shape.map(String.init).joined(separator: " × "),
        String(format: "%.4g", values.min() ?? .nan), String(format: "%.4g", values.max() ?? .nan),
      ])
    }
    print(table.rendered(), terminator: "")
  }
}
