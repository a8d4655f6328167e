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
      the label, are passed over. Rows keep their order.

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
    let prediction = try SampleOptions.reading {
      try Prediction(
        of: data, by: URL(fileURLWithPath: network), identifier: id, threads: threads)
    }
    for note in prediction.notes { StandardError.write("note: \(note)") }
    if output == "-" {
      print(prediction.table.csv(), terminator: "")
    } else {
      try SampleOptions.reading {
        if url.pathExtension == "npz" {
          try NPZ.write(prediction.arrays, to: url)
        } else {
          try AtomicFile.write(Data(prediction.table.csv().utf8), to: url)
        }
      }
      StandardError.write("\(prediction.outputs.columns) predictions are in \(output)")
    }
  }
}
