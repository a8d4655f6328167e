import IntrinsicMath

/// Preallocated memory for passes over one network, for up to a fixed number of samples at once.
///
/// `load` a batch, `forward`, then ask for the `loss` and `backpropagate`: each uses what the one
/// before left, and stops the program where there is none. Metrics read activities and signals from
/// here. Nothing is allocated after `init` as long as batches fit.
///
/// Memory: rows × batch for activities, and as much again for derivatives and for signals.
public final class Workspace<T: Scalar> {
  /// Whose passes are run.
  public let network: Network
  /// The largest number of samples.
  public let maximumBatchSize: Int
  /// Threads of a pass.
  public let threads: Int
  /// The number of samples loaded, which is the number of columns of every matrix.
  public private(set) var batch: Int

  /// How far the passes over the loaded batch have gone.
  private(set) var stage = PassStage.loaded
  /// Another number for each batch and each forward pass.
  private(set) var revision = 0

  private let activityMemory: Buffer<T>
  private let derivativeMemory: Buffer<T>
  private let signalMemory: Buffer<T>
  /// Pre-activations of all units but the inputs, once something has asked for them.
  private var preactivationMemory: Buffer<T>?
  /// What normalizes each layer that is normalized.
  let normalizers: [Normalizer<T>?]
  /// The pixels that each maximum pooling has taken.
  let selections: [Selection?]
  /// The Jacobians of the layers whose activities are vectors, if there are any.
  let groupJacobians: GroupJacobians<T>?
  /// What drops activities, if any layer wants it.
  let dropout: Dropout<T>?
  /// Pre-activations of the outputs, outputs × batch.
  let outputPreactivations: Buffer<T>
  /// Loss of each sample, in nats.
  let losses: Buffer<T>
  /// Targets as values, outputs × batch.
  let targetValues: Buffer<T>
  /// w of each sample, and √w, if samples have weights.
  let sampleWeights: Buffer<T>
  let rootWeights: Buffer<T>
  private(set) var isWeighted = false
  /// Targets as classes.
  let targetClasses: UnsafeMutablePointer<Int32>
  /// Probabilities of the output model where it has classes, outputs × batch.
  let outputScratch: Buffer<T>
  let scratch: Buffer<T>

  /// Takes all memory of passes.
  ///
  /// - Parameters:
  ///   - network: whose passes.
  ///   - maximumBatchSize: the largest number of samples of a batch.
  ///   - threads: 1 unless given; results are the same bit for bit for the same number.
  public init(_ network: Network, maximumBatchSize: Int, threads: Int = 1) {
    precondition(maximumBatchSize > 0, "a workspace for \(maximumBatchSize) samples")
    precondition(threads > 0, "a workspace with \(threads) threads")
    self.network = network
    self.maximumBatchSize = maximumBatchSize
    self.threads = threads
    batch = maximumBatchSize
    activityMemory = Buffer(count: network.rowCount * maximumBatchSize)
    derivativeMemory = Buffer(count: network.hiddenRowCount * maximumBatchSize)
    signalMemory = Buffer(count: network.hiddenRowCount * maximumBatchSize)
    preactivationMemory =
      network.layers.contains(where: \.hidesNormalized)
      ? Buffer(count: network.hiddenRowCount * maximumBatchSize) : nil
    normalizers = network.layers.indices.map { index in
      network.layers[index].normalization.map {
        Normalizer(
          network.layers[index], $0, reader: network.gainLayer(of: index), threads: threads)
      }
    }
    selections = network.layers.map { layer in
      layer.maximumPooling.map { _ in Selection(count: layer.rows.count * maximumBatchSize) }
    }
    groupJacobians = GroupJacobians(network, maximumBatchSize: maximumBatchSize)
    let dropped = network.layers.filter { $0.dropout > 0 }.map(\.rows.count).max()
    dropout = dropped.map { Dropout(count: $0 * maximumBatchSize) }
    outputPreactivations = Buffer(count: network.outputCount * maximumBatchSize)
    losses = Buffer(count: maximumBatchSize)
    targetValues = Buffer(count: network.outputCount * maximumBatchSize)
    sampleWeights = Buffer(count: maximumBatchSize)
    rootWeights = Buffer(count: maximumBatchSize)
    targetClasses = .allocate(capacity: maximumBatchSize)
    targetClasses.initialize(repeating: 0, count: maximumBatchSize)
    outputScratch = Buffer(count: (network.outputCount + 1) * maximumBatchSize)
    let scratchCount = network.layers.map { $0.connection.scratchCount(columns: maximumBatchSize) }
      .max()!
    scratch = Buffer(count: max(scratchCount, maximumBatchSize))
    fillConstantRows()
  }

  deinit { targetClasses.deallocate() }

  /// Activities a of all units, with the constant rows.
  public var activities: Rows<T> { Rows(activityMemory.pointer, columns: batch) }
  /// Derivatives r = s′(y) of all units but the inputs.
  public var derivatives: Rows<T> { unitRows(derivativeMemory, columns: batch) }
  /// Reduced signals b̃ = −∂ℓ/∂y of all units but the inputs, after `backpropagate`.
  public var signals: Rows<T> { unitRows(signalMemory, columns: batch) }

  /// Pre-activations y of all units but the inputs, normalized ones where layers are normalized, if
  /// they are kept.
  var keptPreactivations: Rows<T>? {
    preactivationMemory.map { unitRows($0, columns: batch) }
  }

  /// Pre-activations y of all units but the inputs, after `forward`. The first call computes them
  /// and allocates memory for them; from then on forward passes keep them.
  func preactivations(_ parameters: Parameters<T>) -> Rows<T> {
    if let kept = keptPreactivations { return kept }
    check(parameters)
    preactivationMemory = Buffer(count: network.hiddenRowCount * maximumBatchSize)
    let rows = keptPreactivations!
    for index in network.layers.indices {
      read(layer: index, parameters, into: rows.row(network.layers[index].rows.lowerBound))
    }
    return rows
  }

  /// Views memory of units × columns, without the inputs.
  func unitRows(_ buffer: Buffer<T>, columns: Int) -> Rows<T> {
    Rows(buffer.pointer, firstRow: network.firstHiddenRow, columns: columns)
  }

  /// Copies inputs and targets in.
  public func load(_ samples: Samples<T>) {
    network.check(samples)
    load(inputs: samples.inputs)
    switch samples.targets {
    case .values(let matrix):
      matrix.elements.withUnsafeBufferPointer {
        targetValues.pointer.update(from: $0.baseAddress!, count: $0.count)
      }
    case .classes(let classes):
      for (sample, target) in classes.enumerated() { targetClasses[sample] = Int32(target) }
    }
    samples.weights?.withUnsafeBufferPointer { weights in
      setWeights { $0.update(from: weights.baseAddress!, count: weights.count) }
    }
  }

  /// Copies inputs in, without targets.
  public func load(inputs: Matrix<T>) {
    network.check(inputs: inputs)
    setBatch(inputs.columns)
    inputs.elements.withUnsafeBufferPointer {
      activities.row(network.inputRows.lowerBound).update(from: $0.baseAddress!, count: $0.count)
    }
  }

  /// Takes the weights of the batch, which the caller writes.
  func setWeights(_ write: (UnsafeMutablePointer<T>) -> Void) {
    write(sampleWeights.pointer)
    T.squareRoot(count: batch, x: sampleWeights.pointer, into: rootWeights.pointer)
    isWeighted = true
  }

  /// Goes to a stage of the passes; each forward pass is another revision.
  func reach(_ reached: PassStage) {
    stage = reached
    if reached <= .forward { revision += 1 }
  }

  /// Makes room for a batch without weights, whose samples the caller writes.
  func setBatch(_ count: Int) {
    isWeighted = false
    reach(.loaded)
    precondition(
      count > 0 && count <= maximumBatchSize,
      "\(count) samples in a workspace for at most \(maximumBatchSize)")
    if count != batch {
      batch = count
      fillConstantRows()
    }
  }

  /// Carries the activities of the last pass.
  func codeActivities(_ coder: CheckpointCoder<T>) {
    var count = batch
    coder.code("batch", &count)
    if coder.isRestoring {
      guard (1...maximumBatchSize).contains(count) else { return coder.refuse("batch") }
      setBatch(count)
    }
    coder.code("activities", activityMemory)
  }

  /// Takes over the passes of another workspace of the same network on its first `count` samples.
  func copyPasses(from other: Workspace, count: Int) {
    precondition(
      count <= maximumBatchSize && count <= other.batch, "\(count) of \(other.batch) samples")
    batch = count
    stage = other.stage
    revision += 1
    T.copyColumns(
      rows: network.rowCount, columns: count, x: other.activityMemory.pointer, ldx: other.batch,
      into: activityMemory.pointer)
    T.copyColumns(
      rows: network.hiddenRowCount, columns: count, x: other.derivativeMemory.pointer,
      ldx: other.batch,
      into: derivativeMemory.pointer)
    T.copyColumns(
      rows: network.hiddenRowCount, columns: count, x: other.signalMemory.pointer, ldx: other.batch,
      into: signalMemory.pointer)
    T.copyColumns(
      rows: network.outputCount, columns: count, x: other.outputPreactivations.pointer,
      ldx: other.batch,
      into: outputPreactivations.pointer)
    isWeighted = other.isWeighted
    if isWeighted {
      sampleWeights.pointer.update(from: other.sampleWeights.pointer, count: count)
      rootWeights.pointer.update(from: other.rootWeights.pointer, count: count)
    }
    for (index, layer) in network.layers.enumerated() {
      selections[index]?.copyColumns(
        count, of: other.selections[index]!, columns: other.batch, rows: layer.rows.count)
    }
    groupJacobians?.copyColumns(count, of: other.groupJacobians!, columns: other.batch)
    guard let kept = other.preactivationMemory else {
      preactivationMemory = nil
      return
    }
    if preactivationMemory == nil {
      preactivationMemory = Buffer(count: network.hiddenRowCount * maximumBatchSize)
    }
    T.copyColumns(
      rows: network.hiddenRowCount, columns: count, x: kept.pointer, ldx: other.batch,
      into: preactivationMemory!.pointer)
  }

  private func fillConstantRows() {
    for row in network.constantRows { T.fill(count: batch, value: 1, into: activities.row(row)) }
  }
}
