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
    abstract: "Makes a network file of a PyTorch state_dict.",
    discussion: """
      Linear, Conv2d, BatchNorm and weight_norm; modules go to the layers in the order of their names, numbers \
      by their size. The file is that of safetensors.torch.save_file(model.state_dict(), FILE).

        intrinsic import mnist.safetensors --network "fc300 fc100 fc10" --output mnist-network.safetensors
      """)

  @Argument(help: "The state_dict: a safetensors file.", completion: .file())
  var file: String

  @Option(help: "The architecture in words, as for train; fcN:bn is Linear and BatchNorm1d.")
  var network: String

  @Option(help: "The network file to write.", completion: .file())
  var output: String

  @Option(help: "The shape of the inputs of convolutions: height × width × channels as 28x28x1.")
  var image: ImageShape?

  @Option(help: "What the outputs mean: softmax, spherical or square; softmax for two and more.")
  var outputModel: String?

  @Option(
    parsing: .upToNextOption, help: "Names of modules in the order of the layers, if it is another."
  )
  var order: [String] = []

  @Option(parsing: .unconditional, help: "ε of the batch normalizations.")
  var epsilon = 1e-5

  @Flag(help: "Replace an existing file.")
  var force = false

  func validate() throws {
    if let outputModel, OutputModel.named[outputModel] == nil {
      throw ValidationError(
        "--output-model \(outputModel): it is \(OutputModel.named.keys.sorted().joined(separator: ", "))"
      )
    }
    let text: NetworkText
    do { text = try NetworkText(network) } catch { throw ValidationError("--network: \(error)") }
    if text.needsImage && image == nil {
      throw ValidationError(
        "--image is needed for convolutions and poolings, such as --image 28x28x1")
    }
    if !(epsilon >= 0 && epsilon.isFinite) {
      throw ValidationError("--epsilon \(epsilon): a number ≥ 0 is needed")
    }
  }

  func run() throws {
    let text = try NetworkText(network)
    let target = URL(fileURLWithPath: output)
    if FileManager.default.fileExists(atPath: target.path) && !force {
      StandardError.write("Error: “\(output)” exists. Choose another file, or pass --force.")
      throw ExitCode.cannotCreateOutput
    }
    let (model, matches) = try SampleOptions.reading {
      let state = try StateDictionary(contentsOf: URL(fileURLWithPath: file))
      guard let inputs = image?.count ?? state.inputCount else {
        throw ValidationError(
          "the first module of “\(file)” is not Linear; say --image, such as 28x28x1")
      }
      let meaning =
        outputModel.map { OutputModel.named[$0]! } ?? (text.outputCount > 1 ? .softmax : .square)
      let architecture = try text.network(inputs: inputs, image: image, output: meaning)
      return try state.model(
        of: architecture, order: order.isEmpty ? nil : order, epsilon: epsilon)
    }
    try SampleOptions.reading { try model.save(to: target) }
    var table = TextTable(
      title: "\(model.network.parameterCount) parameters",
      columns: [.init("layer", .trailing), .init("module"), .init("shape")])
    for match in matches {
      table.addRow([
        "\(match.layer)", match.module,
        match.shape.map { "\($0)" }.joined(separator: " × "),
      ])
    }
    print(table.rendered(), terminator: "")
    StandardError.write("the network is in \(output)")
  }
}
