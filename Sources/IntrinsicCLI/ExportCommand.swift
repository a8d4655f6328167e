import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicStudies

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Makes an ONNX file or a PyTorch module of a network file, with its standardization.",
    discussion: """
      An ONNX file takes features in the units of the data; of a network for a table, one input for each column, \
      samples × 1: numbers in double precision (NaN where they are missing, dates as days since 1970), and texts. \
      It has probabilities and the label of each sample, or outputs.

      The folder of a PyTorch module gets model.py, whose load() has the outputs of the network, and \
      network.safetensors with its state_dict. Text columns of a table are to be encoded as `data describe` and \
      the notes of training say.

        intrinsic export run/network.safetensors --onnx network.onnx
        intrinsic export run/network.safetensors --pytorch exported
      """)

  @Argument(help: "The network: a safetensors file that Intrinsic wrote.", completion: .file())
  var network: String

  @Option(help: "The ONNX file.", completion: .file(extensions: ["onnx"]))
  var onnx: String?

  @Option(help: "The folder for model.py and network.safetensors.", completion: .directory)
  var pytorch: String?

  @Flag(help: "Replace existing files.")
  var force = false

  func validate() throws {
    if onnx == nil && pytorch == nil {
      throw ValidationError("name what to make: --onnx FILE, --pytorch FOLDER, or both")
    }
  }

  func run() throws {
    let folder = pytorch.map { URL(fileURLWithPath: $0) }
    let files =
      (onnx.map { [URL(fileURLWithPath: $0)] } ?? [])
      + (folder.map {
        [$0.appendingPathComponent("model.py"), $0.appendingPathComponent("network.safetensors")]
      }
        ?? [])
    for file in files where !force && FileManager.default.fileExists(atPath: file.path) {
      StandardError.write("Error: “\(file.path)” exists. Choose another place, or pass --force.")
      throw ExitCode.cannotCreateOutput
    }
    try SampleOptions.reading {
      let url = URL(fileURLWithPath: network)
      let (metadata, model) = (try NetworkMetadata(contentsOf: url), try Model(contentsOf: url))
      let (shift, scale) = (metadata.standardization?.means, metadata.standardization?.scales)
      if let onnx {
        let file = try ONNXModel(
          of: model, shift: shift, scale: scale, encoding: metadata.encoding,
          classes: metadata.classes)
        try file.write(to: URL(fileURLWithPath: onnx))
        StandardError.write("the ONNX file is \(onnx)")
      }
      if let folder {
        let module = try PyTorchModule(of: model, shift: shift, scale: scale)
        do {
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
          throw DataError.cannotWrite(path: folder.path, reason: error.localizedDescription)
        }
        try module.write(to: folder)
        StandardError.write("the module is in \(folder.relativePath)/model.py")
      }
    }
  }
}
