import IntrinsicMath

/// Derivatives of a whole batch, for analyses of the function that a network computes.
extension Workspace {
  /// The Jacobian ∂a_o(x)/∂w_e of the output activities of every sample, after `forward`: parameters
  /// × (outputs × samples), entry (e, o·batch + x). The network must not be normalized: what its outputs owe
  /// to statistics and lengths of weights is not in one sample.
  ///
  /// - Complexity: one backward pass for each output, and memory for parameters × outputs × samples.
  public func outputJacobian(_ parameters: Parameters<T>) -> Matrix<T> {
    check(parameters)
    require(.forward, for: "a Jacobian")
    precondition(!network.isNormalized, "the Jacobian of a normalized network; fold it first")
    let outputs = network.outputCount
    let memory = Buffer<T>(count: network.hiddenRowCount * outputs * batch)
    let rows = unitRows(memory, columns: outputs * batch)
    let first = network.outputRows.lowerBound
    let r = derivatives.row(first)
    for o in 0..<outputs {
      (rows.row(first + o) + o * batch).update(from: r + o * batch, count: batch)
    }
    backpropagate(rows, repeats: outputs, parameters)
    return outerProducts(rows, repeats: outputs)
  }

  /// A factor U of the Fisher information of the loaded inputs, after `forward`: U Uᵀ = Σ_x Jᵀ(x)
  /// F_out(x) J(x), with J the Jacobian of ``outputJacobian(_:)`` at one sample and F_out the Fisher
  /// matrix of the output model (Ollivier 2015, 101–104). Parameters × (outputs × samples).
  ///
  /// - Throws: ``MetricError/noFisherMetric(_:)``.
  /// - Complexity: that of ``outputJacobian(_:)``.
  public func fisherFactor(_ parameters: Parameters<T>) throws(MetricError) -> Matrix<T> {
    check(parameters)
    guard network.output.hasFisherMetric else { throw .noFisherMetric(network.output) }
    let pass = SignalPass<T>(
      .fisher, network, outputDamping: 0, maximumBatchSize: batch, stream: RandomStream(seed: 0),
      all: true)
    return outerProducts(
      pass.allSignals(at: self, parameters), repeats: pass.columnCount)
  }

  /// ã_i(x) s_k^q(x) for every parameter: parameters × (repeats × samples).
  func outerProducts(_ rows: Rows<T>, repeats: Int) -> Matrix<T> {
    let columns = rows.columns
    var result = Matrix<T>(rows: network.parameterCount, columns: columns)
    result.elements.withUnsafeMutableBufferPointer { memory in
      for layer in network.layers {
        layer.connection.perSampleOuter(
          units: 0..<layer.unitCount, rows.row(layer.rows.lowerBound), activities, repeats: repeats,
          scale: 1,
          into: memory.baseAddress! + layer.parameters.lowerBound * columns)
      }
    }
    return result
  }
}
