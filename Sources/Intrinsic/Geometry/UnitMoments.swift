import IntrinsicMath

/// Moving averages of A_ii = E[a_i² c_k] and, if wanted, A_0i = E[a_i c_k] for each parameter.
///
/// They are held up to a common factor, A = factor · stored, so that an average fades by changing one
/// number, and a new estimate is a product that adds to memory: one pass over it, not two.
final class UnitMoments<T: Scalar> {
  /// What the stored values are to be multiplied by.
  private(set) var factor: T = 1
  /// E[a_i c_k], with factor 1/`factor`.
  let first: Buffer<T>?
  /// E[a_i² c_k], with factor 1/`factor`; A_00 in the place of the bias.
  let second: Buffer<T>
  private let network: Network
  /// Whether the next addition to each layer overwrites what is stored.
  private var isEmpty: [Bool]
  /// Incoming activities times signals of one unit, before they are squared.
  private var products: Buffer<T>?
  /// Sums of products of means, to be subtracted from the next moments.
  private var means: Means?
  /// Below it the stored values are multiplied by the factor: far from the range of the type, and
  /// seldom.
  private static var leastFactor: T { 1e-6 }

  /// v = E[ã s] of the latest signal, and Σ v_i² and Σ v_0 v_i over signals.
  private struct Means {
    let latest: Buffer<T>
    let squares: Buffer<T>
    let biasProducts: Buffer<T>?
    /// Where the parameters of each unit start within those of its layer.
    let offsets: [IndexList]
    var count = 0
  }

  init(_ network: Network, hasFirst: Bool) {
    self.network = network
    first = hasFirst ? Buffer(count: network.parameterCount) : nil
    second = Buffer(count: network.parameterCount)
    isEmpty = network.layers.map { _ in true }
  }

  /// A ← keep · A.
  func fade(keep: T) {
    for index in isEmpty.indices { isEmpty[index] = keep == 0 }
    factor = keep == 0 ? 1 : factor * keep
    if factor < Self.leastFactor { normalize() }
  }

  /// A ← A + weight · E[ã ãᵀ c], less the products of the means that were subtracted since the last
  /// call. Layers that share parameters add instead the squares of sums over positions, if signals
  /// are given.
  func add(modulus c: Rows<T>, signals: Rows<T>? = nil, at workspace: Workspace<T>, weight: T) {
    if let signals { addSampleSums(signals, at: workspace, weight: weight) }
    for (index, layer) in network.layers.enumerated()
    where signals == nil || !layer.connection.sharesParameters {
      addMoments(index, modulus: c, at: workspace, weight: weight)
    }
    subtractCollectedMeans(at: workspace, weight: weight)
  }

  /// A ← A + weight · E[ã ãᵀ c] for the layers that do not share parameters, less the products of the
  /// means of all layers.
  func addUnshared(modulus c: Rows<T>, at workspace: Workspace<T>, weight: T) {
    for (index, layer) in network.layers.enumerated() where !layer.connection.sharesParameters {
      addMoments(index, modulus: c, at: workspace, weight: weight)
    }
    subtractCollectedMeans(at: workspace, weight: weight)
  }

  /// A ← A + weight · E[Σ_q u uᵀ] with u = Σ_positions s^q ã, for the layers that share parameters.
  func addSampleSums(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    let scale = (weight / (factor * T(workspace.batch))).squareRoot()
    for (index, layer) in network.layers.enumerated() where layer.connection.sharesParameters {
      let size = layer.parameters.count / layer.unitCount
      if products == nil || products!.count < size * s.columns {
        products = Buffer(count: size * s.columns)
      }
      let u = products!.pointer
      for unit in 0..<layer.unitCount {
        layer.connection.perSampleOuter(
          units: unit..<unit + 1, s.row(layer.rows.lowerBound), workspace.activities,
          repeats: s.columns / workspace.batch, scale: scale, into: u)
        let start = network.parameters(layer: index, unit: unit).lowerBound
        if isEmpty[index] {
          T.fill(count: size, value: 0, into: second.pointer + start)
          if let first { T.fill(count: size, value: 0, into: first.pointer + start) }
        }
        if let first {
          T.addRowDots(
            rows: size, columns: s.columns, scale: 1, b: u, x: u, into: first.pointer + start,
            ldo: 1)
        }
        for i in 0..<size {
          let row = u + i * s.columns
          second.pointer[start + i] += T.dot(count: s.columns, x: row, y: row)
        }
      }
      isEmpty[index] = false
    }
  }

  private func addMoments(
    _ index: Int, modulus c: Rows<T>, at workspace: Workspace<T>, weight: T
  ) {
    let layer = network.layers[index]
    let start = layer.parameters.lowerBound
    layer.connection.moments(
      c.row(layer.rows.lowerBound), workspace.activities,
      scale: weight / (factor * T(workspace.batch)), keep: isEmpty[index] ? 0 : 1,
      first: first.map { $0.pointer + start }, second: second.pointer + start,
      scratch: workspace.scratch.pointer, threads: workspace.threads)
    isEmpty[index] = false
  }

  private func subtractCollectedMeans(at workspace: Workspace<T>, weight: T) {
    guard let means, means.count > 0 else { return }
    let count = network.parameterCount
    // Sums over the batch have rounding errors of about √batch units in the last place.
    let threshold = 16 * T.ulpOfOne * T(workspace.batch).squareRoot()
    T.subtractSquares(
      count: count, weight: weight / factor, squares: means.squares.pointer, threshold: threshold,
      into: second.pointer)
    if let products = means.biasProducts {
      T.addScaled(
        count: count, x: first!.pointer, alpha: -weight / factor, y: products.pointer,
        into: first!.pointer)
    }
    self.means!.count = 0
  }

  /// Has v vᵀ subtracted from the next moments, v = E[ã s], for one signal of each unit and sample
  /// (units × batch, contiguous).
  func subtractMeans(_ s: Rows<T>, at workspace: Workspace<T>) {
    let count = network.parameterCount
    if means == nil {
      means = Means(
        latest: Buffer(count: count), squares: Buffer(count: count),
        biasProducts: first.map { _ in Buffer(count: count) }, offsets: network.unitOffsets)
    }
    let means = means!
    for (index, layer) in network.layers.enumerated() {
      let start = layer.parameters.lowerBound
      layer.connection.outer(
        s.row(layer.rows.lowerBound), workspace.activities, scale: 1 / T(workspace.batch), keep: 0,
        into: means.latest.pointer + start, threads: workspace.threads)
      guard let products = means.biasProducts else { continue }
      if means.count == 0 {
        T.fill(count: layer.parameters.count, value: 0, into: products.pointer + start)
      }
      T.addBiasProducts(
        units: layer.unitCount, offsets: means.offsets[index].pointer,
        v: means.latest.pointer + start,
        into: products.pointer + start)
    }
    T.scaledSquare(
      count: count, scale: 1, r: means.latest.pointer, accumulate: means.count != 0,
      into: means.squares.pointer)
    self.means!.count += 1
  }

  /// A_ii ← A_ii + weight · c_k γ_i², from one number for each unit that reads and each row that is
  /// read.
  func addOuter(outgoing c: Rows<T>, incoming gamma: Rows<T>, weight: T, threads: Int) {
    for (index, layer) in network.layers.enumerated() {
      let start = layer.parameters.lowerBound
      if isEmpty[index], let first {
        T.fill(count: layer.parameters.count, value: 0, into: first.pointer + start)
      }
      layer.connection.outer(
        c.row(layer.rows.lowerBound), gamma, scale: weight / factor, keep: isEmpty[index] ? 0 : 1,
        into: second.pointer + start, threads: threads)
      isEmpty[index] = false
    }
  }

  /// A_ii ← A_ii + ε.
  func addToDiagonal(_ epsilon: T) {
    T.addConstant(count: second.count, value: epsilon / factor, into: second.pointer)
  }

  /// A_ii of one parameter.
  func diagonal(_ parameter: Int) -> T { factor * second[parameter] }

  /// A_0i of one parameter.
  func biasRow(_ parameter: Int) -> T { factor * first![parameter] }

  /// Puts moments in the place of the averages.
  func set(_ parameter: Int, diagonal: T, biasRow: T) {
    second[parameter] = diagonal / factor
    first?[parameter] = biasRow / factor
  }

  func code(_ coder: CheckpointCoder<T>) {
    coder.code("factor", &factor)
    coder.code("is_empty", &isEmpty)
    coder.code("second", second)
    if let first { coder.code("first", first) }
  }

  private func normalize() {
    for values in [first, second] {
      guard let values else { continue }
      T.scaleAdd(
        count: values.count, alpha: factor, x: values.pointer, beta: 0, into: values.pointer)
    }
    factor = 1
  }
}

extension Network {
  /// For each layer, where the parameters of each unit start within those of the layer, and their
  /// number.
  var unitOffsets: [IndexList] {
    layers.map { layer in
      IndexList(
        (0..<layer.unitCount).map { layer.connection.parameters(of: $0).lowerBound }
          + [layer.parameters.count])
    }
  }
}
