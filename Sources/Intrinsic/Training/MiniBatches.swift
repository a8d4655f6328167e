import IntrinsicMath

/// Samples in seeded random order, a batch at a time: every sample once an epoch.
///
/// Samples are kept one after the other, so that a batch reads contiguous memory wherever its
/// samples are. Memory: a second copy of the inputs.
public final class MiniBatches<T: Scalar> {
  /// Samples of a batch; the last one of an epoch may have fewer.
  public let size: Int
  /// The number of samples.
  public let count: Int
  /// Epochs begun so far.
  public private(set) var epochs = 0
  /// Batches in one epoch.
  public let batchesPerEpoch: Int
  /// Samples of the largest batch: where networks are normalized over batches, a last one of a single sample,
  /// which has no variance, is joined to the one before.
  public var maximumBatchSize: Int { joinsLast ? size + 1 : size }
  private let joinsLast: Bool

  /// Batches of an epoch of `count` samples.
  public static func batchesPerEpoch(of count: Int, size: Int, for network: Network) -> Int {
    let size = min(size, count)
    return (count + size - 1) / size - (joinsLast(count, size, network) ? 1 : 0)
  }

  private static func joinsLast(_ count: Int, _ size: Int, _ network: Network) -> Bool {
    network.usesBatchStatistics && size > 1 && count > size && count % size == 1
  }

  private let rows: Int
  private let inputs: Buffer<T>
  private let targetRows: Int
  private let targets: Buffer<T>
  private let classes: [Int32]
  private let weights: Buffer<T>?
  private var order: [Int32]
  private var position: Int
  private var stream: RandomStream

  /// Batches of a copy of the samples.
  ///
  /// - Parameters:
  ///   - samples: all that an epoch has.
  ///   - size: samples of a batch; the last one of an epoch has the rest.
  ///   - network: what the samples are for; they must fit its inputs and its output model.
  ///   - stream: where the orders come from.
  public init(_ samples: Samples<T>, for network: Network, size: Int, stream: RandomStream) {
    precondition(
      size >= 1 && samples.count >= 1, "batches of \(size) samples among \(samples.count)")
    network.check(samples)
    self.size = min(size, samples.count)
    self.stream = stream
    count = samples.count
    joinsLast = Self.joinsLast(count, self.size, network)
    batchesPerEpoch = Self.batchesPerEpoch(of: count, size: size, for: network)
    rows = samples.inputs.rows
    inputs = Self.columns(of: samples.inputs)
    switch samples.targets {
    case .values(let matrix):
      targetRows = matrix.rows
      targets = Self.columns(of: matrix)
      classes = []
    case .classes(let list):
      targetRows = 0
      targets = Buffer(count: 0)
      classes = list.map(Int32.init)
    }
    weights = samples.weights.map { Buffer($0) }
    order = (0..<Int32(count)).map { $0 }
    position = count
  }

  /// The columns of a matrix, one after the other.
  private static func columns(of matrix: Matrix<T>) -> Buffer<T> {
    let result = Buffer<T>(count: matrix.elements.count)
    let rows = IndexList(0..<matrix.rows)
    matrix.elements.withUnsafeBufferPointer {
      T.gatherSamples(
        rows: matrix.columns, count: matrix.rows, samples: rows.pointer, x: $0.baseAddress!,
        into: result.pointer)
    }
    return result
  }

  /// Samples of the next batch.
  public var nextCount: Int {
    let left = position >= count ? count : count - position
    return joinsLast && left == size + 1 ? left : min(size, left)
  }

  /// Carries the order and the place in it.
  func code(_ coder: CheckpointCoder<T>) {
    var indices = order.map(Int.init)
    coder.code("order", &indices)
    coder.code("position", &position)
    coder.code("epochs", &epochs)
    coder.code("stream", &stream)
    guard coder.isRestoring, coder.fault == nil else { return }
    if indices.sorted() == Array(0..<count) && (0...count).contains(position) {
      order = indices.map(Int32.init)
    } else {
      coder.refuse("order")
    }
  }

  /// Loads the next batch, of a new epoch in a new order if the last one is over.
  public func loadNext(into workspace: Workspace<T>) {
    if position >= count {
      order.shuffle(using: &stream)
      position = 0
      epochs += 1
    }
    let batch = nextCount
    workspace.setBatch(batch)
    order.withUnsafeBufferPointer { order in
      let samples = order.baseAddress! + position
      T.gatherSamples(
        rows: rows, count: batch, samples: samples, x: inputs.pointer,
        into: workspace.activities.row(workspace.network.inputRows.lowerBound))
      T.gatherSamples(
        rows: targetRows, count: batch, samples: samples, x: targets.pointer,
        into: workspace.targetValues.pointer)
      if !classes.isEmpty {
        for x in 0..<batch { workspace.targetClasses[x] = classes[Int(samples[x])] }
      }
      if let weights {
        workspace.setWeights {
          T.gather(count: batch, index: samples, x: weights.pointer, into: $0)
        }
      }
    }
    position += batch
  }
}
