import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicStudies

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what the layers of a saved network look like, and do on data.",
    discussion: """
      Numbers are least / median / largest over the units of a layer. A dead unit has derivative 0 on \
      every sample; a saturated one has less than 1 % of the largest derivative on most samples. The \
      condition is that of E[ã ãᵀ c] scaled to a diagonal of ones. γ² is the sum over the paths to a \
      unit of their squared weights, or the variance or second moment of its pre-activation. For \
      linear and ReLU units the rank of ∂f/∂w is at most the path rank.
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "How results are printed.")
  var format = OutputFormat.text

  func run() throws {
    let network = try model.model()
    let inspection = Inspection(network, on: try model.loadSamples(for: network))
    switch format {
    case .json: print(try JSONText.of(inspection))
    case .csv: print(inspection.records.csv(), terminator: "")
    case .text:
      print(inspection.headline)
      for table in inspection.tables { print("\n" + table.rendered(), terminator: "") }
    }
    for note in inspection.notes { StandardError.write("note: \(note)") }
  }
}

enum JSONText {
  /// A value as text: indented, keys sorted, numbers that JSON cannot hold as strings.
  static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
