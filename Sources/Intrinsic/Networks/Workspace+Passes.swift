import IntrinsicMath

extension Workspace {
  /// Computes activities and derivatives of all units:
  /// y_k = Σ_i w_ik a_i, a_k = s(y_k), r_k = s′(y_k).
  public func forward(_ parameters: Parameters<T>) {
    check(parameters)
    for (index, layer) in network.layers.enumerated() {
      let a = activities.row(layer.rows.lowerBound)
      let isOutput = layer.rows.upperBound == network.rowCount
      let y = isOutput ? outputPreactivations.pointer : a
      layer.connection.apply(
        parameters.pointer + layer.parameters.lowerBound, activities, into: y, threads: threads)
      normalizers[index]?.normalize(y, batch: batch, parameters.pointer)
      keptPreactivations?.row(layer.rows.lowerBound).update(
        from: y, count: layer.rows.count * batch)
      if let affine = layer.affine { undo(affine, preactivations: y) }
      layer.activation.apply(
        count: layer.rows.count * batch, y: y, a: a, r: derivatives.row(layer.rows.lowerBound))
      if let affine = layer.affine { apply(affine, firstRow: layer.rows.lowerBound) }
      if let normalizer = normalizers[index] {
        normalizer.applyGain(a, batch: batch, parameters.pointer)
        normalizer.scaleDerivatives(derivatives.row(layer.rows.lowerBound), batch: batch)
      }
      if layer.dropout > 0 {
        dropout!.apply(
          layer.dropout, count: layer.rows.count * batch, a,
          derivatives.row(layer.rows.lowerBound))
      }
    }
  }

  /// y = (y′ − δ)/γ, with the constant row 0 in the place of 1.
  private func undo(_ affine: UnitAffine, preactivations y: UnsafeMutablePointer<T>) {
    let one = UnsafePointer(activities.row(0))
    for unit in 0..<affine.count {
      let (gamma, delta) = (T(affine.gamma[unit]), T(affine.delta[unit]))
      T.kernels.scaleAdd(batch, -delta / gamma, one, 1 / gamma, y + unit * batch)
    }
  }

  /// a′ = α a + β and r′ = α r/γ.
  private func apply(_ affine: UnitAffine, firstRow: Int) {
    let one = UnsafePointer(activities.row(0))
    for unit in 0..<affine.count {
      let (alpha, beta) = (T(affine.alpha[unit]), T(affine.beta[unit]))
      T.kernels.scaleAdd(batch, beta, one, alpha, activities.row(firstRow + unit))
      T.kernels.scaleAdd(
        batch, 0, one, alpha / T(affine.gamma[unit]), derivatives.row(firstRow + unit))
    }
  }

  /// The pre-activations y of one layer, units × samples, from the activities of earlier layers,
  /// before any normalization.
  public func preactivations(layer index: Int, _ parameters: Parameters<T>) -> Matrix<T> {
    check(parameters)
    let layer = network.layers[index]
    var result = Matrix<T>(rows: layer.rows.count, columns: batch)
    result.elements.withUnsafeMutableBufferPointer {
      layer.connection.apply(
        parameters.pointer + layer.parameters.lowerBound, activities, into: $0.baseAddress!,
        threads: threads)
    }
    return result
  }

  /// Backpropagates the loss signals of the outputs, which `loss` left, to all units:
  /// b_i = Σ_{i→j} w_ij b̃_j, b̃ = r b (Ollivier 2015, 4–10), and through the statistics of normalized
  /// layers.
  public func backpropagate(_ parameters: Parameters<T>) {
    let b = signals
    propagateBack(b, weights: parameters.pointer) { layer in
      guard !layer.derivativeIsOne else { return }
      let first = layer.rows.lowerBound
      let (r, t) = (derivatives.row(first), b.row(first))
      T.kernels.multiply(layer.rows.count * batch, r, t, t)
      guard layer.normalization != nil else { return }
      let index = network.layers.firstIndex { $0.rows == layer.rows }!
      normalizers[index]!.backpropagate(t, normalized: normalized(layer: index), batch: batch)
    }
  }

  /// The gradient G_ik = E[a_i b̃_k] of the mean loss (Ollivier 2015, 11), from the signals that
  /// `backpropagate` left at these parameters.
  public func gradient(at parameters: Parameters<T>, into gradient: inout Gradient<T>) {
    precondition(
      gradient.count == network.parameterCount,
      "a gradient of \(gradient.count) for \(network.parameterCount) parameters")
    let memory = gradient.mutablePointer
    for (index, layer) in network.layers.enumerated() {
      layer.connection.outer(
        signals.row(layer.rows.lowerBound), activities, scale: 1 / T(batch), keep: 0,
        into: memory + layer.parameters.lowerBound, threads: threads)
      normalizers[index]?.addWeightGradient(
        parameters.pointer + layer.parameters.lowerBound, to: memory + layer.parameters.lowerBound)
    }
  }

  /// Loss and gradient of the batch in one call: forward, loss, backpropagation, gradient.
  /// - Returns: the mean loss in nats.
  @discardableResult
  public func lossAndGradient(
    _ parameters: Parameters<T>, into gradient: inout Gradient<T>
  ) -> T {
    forward(parameters)
    let loss = self.loss()
    backpropagate(parameters)
    self.gradient(at: parameters, into: &gradient)
    return loss
  }

  /// Backpropagates signals with `repeats` columns a sample, given at the outputs, to all units.
  func backpropagate(_ b: Rows<T>, repeats: Int, _ parameters: Parameters<T>) {
    propagateBack(b, weights: parameters.pointer) { layer in
      guard !layer.derivativeIsOne else { return }
      let first = layer.rows.lowerBound
      let r = derivatives.row(first)
      if repeats == 1 {
        T.kernels.multiply(layer.rows.count * batch, r, b.row(first), b.row(first))
      } else {
        T.kernels.multiplyRepeated(layer.rows.count, batch, repeats, r, b.row(first))
      }
    }
  }

  /// One backward pass of the network, as ``Network/propagateBack``.
  func propagateBack(
    _ rows: Rows<T>, weights: UnsafePointer<T>, outputLayerIsDone: Bool = false,
    finish: (Network.Layer) -> Void
  ) {
    network.propagateBack(
      rows, weights: weights, threads: threads, outputLayerIsDone: outputLayerIsDone,
      finish: finish)
  }

  func check(_ parameters: Parameters<T>) {
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
  }
}

extension Network {
  /// One backward pass: out_i = Σ_{i→j} w_ij out_j for all hidden units i from the rows of the
  /// outputs, with `finish` applied to each hidden layer once all its readers have been summed.
  ///
  /// - Parameter outputLayerIsDone: the rows that the outputs read already have their part.
  func propagateBack<T: Scalar>(
    _ rows: Rows<T>, weights: UnsafePointer<T>, threads: Int, outputLayerIsDone: Bool = false,
    finish: (Layer) -> Void
  ) {
    if !outputLayerIsDone {
      for range in rowsToClear {
        T.kernels.fill(range.count * rows.columns, 0, rows.row(range.lowerBound))
      }
    }
    for index in layers.indices.dropFirst().reversed() {
      let layer = layers[index]
      if !(outputLayerIsDone && index == layers.count - 1) {
        layer.connection.applyTransposed(
          weights + layer.parameters.lowerBound, rows.row(layer.rows.lowerBound), into: rows,
          accumulate: layer.accumulatesSignals, threads: threads)
      }
      finish(layers[index - 1])
    }
  }
}
