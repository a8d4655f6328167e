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
    require(.forward, for: "a matrix of transfer rates")
    let outputs = network.outputCount
    let memory = Buffer<T>(count: network.hiddenRowCount * outputs * batch)
    let rows = unitRows(memory, columns: outputs * batch)
    let first = network.outputRows.lowerBound
    for o in 0..<outputs { T.fill(count: batch, value: 1, into: rows.row(first + o) + o * batch) }
    var rates = [rows.matrix(network.outputRows)]
    T.multiplyRepeated(
      rows: outputs, batch: batch, repeats: outputs, r: derivatives.row(first), s: rows.row(first))
    propagateBack(rows, weights: parameters.pointer) { layer in
      rates.append(rows.matrix(layer.rows))
      multiplyByDerivatives(layer, rows, repeats: outputs)
    }
    return rates.reversed()
  }
}
