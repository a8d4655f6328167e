import IntrinsicMath

extension Workspace {
  /// Transfer rates J_k^o = ∂a_o/∂a_k from every unit of every layer to every output o (Ollivier
  /// 2015, Definition 2), after `forward`: for each layer a matrix of units × (outputs × samples),
  /// entry (k, o·batch + x).
  ///
  /// For inspection and tests: allocates, and costs one backward pass for each output. Metrics use
  /// ``MetricEstimator``, which needs no such memory.
  public func transferRates(_ parameters: Parameters<T>) -> [Matrix<T>] {
    check(parameters)
    let outputs = network.outputCount
    let memory = Buffer<T>(count: network.hiddenRowCount * outputs * batch)
    let rows = unitRows(memory, columns: outputs * batch)
    let first = network.outputRows.lowerBound
    for o in 0..<outputs { T.kernels.fill(batch, 1, rows.row(first + o) + o * batch) }
    var rates = [rows.matrix(network.outputRows)]
    T.kernels.multiplyRepeated(outputs, batch, outputs, derivatives.row(first), rows.row(first))
    propagateBack(rows, weights: parameters.pointer) { layer in
      rates.append(rows.matrix(layer.rows))
      T.kernels.multiplyRepeated(
        layer.rows.count, batch, outputs, derivatives.row(layer.rows.lowerBound),
        rows.row(layer.rows.lowerBound))
    }
    return rates.reversed()
  }
}
