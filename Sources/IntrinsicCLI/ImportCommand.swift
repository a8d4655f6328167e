import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

extension OutputModel {
  /// Those that an imported network may have, by name.
  fileprivate static let named: [String: OutputModel] = [
    "softmax": .softmax, "square": .square, "spherical": .spherical,
  ]
}

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a network file of an ONNX file or a PyTorch state_dict.",
    discussion: """
      An ONNX file, whose name ends in .onnx, says itself how units are connected: Gemm, MatMul, Conv, \
      BatchNormalization, poolings, sums and activations, with the standardization of the inputs and names of classes \
      if they are in it.

      A state_dict, as safetensors.torch.save_file(model.state_dict(), FILE) writes it, has parameters only: Linear, \
      Conv2d, BatchNorm and weight_norm. --network says how they are connected; modules go to the layers in the \
      order of their names, numbers by their size.

        intrinsic import mnist.onnx --output mnist-network.safetensors
        intrinsic import mnist.safetensors --network "fc300 fc100 fc10" --output mnist-network.safetensors
      """)

  @Argument(
    help: "An ONNX file, or a state_dict in a safetensors file.",
    completion: .file(extensions: ["onnx", "safetensors"]))
  var file: String

  @Option(
    help:
      "The architecture of a state_dict in words, as for train; fcN:bn is Linear and BatchNorm1d.")
  var network: String?

  @Option(help: "The network file to write.", completion: .file())
  var output: String

  @Option(
    help:
      "The shape of the inputs, if the file leaves it open: height × width × channels as 28x28x1.")
  var image: ImageShape?

  @Option(help: "What the outputs mean: softmax, spherical or square; softmax for two and more.")
  var outputModel: String?

  @Option(
    parsing: .upToNextOption,
    help: "Names of modules of a state_dict in the order of the layers, if it is another."
  )
  var order: [String] = []

  @Option(
    parsing: .unconditional, help: "ε of the batch normalizations of a state_dict. (default: 1e-5)")
  var epsilon: Double?

  @Flag(help: "Replace an existing file.")
  var force = false

  private var isONNX: Bool { file.lowercased().hasSuffix(".onnx") }

  func validate() throws {
    if let outputModel, OutputModel.named[outputModel] == nil {
      throw ValidationError(
        "--output-model \(outputModel): it is \(OutputModel.named.keys.sorted().joined(separator: ", "))"
      )
    }
    if isONNX {
      let given = [
        ("--network", network != nil), ("--order", !order.isEmpty), ("--epsilon", epsilon != nil),
      ]
      for (name, isGiven) in given where isGiven {
        throw ValidationError("\(name) is for state_dicts; an ONNX file says it itself")
      }
      return
    }
    guard let network else {
      throw ValidationError(
        "--network is needed for a state_dict, such as --network \"fc300 fc100 fc10\"; an ONNX file ends in .onnx"
      )
    }
    let text: NetworkText
    do { text = try NetworkText(network) } catch { throw ValidationError("--network: \(error)") }
    if text.needsImage && image == nil {
      throw ValidationError(
        "--image is needed for convolutions and poolings, such as --image 28x28x1")
    }
    if let epsilon, !(epsilon >= 0 && epsilon.isFinite) {
      throw ValidationError("--epsilon \(epsilon): a number ≥ 0 is needed")
    }
  }

  func run() throws {
    let target = URL(fileURLWithPath: output)
    if FileManager.default.fileExists(atPath: target.path) && !force {
      StandardError.write("Error: “\(output)” exists. Choose another file, or pass --force.")
      throw ExitCode.cannotCreateOutput
    }
    let url = URL(fileURLWithPath: file)
    let meaning = outputModel.map { OutputModel.named[$0]! }
    let imported = try SampleOptions.reading {
      let imported =
        isONNX
        ? try ImportedNetwork(onnx: url, image: image, output: meaning) : try module(meaning, url)
      try imported.save(to: target)
      return imported
    }
    var table = TextTable(
      title: "\(imported.model.network.parameterCount) parameters",
      columns: [.init("layer", .trailing), .init(isONNX ? "operator" : "module"), .init("shape")])
    for match in imported.matches {
      table.addRow([
        "\(match.layer)", match.module,
        match.shape.map { "\($0)" }.joined(separator: " × "),
      ])
    }
    print(table.rendered(), terminator: "")
    if let note = imported.note { StandardError.write(note) }
    StandardError.write("the network is in \(output)")
  }

  private func module(_ meaning: OutputModel?, _ url: URL) throws -> ImportedNetwork {
    let text = try NetworkText(network!)
    let state = try StateDictionary(contentsOf: url)
    guard let inputs = image?.count ?? state.inputCount else {
      throw ValidationError(
        "the first module of “\(file)” is not Linear; say --image, such as 28x28x1")
    }
    let architecture = try text.network(
      inputs: inputs, image: image,
      output: meaning ?? (text.outputCount > 1 ? .softmax : .square))
    return try state.model(
      of: architecture, order: order.isEmpty ? nil : order, epsilon: epsilon ?? 1e-5)
  }
}
