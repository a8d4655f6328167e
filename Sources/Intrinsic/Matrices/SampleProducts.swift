import IntrinsicMath

/// The matrix A = E_x[Σ_q u_q(x) u_q(x)ᵀ] of a signed source, u_q = ∂(signal q)/∂θ, as its factors: samples,
/// over which each product with A is a pass forward and back.
struct SampleProducts<T: Scalar>: Sendable {
  let source: SignalSource
  let model: Model
  let samples: Samples<T>
  let batch: Int
  let stream: RandomStream
  let threads: Int

  init(
    _ source: SignalSource, _ model: Model, _ samples: Samples<T>, batch: Int,
    stream: RandomStream, threads: Int
  ) throws(MetricError) {
    if source != .empiricalFisher && !model.network.output.hasFisherMetric {
      throw .noFisherMetric(model.network.output)
    }
    if case .monteCarlo(let draws) = source, draws < 1 { throw .noMonteCarloSamples }
    (self.source, self.model, self.samples) = (source, model, samples)
    self.stream = stream
    self.threads = threads
    self.batch = min(batch, samples.count)
  }

  /// Calls `body` with the signals of all columns of each batch, units × (columns × batch). Monte Carlo
  /// draws are the same each time.
  private func forEachBatch(_ body: (Workspace<T>, Rows<T>, Parameters<T>) -> Void) {
    let network = model.network
    let workspace = Workspace<T>(network, maximumBatchSize: batch, threads: threads)
    let parameters = Parameters<T>(model.parameters.elements.map { T($0) })
    if !model.statistics.isEmpty { workspace.freeze(model.statistics(of: T.self)) }
    let pass = SignalPass<T>(
      source, network, outputDamping: 0, maximumBatchSize: batch, stream: stream, all: true)
    for start in stride(from: 0, to: samples.count, by: batch) {
      let part = start..<min(start + batch, samples.count)
      workspace.load(part.count == samples.count ? samples : samples.subset(part))
      workspace.forward(parameters)
      if source == .empiricalFisher { _ = workspace.loss() }
      body(workspace, pass.allSignals(at: workspace, parameters), parameters)
    }
  }

  /// A δ.
  func apply(_ vector: Displacement<T>) -> Gradient<T> {
    let network = model.network
    var result = Gradient<T>(network)
    let rows = network.layers.map(\.rows.count).max()!
    let products = Buffer<T>(count: rows * batch)
    let ones = Buffer<T>([T](repeating: 1, count: rows))
    forEachBatch { workspace, signals, _ in
      let (width, count) = (signals.columns, workspace.batch)
      let columns = width / count
      let directional = Buffer<T>(count: width)
      let scaled = Buffer<T>(count: rows * width)
      let summed = Buffer<T>(count: rows * count)
      for layer in network.layers where !layer.parameters.isEmpty {
        let (y, s, n) = (products.pointer, scaled.pointer, layer.rows.count)
        layer.connection.apply(
          vector.pointer + layer.parameters.lowerBound, workspace.activities, into: y,
          threads: threads)
        s.update(from: signals.row(layer.rows.lowerBound), count: n * width)
        T.multiplyRepeated(rows: n, batch: count, repeats: columns, r: y, s: s)
        T.gemm(
          transposeA: false, transposeB: false, m: 1, n: width, k: n, alpha: 1, a: ones.pointer,
          lda: n, b: s, ldb: width, beta: 1, c: directional.pointer, ldc: width)
      }
      for layer in network.layers where !layer.parameters.isEmpty {
        let n = layer.rows.count
        T.fill(count: n * count, value: 0, into: summed.pointer)
        for row in 0..<n {
          let s = signals.row(layer.rows.lowerBound + row)
          for q in 0..<columns {
            T.multiply(
              count: count, x: s + q * count, y: directional.pointer + q * count,
              into: scaled.pointer)
            T.addScaled(
              count: count, x: summed.pointer + row * count, alpha: 1, y: scaled.pointer,
              into: summed.pointer + row * count)
          }
        }
        layer.connection.outer(
          summed.pointer, workspace.activities, scale: 1 / T(samples.count), keep: 1,
          into: result.mutablePointer + layer.parameters.lowerBound, threads: threads)
      }
    }
    return result
  }

  /// The whole matrix: 2 P² operations a sample and column.
  func dense() -> Matrix<T> { blocks([0..<model.network.parameterCount])[0] }

  /// Its diagonal blocks over the parameters of some places.
  func blocks(_ places: [UnitPlace]) -> [Matrix<T>] { blocks(places.map(\.parameters)) }

  private func blocks(_ ranges: [Range<Int>]) -> [Matrix<T>] {
    var result = ranges.map { Matrix<T>(rows: $0.count, columns: $0.count) }
    forEachBatch { workspace, signals, _ in
      let factor = workspace.outerProducts(signals, repeats: signals.columns / workspace.batch)
      for (index, range) in ranges.enumerated() {
        result[index].elements.withUnsafeMutableBufferPointer { memory in
          factor.elements.withUnsafeBufferPointer {
            SymmetricAlgebra<T>.rowProducts(
              range.count, factor.columns, 1 / T(samples.count),
              $0.baseAddress! + range.lowerBound * factor.columns, factor.columns, 1,
              memory.baseAddress!, range.count, threads: threads)
          }
        }
      }
    }
    for index in result.indices { result[index].mirrorLowerTriangle() }
    return result
  }

  /// U with A = U Uᵀ, parameters × (samples × columns); zeros in columns beyond.
  /// - Throws: ``MetricError/notFinite(layer:unit:)``.
  func factor(into result: inout Matrix<T>) throws(MetricError) {
    let root = 1 / T(samples.count).squareRoot()
    var first = 0
    forEachBatch { workspace, signals, _ in
      let part = workspace.outerProducts(signals, repeats: signals.columns / workspace.batch)
      let width = result.columns
      result.elements.withUnsafeMutableBufferPointer { memory in
        part.elements.withUnsafeBufferPointer {
          for row in 0..<result.rows {
            T.scaleAdd(
              count: part.columns, alpha: root, x: $0.baseAddress! + row * part.columns, beta: 0,
              into: memory.baseAddress! + row * width + first)
          }
        }
      }
      first += part.columns
    }
    let width = result.columns
    let fault = result.elements.withUnsafeMutableBufferPointer { memory in
      for row in 0..<memory.count / width where first < width {
        T.fill(count: width - first, value: 0, into: memory.baseAddress! + row * width + first)
      }
      return T.firstNotFinite(count: memory.count, x: memory.baseAddress!)
    }
    if fault >= 0 {
      let owner = model.network.owner(ofParameter: fault / width)
      throw .notFinite(layer: owner.layer, unit: owner.unit)
    }
  }

  /// Σ_q u_q² of each parameter, a mean over the samples.
  func diagonal() -> [T] {
    var result = [T](repeating: 0, count: model.network.parameterCount)
    forEachBatch { workspace, signals, _ in
      let factor = workspace.outerProducts(signals, repeats: signals.columns / workspace.batch)
      factor.elements.withUnsafeBufferPointer { u in
        for i in result.indices {
          let row = u.baseAddress! + i * factor.columns
          result[i] += T.dot(count: factor.columns, x: row, y: row) / T(samples.count)
        }
      }
    }
    return result
  }
}
