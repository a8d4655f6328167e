import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicStudies

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Makes a PyTorch module of a network file, with its standardization.",
    discussion: """
      The folder gets model.py, whose load() has the outputs of the network, and network.safetensors with its \
      state_dict. Text columns of a table are to be encoded as `data describe` and the notes of training say.

        intrinsic export run/network.safetensors --pytorch exported
      """)

  @Argument(help: "The network: a safetensors file that Intrinsic wrote.", completion: .file())
  var network: String

  @Option(help: "The folder for model.py and network.safetensors.", completion: .directory)
  var pytorch: String

  @Flag(help: "Replace existing files.")
  var force = false

  func run() throws {
    let folder = URL(fileURLWithPath: pytorch)
    for name in ["model.py", "network.safetensors"] where !force {
      let path = folder.appendingPathComponent(name).path
      if FileManager.default.fileExists(atPath: path) {
        StandardError.write("Error: “\(path)” exists. Choose another folder, or pass --force.")
        throw ExitCode.cannotCreateOutput
      }
    }
    try SampleOptions.reading {
      let url = URL(fileURLWithPath: network)
      let metadata = try NetworkMetadata(contentsOf: url)
      let module = try PyTorchModule(
        of: try Model(contentsOf: url), shift: metadata.standardization?.means,
        scale: metadata.standardization?.scales)
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw DataError.cannotWrite(path: folder.path, reason: error.localizedDescription)
      }
      try module.write(to: folder)
    }
    StandardError.write("the module is in \(pytorch)/model.py")
  }
}
