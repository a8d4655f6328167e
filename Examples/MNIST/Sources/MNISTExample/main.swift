import Intrinsic
import IntrinsicData
import IntrinsicMath

// Trains a network on MNIST: swift run -c release MNISTExample FOLDER
let (train, test) = try Dataset.read(CommandLine.arguments.dropFirst().first ?? "mnist")
func samples(_ data: Dataset) -> Samples<Float> {
  guard case .classes(let classes, _) = data.targets else { preconditionFailure("no digits") }
  return Samples(inputs: data.inputs, targets: .classes(classes))
}

let stream = RandomStream(seed: 1)
var weights = stream.child("weights")
let network = try Network.layered([784, 500, 500, 10], activation: .relu, output: .softmax)
let start: Parameters<Float> = Initialization.normal(gain: 2.0.squareRoot())
  .parameters(network, using: &weights)
let descent = try Descent(
  .quasiDiagonal, network, from: start, stepSize: Optimizer.quasiDiagonal.stepSize,
  maximumBatchSize: 100, stream: stream.child("metric"), threads: 2)

let batches = MiniBatches(samples(train), for: network, size: 100, stream: stream.child("order"))
let workspace = Workspace<Float>(network, maximumBatchSize: 1_000)
for epoch in 1...3 {
  for _ in 0..<batches.batchesPerEpoch { try descent.step(on: batches) }
  let result = Evaluation(of: descent.parameters, on: samples(test!), with: workspace)
  let percent = (10_000 * result.error!).rounded() / 100
  print("epoch \(epoch): \(result.loss) nats, \(percent) % errors")
}
