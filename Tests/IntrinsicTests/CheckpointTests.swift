import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Resumed is uninterrupted, to the last bit.
@Suite struct CheckpointTests {
  /// A method on a network that suits it.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let network: Network
    let method: Optimizer
    var gammaDecay: GammaDecay?

    init(_ name: String, _ network: Network, _ method: Optimizer, gammaDecay: GammaDecay? = nil) {
      testDescription = name
      self.network = network
      self.method = method
      self.gammaDecay = gammaDecay
    }
  }

  private static func layered(
    _ sizes: [Int] = [6, 5, 3], _ output: OutputModel = .softmax,
    normalization: Normalization? = nil, dropout: Double = 0, outputParameters: Bool = false
  ) -> Network {
    try! Network.layered(
      sizes, activation: .tanh, output: output, outputParameters: outputParameters,
      normalization: normalization, dropout: dropout)
  }

  /// Every method, metrics that are estimated anew for each step.
  private static let methods = Optimizer.every(damping: .additive(0.01)).map {
    Case("\($0)", layered(), $0)
  }

  private static let averagings: [(String, MetricAveraging)] = [
    ("average", MetricAveraging(rate: 0.1)),
    ("damped first estimate", MetricAveraging(rate: 0.2, initialDamping: 1)),
    ("refreshed every 3 steps", MetricAveraging(refreshInterval: 3)),
    (
      "average, every 3 steps, on half",
      MetricAveraging(
        rate: 0.3, refreshInterval: 3, batchFraction: 0.5)
    ),
  ]

  /// Every metric with memory of some kind; the wide network has units too large for lanes.
  private static let metrics: [Case] = Metric.every.flatMap { metric in
    [layered(), layered([70, 4, 3])].flatMap { network in
      averagings.map { name, averaging in
        Case(
          "\(metric), \(name), \(network.inputCount) inputs", network,
          .metric(metric, .additive(0.01), averaging))
      }
    }
  }

  private static let sparse: Network = {
    var builder = NetworkBuilder(inputs: 70)
    // Units that read different rows.
    builder.sparse(incoming: (0..<4).map { k in (0..<66).map { $0 + k } }, .tanh)
    builder.dense(3, .identity)
    return try! builder.build(output: .softmax)
  }()

  private static let convolution: Network = {
    var builder = NetworkBuilder(image: ImageShape(height: 5, width: 4, channels: 2))
    try! builder.convolution(3, kernel: 3, padding: 1, .tanh, normalization: .batch)
    try! builder.pool(.maximum, size: 2)
    try! builder.convolution(4, kernel: 2, .tanh)
    builder.dense(3, .identity)
    return try! builder.build(output: .softmax)
  }()

  private static let groups: Network = {
    var builder = NetworkBuilder(inputs: 6)
    builder.dense(6, .softmax(of: 3))
    builder.dense(5, .radial(of: 2, 3))
    builder.dense(3, .identity(of: 1, 2))
    return try! builder.build(output: .softmax)
  }()

  private static let others: [Case] =
    [
      Case(
        "groups, average", groups,
        .metric(.backpropagatedMetric, .additive(0.01), MetricAveraging(rate: 0.3))),
      Case(
        "groups, draws on half of the batch, every 2 steps", groups,
        .metric(
          .monteCarloUnitwiseNaturalGradient(samples: 2), .additive(0.01),
          MetricAveraging(refreshInterval: 2, batchFraction: 0.5))),
      Case("convolution", convolution, .quasiDiagonal),
      Case(
        "convolution, unitwise, every 3 steps", convolution,
        .metric(.backpropagatedMetric, .additive(0.01), MetricAveraging(refreshInterval: 3))),
      Case(
        "convolution, sums over positions, every 3 steps", convolution,
        .metric(
          .reduced(.reduce(.monteCarlo(samples: 2)), .unitwise), .additive(0.01),
          MetricAveraging(refreshInterval: 3))),
      Case("default", layered(), .quasiDiagonal),
      Case(
        "composed", layered(),
        .quasiDiagonal.withMomentum(0.9).clipped(toLength: 0.3).withWeightDecay(0.01)),
      Case("automatic", layered(), .automatic),
      Case("automatic, of images", convolution, .automatic),
      Case("AdamW, clipped", layered(), .adam.clipped(toGradientNorm: 0.1).withWeightDecay(0.1)),
      Case(
        "inverses kept up to date", layered(),
        .metric(
          .backpropagatedMetric, .none, MetricAveraging(rate: 0.1, initialDamping: 1))),
      Case(
        "pseudo-inverse", layered([70, 4, 3]),
        .metric(
          .backpropagatedMetric, Damping(pseudoInverse: 1e-3), MetricAveraging(refreshInterval: 3))),
      Case(
        "sampling noise, diagonal, memoryless", layered(),
        .metric(
          .diagonalGaussNewton, Damping(additive: 0.01, kurtosis: 1))),
      Case(
        "draws with output damping", layered(),
        .metric(
          .monteCarloUnitwiseNaturalGradient(samples: 2),
          Damping(additive: 0.01, output: 0.1),
          MetricAveraging(refreshInterval: 2))),
      Case(
        "sparse, every 3 steps", sparse,
        .metric(
          .backpropagatedMetric, .additive(0.01), MetricAveraging(refreshInterval: 3))),
      Case(
        "output parameters", layered(outputParameters: true),
        .metric(
          .quasiDiagonalNaturalGradient, .additive(0.01), MetricAveraging(rate: 0.1))),
      Case("path norm", layered(), .metric(.pathSGD, .additive(0.01), MetricAveraging(rate: 0.5))),
      Case(
        "path probes", layered(),
        .metric(
          .ddpSGD(.half(.covariance), .probes(2)), .additive(0.01),
          MetricAveraging(refreshInterval: 3))),
      Case(
        "unitwise path", layered([70, 4, 3]),
        .metric(
          .path(.half(.secondMoment), .exact, .unitwise), .additive(0.1), MetricAveraging(rate: 0.5)
        )),
      Case("dropout", layered(dropout: 0.3), .adam),
      Case(
        "batch normalization and gamma decay", layered(normalization: .batch), .quasiDiagonal,
        gammaDecay: try! GammaDecay(.adaptive(noiseOf: 10))),
      Case(
        "weight normalization, dropout", layered(normalization: .weight, dropout: 0.2),
        .momentum(0.9)),
      Case("regression", layered([6, 5, 2], .square), .quasiDiagonal),
    ]
    + Scaling.allCases.map { scaling in
      var settings = LevenbergMarquardtSettings()
      (settings.scaling, settings.matrixSamples) = (scaling, 12)
      settings.findsPenalty = true
      return Case(
        "Levenberg–Marquardt, \(scaling)", layered([6, 5, 2], .square),
        .levenbergMarquardt(settings))
    }
    + Scaling.allCases.map { scaling in
      var settings = SpringSettings()
      (settings.scaling, settings.search) = (scaling, .halving(4))
      settings.metric = .monteCarloNaturalGradient()
      return Case("SPRING, \(scaling)", layered([6, 5, 3]), .spring(settings))
    }

  @Test(arguments: methods + metrics + others)
  func `a resumed training goes on bit for bit`(_ subject: Case) throws {
    try expectResumes(TrainingTask<Double>(subject.network), subject)
  }

  @Test(arguments: others)
  func `so it does in single precision`(_ subject: Case) throws {
    try expectResumes(TrainingTask<Float>(subject.network), subject)
  }

  /// Saves in the middle of an epoch, at its end and in the middle of a later one.
  private func expectResumes<T: Scalar>(_ task: TrainingTask<T>, _ subject: Case) throws {
    var settings = TrainingTask<T>.settings(subject.method)
    settings.gammaDecay = subject.gammaDecay
    let whole = try task.training(settings)
    while whole.ending == nil { try whole.advance() }
    #expect(whole.steps == 16)

    try TrainingTask<T>.withFile { url in
      let first = try task.training(settings)
      for _ in 0..<3 { try first.advance() }
      try first.save(to: url)
      // What goes on in the first process does not matter.
      try first.advance()
      var resumed = try task.resumed(url, settings)
      #expect(resumed.steps == 3)
      for stop in [4, 9] {
        while resumed.steps < stop { try resumed.advance() }
        try resumed.save(to: url)
        resumed = try task.resumed(url, settings)
      }
      while resumed.ending == nil { try resumed.advance() }
      #expect(resumed.parameters.elements == whole.parameters.elements)
      #expect(resumed.records.map(\.withoutSeconds) == whole.records.map(\.withoutSeconds))
      #expect(resumed.bestEpoch == whole.bestEpoch && whole.bestEpoch != nil)
      let (a, b) = (resumed.model, whole.model)
      #expect(a.parameters.elements == b.parameters.elements)
      #expect(a.statistics.mapValues(\.mean) == b.statistics.mapValues(\.mean))
      #expect(a.statistics.mapValues(\.variance) == b.statistics.mapValues(\.variance))
    }
  }

  /// What is refused, and the words that the message must hold.
  @Test func `a checkpoint of another training is refused, with the difference`() throws {
    let task = TrainingTask<Double>(Self.layered())
    let settings = TrainingTask<Double>.settings(.adam)
    try TrainingTask<Double>.withFile { url in
      let training = try task.training(settings)
      for _ in 0..<5 { try training.advance() }
      try training.save(to: url)

      func expect(
        _ words: [String], _ body: () throws -> Training<Double>,
        _ location: SourceLocation = #_sourceLocation
      ) {
        let error = #expect(throws: CheckpointError.self, sourceLocation: location) {
          _ = try body()
        }
        guard case .differs = error else {
          Issue.record("\(String(describing: error))", sourceLocation: location)
          return
        }
        for word in words {
          #expect(error!.description.contains(word), sourceLocation: location)
        }
      }
      func with(_ change: (inout TrainingSettings) -> Void) -> TrainingSettings {
        var other = settings
        change(&other)
        return other
      }
      expect(["the optimizer", "adam", "momentum"]) {
        try task.resumed(url, with { $0.optimizer = .momentum(0.9) })
      }
      expect(["the step size", "0.05", "0.06"]) {
        try task.resumed(url, with { $0.stepSize = .inverseTime(initial: 0.01, rate: 0.06) })
      }
      expect(["the batch size", "10", "9"]) { try task.resumed(url, with { $0.batch = 9 }) }
      expect(["the seed"]) { try task.resumed(url, with { $0.seed = 12 }) }
      expect(["layer 0", "dense of 5 tanh", "dense of 4 tanh"]) {
        try TrainingTask<Double>(Self.layered([6, 4, 3])).resumed(url, settings)
      }
      expect(["the number of layers", "2", "3"]) {
        try TrainingTask<Double>(Self.layered([6, 5, 5, 3])).resumed(url, settings)
      }
      expect(["the number of training samples", "34", "35"]) {
        try TrainingTask<Double>(Self.layered(), count: 35).resumed(url, settings)
      }
      expect(["the digest of the training samples"]) {
        try TrainingTask<Double>(Self.layered(), seed: 4).resumed(url, settings)
      }
      guard case .classes(var classes) = task.train.targets else {
        Issue.record("targets are no classes")
        return
      }
      classes[7] = (classes[7] + 1) % 3
      let relabelled = Samples(inputs: task.train.inputs, targets: .classes(classes))
      expect(["the digest of the training samples"]) {
        try Training(
          resuming: url, task.network, on: relabelled, validation: task.validation, settings)
      }
      expect(["validation", "12", "0"]) {
        try Training(resuming: url, task.network, on: task.train, settings)
      }
      let single = TrainingTask<Float>(Self.layered())
      #expect(throws: CheckpointError.self) { _ = try single.resumed(url, settings) }
      // More epochs are no other training.
      let longer = try task.resumed(url, with { $0.epochs = 6 })
      while longer.ending == nil { try longer.advance() }
      #expect(longer.records.count == 6)
    }
  }

  @Test func `a checkpoint with the names of version 0_1 goes on bit for bit`() throws {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, .tanh, normalization: .batch)
    builder.dense(2, .identity)
    let task = TrainingTask<Double>(try builder.build(output: .softmax))
    let settings = TrainingTask<Double>.settings(
      .metric(
        .quasiDiagonalNaturalGradient, Damping(output: 0.1, kurtosis: 0.5),
        MetricAveraging(rate: 0.3)))
    try TrainingTask<Double>.withFile { url in
      let training = try task.training(settings)
      for _ in 0..<6 { try training.advance() }
      try training.save(to: url)
      var contents = try Safetensors.read(url)
      let key = try #require(
        contents.metadata.keys.first { contents.metadata[$0]!.contains("rate") })
      for (name, former) in [
        ("rate", "discount"), ("output", "outputMetric"), ("kurtosis", "samplingNoise"),
        ("expand", "signals"), ("averaging", "evolution"),
      ] {
        contents.metadata[key]!.replace("\"\(name)\":", with: "\"\(former)\":")
      }
      // The network has an output of its own, which is no damping.
      contents.metadata[key]!.replace("\"outputMetric\":\"", with: "\"output\":\"")
      contents.metadata[key]!.replace("\"version\":2", with: "\"version\":1")
      let tensors = contents.tensors.map {
        NamedTensor($0.name.replacing(".variance", with: ".spread"), $0.tensor)
      }
      #expect(tensors.contains { $0.name.hasSuffix(".spread") })
      try Safetensors.write(tensors: tensors, metadata: contents.metadata, to: url)
      let resumed = try task.resumed(url, settings)
      while training.ending == nil { try training.advance() }
      while resumed.ending == nil { try resumed.advance() }
      #expect(resumed.descent.parameters.elements == training.descent.parameters.elements)
    }
  }

  @Test func `a damaged checkpoint is refused, and so is a file that is none`() throws {
    let task = TrainingTask<Double>(Self.layered())
    let settings = TrainingTask<Double>.settings(.quasiDiagonal)
    try TrainingTask<Double>.withFile { url in
      let training = try task.training(settings)
      for _ in 0..<6 { try training.advance() }
      try training.save(to: url)
      let contents = try Safetensors.read(url)
      func expectRefusal(_ words: String, _ change: (inout Safetensors.Contents) -> Void) throws {
        var other = contents
        change(&other)
        try Safetensors.write(tensors: other.tensors, metadata: other.metadata, to: url)
        let error = #expect(throws: CheckpointError.self) { _ = try task.resumed(url, settings) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      }
      for (index, tensor) in contents.tensors.enumerated() {
        try expectRefusal(tensor.name) { $0.tensors.remove(at: index) }
        try expectRefusal(tensor.name) {
          $0.tensors[index] = NamedTensor(
            tensor.name, Tensor([Double](repeating: 0, count: tensor.tensor.count + 1)))
        }
      }
      try expectRefusal("extra") { $0.tensors.append(NamedTensor("extra", Tensor([1.0]))) }
      try expectRefusal("batches.order") {
        $0.tensors.removeAll { $0.name == "batches.order" }
        $0.tensors.append(NamedTensor("batches.order", Tensor([Int](repeating: 0, count: 34))))
      }
      try expectRefusal("no checkpoint") { $0.metadata = [:] }
      try expectRefusal("header") { $0.metadata["intrinsic.checkpoint"] = "{}" }
      try Data(
        Safetensors.encode(tensors: contents.tensors, metadata: contents.metadata).dropLast()
      )
      .write(to: url)
      #expect(throws: CheckpointError.self) { _ = try task.resumed(url, settings) }
      try FileManager.default.removeItem(at: url)
      let missing = #expect(throws: CheckpointError.self) {
        _ = try task.resumed(url, settings)
      }
      guard case .data(.missing) = missing else {
        Issue.record("\(String(describing: missing))")
        return
      }
    }
  }
}

extension TrainingRecord {
  /// Everything that does not depend on the clock; NaN losses would be unequal, and there are none.
  var withoutSeconds: TrainingRecord {
    TrainingRecord(
      epoch: epoch, steps: steps, stepSize: stepSize, trainLoss: trainLoss, validation: validation,
      seconds: 0)
  }
}
