import IntrinsicMath

/// The derivative J = ∂a_o(x)/∂θ of the output activities of a model on some inputs, as an operator: products
/// with it cost passes, and it is formed only by ``dense()``.
///
/// Rows are outputs × samples, sample after sample within an output: entry (o, x) is row o·n + x.
public struct Jacobian<T: Scalar>: Sendable {
  let network: Network
  let parameters: Parameters<T>
  let inputs: Matrix<T>
  let batch: Int
  let threads: Int

  /// - Parameters:
  ///   - model: whose outputs.
  ///   - inputs: inputs × samples.
  ///   - batch: samples at a time.
  ///   - threads: of each pass.
  /// - Throws: ``MetricError/jacobianOfNormalizedNetwork`` where outputs depend on the parameters through
  ///   statistics or lengths, too; ``Model/folded`` has the same function without.
  public init(
    of model: Model, on inputs: Matrix<T>, batch: Int = 500, threads: Int = 1
  ) throws(MetricError) {
    precondition(
      inputs.rows == model.network.inputCount && inputs.columns >= 1,
      "inputs of \(inputs.rows) × \(inputs.columns) for \(model.network.inputCount) inputs")
    if model.network.isNormalized { throw .jacobianOfNormalizedNetwork }
    network = model.network
    parameters = Parameters(model.parameters.elements.map { T($0) })
    self.inputs = inputs
    self.batch = min(batch, inputs.columns)
    self.threads = threads
  }

  /// Outputs × samples.
  public var rowCount: Int { network.outputCount * inputs.columns }
  /// Parameters.
  public var columnCount: Int { network.parameterCount }

  private func forEachBatch(_ body: (Workspace<T>, Range<Int>) -> Void) {
    let workspace = Workspace<T>(network, maximumBatchSize: batch, threads: threads)
    for start in stride(from: 0, to: inputs.columns, by: batch) {
      let part = start..<min(start + batch, inputs.columns)
      workspace.load(inputs: inputs.columns(part))
      workspace.forward(parameters)
      body(workspace, part)
    }
  }

  /// J δ, the change of outputs to first order: outputs × samples. Cost: a forward pass.
  public func apply(_ step: Displacement<T>) -> Matrix<T> {
    precondition(
      step.count == columnCount, "a displacement of \(step.count) for \(columnCount) parameters")
    var result = Matrix<T>(rows: network.outputCount, columns: inputs.columns)
    forEachBatch { workspace, part in
      // J is linear: a pass back for each output, contracted with δ.
      let outputs = network.outputCount
      let jacobian = workspace.outputJacobian(parameters)
      let width = outputs * part.count
      var change = [T](repeating: 0, count: width)
      jacobian.elements.withUnsafeBufferPointer {
        T.gemm(
          transposeA: true, transposeB: false, m: width, n: 1, k: columnCount, alpha: 1,
          a: $0.baseAddress!, lda: width, b: step.pointer, ldb: 1, beta: 0,
          c: &change, ldc: 1)
      }
      for o in 0..<outputs {
        for (x, sample) in part.enumerated() { result[o, sample] = change[o * part.count + x] }
      }
    }
    return result
  }

  /// Jᵀ c for a covector c of the outputs, outputs × samples. Cost: a forward and a backward pass.
  public func applyTransposed(_ cotangent: Matrix<T>) -> Gradient<T> {
    precondition(
      cotangent.rows == network.outputCount && cotangent.columns == inputs.columns,
      "a covector of \(cotangent.rows) × \(cotangent.columns) for outputs of "
        + "\(network.outputCount) × \(inputs.columns)")
    var result = Gradient<T>(network)
    forEachBatch { workspace, part in
      workspace.setOutputSignals { signals in
        for o in 0..<network.outputCount {
          let s = signals + o * part.count
          let r = workspace.derivatives.row(network.outputRows.lowerBound + o)
          for (x, sample) in part.enumerated() { s[x] = cotangent[o, sample] * r[x] }
        }
      }
      workspace.backpropagate(parameters)
      for layer in network.layers {
        layer.connection.outer(
          workspace.signals.row(layer.rows.lowerBound), workspace.activities, scale: 1, keep: 1,
          into: result.mutablePointer + layer.parameters.lowerBound, threads: threads)
      }
    }
    return result
  }

  /// The whole matrix, (outputs × samples) × parameters. Cost: a backward pass for each output.
  public func dense() -> Matrix<T> {
    var result = Matrix<T>(rows: rowCount, columns: columnCount)
    let samples = inputs.columns
    forEachBatch { workspace, part in
      let jacobian = workspace.outputJacobian(parameters)
      for o in 0..<network.outputCount {
        for (x, sample) in part.enumerated() {
          let (source, target) = (o * part.count + x, (o * samples + sample) * columnCount)
          for e in 0..<columnCount {
            result.elements[target + e] = jacobian.elements[e * jacobian.columns + source]
          }
        }
      }
    }
    return result
  }

  /// K = J Jᵀ, the empirical neural tangent kernel.
  public var gram: GramMatrix<T> { GramMatrix(dense()) }
}

extension Model {
  /// The gradients −∂L_x/∂θ of the losses of single samples, samples × parameters. Cost: a backward pass and
  /// one outer product a sample.
  ///
  /// - Throws: ``MetricError/jacobianOfNormalizedNetwork`` where samples are not independent, or outputs
  ///   depend on lengths of weights.
  public func perSampleGradients<T: Scalar>(
    on samples: Samples<T>, batch: Int = 500, threads: Int = 1
  ) throws(MetricError) -> Matrix<T> {
    if network.isNormalized { throw .jacobianOfNormalizedNetwork }
    network.check(samples)
    let parameters = Parameters<T>(self.parameters.elements.map { T($0) })
    let count = network.parameterCount
    var result = Matrix<T>(rows: samples.count, columns: count)
    let workspace = Workspace<T>(
      network, maximumBatchSize: min(batch, samples.count), threads: threads)
    for start in stride(from: 0, to: samples.count, by: workspace.maximumBatchSize) {
      let part = start..<min(start + workspace.maximumBatchSize, samples.count)
      workspace.load(samples.subset(part))
      workspace.forward(parameters)
      _ = workspace.loss()
      workspace.backpropagate(parameters)
      let factor = workspace.outerProducts(workspace.signals, repeats: 1)
      for (x, sample) in part.enumerated() {
        for e in 0..<count { result[sample, e] = factor[e, x] }
      }
    }
    return result
  }
}
