import ArgumentParser
import Foundation
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract:
      "Predicts with a trained network: classes with probabilities, or values in their units.",
    discussion: """
      Columns of a table are found by the names that they had in training, in any order; others, such as \
      the label, are passed over. Rows keep their order; large tables are read and written part by part.

        intrinsic predict runs/train-7/network.safetensors --data new.csv --output predictions.csv
      """)

  @Argument(help: "The network: a safetensors file that Intrinsic wrote.", completion: .file())
  var network: String

  @Option(
    help: "The data, as for train, - for standard input; labels are not needed.",
    completion: .file())
  var data: String

  @Option(help: "A CSV or npz file to write, or - for standard output.", completion: .file())
  var output = "-"

  @Option(help: "A column to copy into the output, such as an identifier.")
  var id: String?

  @Option(
    parsing: .upToNextOption,
    help:
      "The columns that are the inputs, in their order, of a network that does not know their names, as after import."
  )
  var columns: [String] = []

  @Flag(help: "Replace an existing file.")
  var force = false

  @Option(
    parsing: .unconditional, help: "Threads; the number of processors if not given.")
  var threads = Parallel.processorCount

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
  }

  func run() throws {
    let url = URL(fileURLWithPath: output)
    if output != "-" && FileManager.default.fileExists(atPath: url.path) && !force {
      StandardError.write("Error: “\(output)” exists. Choose another file, or pass --force.")
      throw ExitCode.cannotCreateOutput
    }
    try SampleOptions.reading {
      let predictor = try Predictor(URL(fileURLWithPath: network), threads: threads)
      func predict(_ body: (Prediction) throws -> Void) throws {
        let notes = try predictor.predict(
          data, identifier: id, columns: columns.isEmpty ? nil : columns, body)
        for note in notes { StandardError.write("note: \(note)") }
      }
      if output == "-" {
        var isFirst = true
        try predict { part in
          FileHandle.standardOutput.write(Data(part.table.csv(hasHeader: isFirst).utf8))
          isFirst = false
        }
        return
      }
      var count = 0
      if url.pathExtension == "npz" {
        var parts: [Prediction] = []
        try predict { parts.append($0) }
        try NPZ.write(Prediction.arrays(parts), to: url)
        count = parts.reduce(0) { $0 + $1.outputs.columns }
      } else {
        let file = try AtomicFile.Writer(url)
        try predict { part in
          try file.append(Data(part.table.csv(hasHeader: count == 0).utf8))
          count += part.outputs.columns
        }
        try file.commit()
      }
      StandardError.write("\(count) predictions are in \(output)")
    }
  }
}
