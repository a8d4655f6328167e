import IntrinsicMath

/// Copies of what passes left of single layers, for rules and analyses of one's own.
extension Workspace {
  /// The incoming activities ã of a layer whose units all read the same, in the order of their parameters:
  /// the constant 1 first, if there is a bias. Parameters of a unit × batch, after `forward`.
  public func incomingActivities(layer index: Int) -> Matrix<T> {
    require(.forward, for: "a matrix of incoming activities")
    let connection = network.layers[index].connection
    precondition(
      !connection.sharesParameters, "the units of layer \(index) read other rows at each position")
    let rows = connection.incomingRows(of: 0, at: 0)
    precondition(
      (1..<connection.unitCount).allSatisfy { connection.incomingRows(of: $0, at: 0) == rows },
      "the units of layer \(index) do not all read the same")
    var result = Matrix<T>(rows: rows.count, columns: batch)
    for (position, row) in rows.enumerated() {
      for x in 0..<batch { result[position, x] = activities.row(row)[x] }
    }
    return result
  }

  /// The signals b̃ of a layer for the loss, units × batch, after `backpropagate`.
  public func lossSignals(layer index: Int) -> Matrix<T> {
    require(.backward, for: "a matrix of signals")
    return signals.matrix(network.layers[index].rows)
  }

  /// The signals of each layer for the columns of a factor of the Fisher matrix of the output model, units ×
  /// (columns × batch), after `forward` at these parameters: for signals s, E_x[Σ_q s_k s_l] = E[b̃_k b̃_l]
  /// over targets drawn from the model, without drawing.
  ///
  /// - Throws: ``MetricError/noFisherMetric(_:)``.
  /// - Complexity: a backward pass for each output.
  public func fisherSignals(_ parameters: Parameters<T>) throws(MetricError) -> [Matrix<T>] {
    check(parameters)
    require(.forward, for: "the signals of the Fisher matrix")
    guard network.output.hasFisherMetric else { throw .noFisherMetric(network.output) }
    let pass = SignalPass<T>(
      .fisher, network, outputDamping: 0, maximumBatchSize: batch, stream: RandomStream(seed: 0),
      all: true)
    let rows = pass.allSignals(at: self, parameters)
    return network.layers.map { rows.matrix($0.rows) }
  }
}
