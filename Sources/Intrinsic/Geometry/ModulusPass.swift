import IntrinsicMath

/// Computes the reduced modulus c_k(x) = r_k² × (modulus of k on x) of every unit, with the dampings
/// that act on it: F_out + ε Id before it is propagated, and c_k(x) + ε E[c_k] after.
final class ModulusPass<T: Scalar> {
  private let kind: Modulus
  private let damping: Damping
  private let memory: Buffer<T>
  private let squaredWeights: Buffer<T>?
  private let signals: SignalPass<T>?
  /// C of the layers whose activities are vectors, where it is wanted or propagated.
  private let groups: GroupModulus<T>?
  /// The signals of the last modulus, where their products are wanted before they are squared.
  private var sampleSignals: Rows<T>?

  /// - Parameter keepsGroups: whether the moduli of groups are wanted, which unitwise reductions need.
  init(
    _ kind: Modulus, _ network: Network, damping: Damping, maximumBatchSize: Int,
    stream: RandomStream, keepsGroups: Bool = false
  ) {
    self.kind = kind
    self.damping = damping
    memory = Buffer(count: network.hiddenRowCount * maximumBatchSize)
    let isGrouped = network.groupedLayer != nil
    switch kind {
    case .backpropagated:
      squaredWeights = Buffer(count: network.parameterCount)
      signals = nil
      groups =
        isGrouped
        ? GroupModulus(
          network, outputDamping: damping.output, maximumBatchSize: maximumBatchSize) : nil
    case .expand(let source), .reduce(let source):
      squaredWeights = nil
      let keepsGroups = keepsGroups && isGrouped
      groups =
        keepsGroups
        ? GroupModulus(network, outputDamping: nil, maximumBatchSize: maximumBatchSize) : nil
      let reduces = if case .reduce = kind { network.sharesParameters } else { false }
      signals =
        source == .empiricalFisher
        ? nil
        : SignalPass(
          source, network, outputDamping: damping.output, maximumBatchSize: maximumBatchSize,
          stream: stream, all: reduces || keepsGroups)
    }
  }

  func code(_ coder: CheckpointCoder<T>) {
    if let signals { coder.within("signals") { signals.code(coder) } }
  }

  /// The modulus in all that metrics need of it, valid until the next call.
  func reducedModulus(
    at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) -> ReducedModulus<T> {
    let values = modulus(at: workspace, parameters)
    let squares = if case .reduce = kind { sampleSignals } else { nil as Rows<T>? }
    return ReducedModulus(values: values, signals: squares, groups: groups)
  }

  /// c for every unit but the inputs, units × batch, valid until the next call. The workspace holds
  /// a forward pass, for the outer product also a backward pass, of these parameters.
  func modulus(at workspace: Workspace<T>, _ parameters: Parameters<T>) -> Rows<T> {
    let c = workspace.unitRows(memory, columns: workspace.batch)
    sampleSignals = nil
    switch kind {
    case .backpropagated:
      if let groups {
        groups.backpropagate(at: workspace, parameters, into: c)
      } else {
        backpropagated(at: workspace, parameters, into: c)
      }
    case .expand(.empiricalFisher), .reduce(.empiricalFisher):
      empiricalFisher(at: workspace, into: c)
      sampleSignals = workspace.signals
    case .expand where groups != nil:
      sumSquares(of: signals!.allSignals(at: workspace, parameters), at: workspace, into: c)
    case .reduce where groups != nil || workspace.network.sharesParameters:
      sumSquares(of: signals!.allSignals(at: workspace, parameters), at: workspace, into: c)
    case .expand, .reduce: signals!.modulus(at: workspace, parameters, into: c)
    }
    if let groups, let sampleSignals {
      groups.take(signals: sampleSignals, batch: workspace.batch)
    }
    if damping.modulusFloor > 0 {
      let first = workspace.network.layers[0].rows.lowerBound
      T.addRowMeans(
        rows: workspace.network.rowCount - first, columns: workspace.batch,
        scale: T(damping.modulusFloor), c: c.row(first))
      groups?.addMeans(T(damping.modulusFloor))
    }
    return c
  }

  /// c_k = r_k² m_k with m_i = Σ_{i→j} w_ij² r_j² m_j (Ollivier 2015, 26–27).
  private func backpropagated(
    at workspace: Workspace<T>, _ parameters: Parameters<T>, into c: Rows<T>
  ) {
    let network = workspace.network
    workspace.outputModulus(
      damping: T(damping.output), into: c.row(network.outputRows.lowerBound))
    let squares = squaredWeights!.pointer
    let first = network.layers[0].parameters.upperBound
    let w = parameters.pointer
    Parallel.forEachPart(ofElements: parameters.count - first, threads: workspace.threads) {
      T.square(count: $0.count, x: w + first + $0.lowerBound, into: squares + first + $0.lowerBound)
    }
    workspace.propagateBack(c, weights: squares, squared: true) { layer in
      guard !layer.derivativeIsOne else { return }
      workspace.forEachPart(of: layer) { rows in
        let layerModulus = c.row(rows.lowerBound)
        T.multiplySquared(
          count: rows.count * workspace.batch, r: workspace.derivatives.row(rows.lowerBound),
          m: layerModulus,
          into: layerModulus)
      }
    }
  }

  /// c_k = Σ_q (s_k^q)², and the signals for sums over positions.
  private func sumSquares(of s: Rows<T>, at workspace: Workspace<T>, into c: Rows<T>) {
    let network = workspace.network
    for layer in network.layers {
      let row = layer.rows.lowerBound
      T.sumSquaresRepeated(
        rows: layer.rows.count, batch: workspace.batch, repeats: s.columns / workspace.batch,
        s: s.row(row), lds: s.columns, accumulate: false,
        c: c.row(row))
    }
    sampleSignals = s
  }

  /// c_k = b̃_k² with the true targets (Ollivier 2015, Definition 14).
  private func empiricalFisher(at workspace: Workspace<T>, into c: Rows<T>) {
    let network = workspace.network
    for layer in network.layers {
      let row = layer.rows.lowerBound
      T.square(
        count: layer.rows.count * workspace.batch, x: workspace.signals.row(row), into: c.row(row))
    }
  }
}
