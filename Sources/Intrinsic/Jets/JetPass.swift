import IntrinsicMath

/// Passes of jets: activities and signals of all units whose columns are components × samples, component after
/// component. Connections are linear, so that they read jets as they read activities; the constant rows are
/// (1, 0, …, 0), so that biases join component 0.
final class JetPass<T: Scalar> {
  private let network: Network
  let shape: JetShape
  /// κ in T.
  private let kappa: [T]?
  /// The samples of the last pass.
  private(set) var samples = 0
  private let activityMemory: Buffer<T>
  private let preactivationMemory: Buffer<T>
  private let signalMemory: Buffer<T>
  /// s′, s″ and ∂a^Δ/∂y^0 of all units but the inputs, each rows × samples.
  private let (first, second, mixed): (Buffer<T>, Buffer<T>, Buffer<T>)
  private let third: Buffer<T>
  private let isTrained: Bool

  /// - Parameters:
  ///   - maximumBatchSize: the most samples of a pass.
  ///   - isTrained: whether there will be passes back.
  init(_ network: Network, _ shape: JetShape, maximumBatchSize: Int, isTrained: Bool) {
    self.network = network
    self.shape = shape
    self.isTrained = isTrained
    kappa = shape.laplacian.map { $0.map { T($0) } }
    let columns = shape.componentCount * maximumBatchSize
    let hidden = network.hiddenRowCount
    activityMemory = Buffer(count: network.rowCount * columns)
    let kept = isTrained ? hidden : network.layers.map(\.rows.count).max()!
    preactivationMemory = Buffer(count: kept * columns)
    signalMemory = Buffer(count: isTrained ? hidden * columns : 0)
    first = Buffer(count: (isTrained ? hidden : 1) * maximumBatchSize)
    second = Buffer(count: (isTrained ? hidden : 1) * maximumBatchSize)
    mixed = Buffer(count: (isTrained ? hidden : 1) * maximumBatchSize)
    third = Buffer(count: maximumBatchSize)
  }

  /// P·n.
  private var columns: Int { shape.componentCount * samples }
  /// The jets of all activities, rows × (components × samples).
  var activities: Rows<T> { Rows(activityMemory.pointer, columns: columns) }
  /// b̃ of all units but the inputs, after ``backward(_:)``; before it b of the outputs, which the caller writes.
  var signals: Rows<T> {
    Rows(signalMemory.pointer, firstRow: network.firstHiddenRow, columns: columns)
  }

  /// The place of a row of units in memory of rows × samples.
  private func unitRow(_ buffer: Buffer<T>, _ row: Int) -> UnsafeMutablePointer<T> {
    buffer.pointer + (isTrained ? (row - network.firstHiddenRow) * samples : 0)
  }

  /// The jets of the outputs from the columns `part` of inputs × samples.
  func forward(_ parameters: Parameters<T>, _ inputs: Matrix<T>, _ part: Range<Int>, threads: Int) {
    load(inputs, part)
    let a = activities
    for layer in network.layers {
      let start = layer.rows.lowerBound
      let y =
        preactivationMemory.pointer
        + (isTrained ? (start - network.firstHiddenRow) * a.columns : 0)
      layer.connection.apply(
        parameters.pointer + layer.parameters.lowerBound, a, into: y, threads: threads)
      for index in 0..<layer.rows.count {
        activate(
          layer, unit: index % layer.unitCount, row: start + index, y + index * a.columns,
          into: a.row(start + index))
      }
    }
  }

  /// Input d has the jet (x_d, e_d, 0).
  private func load(_ inputs: Matrix<T>, _ part: Range<Int>) {
    samples = part.count
    let n = samples
    for row in network.constantRows {
      T.fill(count: columns, value: 0, into: activities.row(row))
      T.fill(count: n, value: 1, into: activities.row(row))
    }
    inputs.elements.withUnsafeBufferPointer { source in
      for d in 0..<network.inputCount {
        let row = activities.row(network.inputRows.lowerBound + d)
        T.fill(count: columns, value: 0, into: row)
        row.update(
          from: source.baseAddress! + d * inputs.columns + part.lowerBound, count: n)
        if shape.slopeCount > 0 { T.fill(count: n, value: 1, into: row + (d + 1) * n) }
      }
    }
  }

  /// The jet of a unit's activity from that of its pre-activation:
  ///
  ///     a^0 = s(y^0)     a^d = s′ y^d     a^Δ = s′ y^Δ + s″ Σ_d κ_d (y^d)²
  ///
  /// with y ← (y − δ)/γ before and a ← α a + β after where units are reparametrized.
  private func activate(
    _ layer: Network.Layer, unit: Int, row: Int, _ y: UnsafeMutablePointer<T>,
    into a: UnsafeMutablePointer<T>
  ) {
    let n = samples
    let one = UnsafePointer(activities.row(0))
    if let affine = layer.affine {
      let (gamma, delta) = (T(affine.gamma[unit]), T(affine.delta[unit]))
      T.scaleAdd(count: columns, alpha: -delta / gamma, x: one, beta: 1 / gamma, into: y)
    }
    let (r, curvature) = (unitRow(first, row), unitRow(second, row))
    layer.activation.apply(count: n, y: y, a: a, r: r)
    if (isTrained ? shape.trainingOrder : shape.activationOrder) > 1 {
      let isMixed = isTrained && kappa != nil
      layer.activation.higherDerivatives(
        count: n, y: y, a: a, r: r, second: curvature, third: isMixed ? third.pointer : nil)
      if isMixed {
        T.jetMix(
          count: n, slopes: shape.slopeCount, kappa: kappa!, second: curvature,
          third: third.pointer, y: y, mixed: unitRow(mixed, row))
      }
    }
    if shape.slopeCount > 0 {
      T.jetActivate(
        count: n, slopes: shape.slopeCount, kappa: kappa, first: r, second: curvature, y: y, a: a)
    }
    if let affine = layer.affine {
      T.scaleAdd(
        count: columns, alpha: T(affine.beta[unit]), x: one, beta: T(affine.alpha[unit]), into: a)
    }
  }

  /// b̃_k = R_kᵀ b_k and b_i = Σ_{i→k} w_ik b̃_k for all units, from b of the outputs:
  ///
  ///     b̃^0 = s′ b^0 + Σ_d s″ y^d b^d + (s″ y^Δ + s‴ Σ_d κ_d (y^d)²) b^Δ
  ///     b̃^d = s′ b^d + 2 κ_d s″ y^d b^Δ        b̃^Δ = s′ b^Δ
  func backward(_ parameters: Parameters<T>, threads: Int) {
    let (b, w) = (signals, parameters.pointer)
    reduce(network.layers.last!)
    network.propagateBack(
      b, weights: { w + $0.parameters.lowerBound }, repeats: shape.componentCount, threads: threads,
      finish: reduce)
  }

  private func reduce(_ layer: Network.Layer) {
    guard !layer.derivativeIsOne else { return }
    for index in 0..<layer.rows.count {
      reduce(layer, index, signals.row(layer.rows.lowerBound + index))
    }
  }

  /// b ← Rᵀ b of a row of a layer, component after component.
  private func reduce(
    _ layer: Network.Layer, _ index: Int, _ b: UnsafeMutablePointer<T>
  ) {
    let row = layer.rows.lowerBound + index
    let y = preactivationMemory.pointer + (row - network.firstHiddenRow) * columns
    T.jetReduce(
      count: samples, slopes: shape.slopeCount, kappa: kappa, first: unitRow(first, row),
      second: unitRow(second, row),
      mixed: unitRow(mixed, row), y: y, b: b)
    if let affine = layer.affine {
      let unit = index % layer.unitCount
      T.scaleAdd(
        count: columns, alpha: 0, x: b, beta: T(affine.alpha[unit] / affine.gamma[unit]), into: b)
    }
  }

  /// C_k = R_kᵀ Φ_k R_k of all units, P × P blocks of n samples each, from Φ of the outputs (Ollivier 2015, 133):
  ///
  ///     Φ_i = Σ_{i→k} w_ik² R_kᵀ Φ_k R_k
  ///
  /// - Parameters:
  ///   - phi: rows of units × (P·P·n), symmetric.
  ///   - squares: the squared weights.
  func backward(_ phi: Rows<T>, squares: UnsafePointer<T>, scratch: UnsafeMutablePointer<T>) {
    let width = columns
    let reduceBlocks: (Network.Layer) -> Void = { [self] layer in
      guard !layer.derivativeIsOne else { return }
      let count = shape.componentCount
      for index in 0..<layer.rows.count {
        let block = phi.row(layer.rows.lowerBound + index)
        // Φ R, its transpose Rᵀ Φ, and Rᵀ Φ R.
        for c in 0..<count { reduce(layer, index, block + c * width) }
        for c in 0..<count {
          for d in 0..<count {
            (scratch + c * width + d * samples).update(
              from: block + d * width + c * samples, count: samples)
          }
        }
        block.update(from: scratch, count: count * width)
        for c in 0..<count { reduce(layer, index, block + c * width) }
      }
    }
    reduceBlocks(network.layers.last!)
    network.propagateBack(
      phi, weights: { squares + $0.parameters.lowerBound }, squared: true,
      repeats: shape.componentCount * shape.componentCount, threads: 1, finish: reduceBlocks)
  }
}
