import IntrinsicMath

extension Workspace {
  /// Computes activities and derivatives of all units:
  /// y_k = Σ_i w_ik a_i, a_k = s(y_k), r_k = s′(y_k).
  public func forward(_ parameters: Parameters<T>) {
    check(parameters)
    reach(.forward)
    for (index, layer) in network.layers.enumerated() {
      let a = activities.row(layer.rows.lowerBound)
      let isOutput = layer.rows.upperBound == network.rowCount
      let y = isOutput ? outputPreactivations.pointer : a
      read(layer: index, parameters, into: y)
      let r = derivatives.row(layer.rows.lowerBound)
      // Nothing is left to do for the identity, a = y and r = 1/γ̃, where both are in one place.
      let isDone = normalizers[index] != nil && layer.activation == .identity && y == a
      normalizers[index]?.normalize(
        y, batch: batch, parameters.pointer, slope: isDone ? r : nil)
      if let kept = keptPreactivations {
        forEachPart(of: layer) { rows in
          kept.row(rows.lowerBound).update(
            from: y + (rows.lowerBound - layer.rows.lowerBound) * batch, count: rows.count * batch)
        }
      }
      if let affine = layer.affine { undo(affine, preactivations: y) }
      if groupJacobians?.of(layer: index) != nil {
        groupJacobians!.activate(layer: index, y: y, a: a, derivatives: r, batch: batch)
      } else if !isDone {
        forEachPart(of: layer) { rows in
          let offset = (rows.lowerBound - layer.rows.lowerBound) * batch
          layer.activation.apply(
            count: rows.count * batch, y: y + offset, a: a + offset, r: r + offset)
        }
      }
      if let affine = layer.affine { apply(affine, firstRow: layer.rows.lowerBound) }
      if let normalizer = normalizers[index] {
        normalizer.applyGain(a, batch: batch, parameters.pointer)
        normalizer.scaleDerivatives(r, batch: batch, isScaled: isDone)
      }
      if layer.dropout > 0 {
        dropout!.apply(layer.dropout, count: layer.rows.count * batch, a, r)
      }
    }
  }

  /// The pre-activations y of one layer before any normalization, from earlier activities: what its
  /// connection computes, or its pooling selects.
  func read(layer index: Int, _ parameters: Parameters<T>, into y: UnsafeMutablePointer<T>) {
    let layer = network.layers[index]
    if let selection = selections[index], let pooling = layer.maximumPooling {
      pooling.select(activities, into: y, selection, threads: threads)
    } else {
      layer.connection.apply(
        parameters.pointer + layer.parameters.lowerBound, activities, into: y, threads: threads)
    }
  }

  /// Calls `body` on parts of the rows of a layer at once, where there are enough of them.
  func forEachPart(of layer: Network.Layer, repeats: Int = 1, _ body: (Range<Int>) -> Void) {
    let isLarge = layer.rows.count * batch * repeats > 100_000
    Parallel.forEachPart(of: layer.rows.count, threads: isLarge ? threads : 1) { part in
      body(layer.rows.lowerBound + part.lowerBound..<layer.rows.lowerBound + part.upperBound)
    }
  }

  /// y = (y′ − δ)/γ, with the constant row 0 in the place of 1.
  private func undo(_ affine: UnitAffine, preactivations y: UnsafeMutablePointer<T>) {
    let one = UnsafePointer(activities.row(0))
    for unit in 0..<affine.count {
      let (gamma, delta) = (T(affine.gamma[unit]), T(affine.delta[unit]))
      T.scaleAdd(
        count: batch, alpha: -delta / gamma, x: one, beta: 1 / gamma, into: y + unit * batch)
    }
  }

  /// a′ = α a + β and r′ = α r/γ.
  private func apply(_ affine: UnitAffine, firstRow: Int) {
    let one = UnsafePointer(activities.row(0))
    for unit in 0..<affine.count {
      let (alpha, beta) = (T(affine.alpha[unit]), T(affine.beta[unit]))
      T.scaleAdd(
        count: batch, alpha: beta, x: one, beta: alpha, into: activities.row(firstRow + unit))
      T.scaleAdd(
        count: batch, alpha: 0, x: one, beta: alpha / T(affine.gamma[unit]),
        into: derivatives.row(firstRow + unit))
    }
  }

  /// The pre-activations y of one layer, units × samples, from the activities of earlier layers,
  /// before any normalization.
  public func preactivations(layer index: Int, _ parameters: Parameters<T>) -> Matrix<T> {
    check(parameters)
    require(.forward, for: "a matrix of pre-activations")
    var result = Matrix<T>(rows: network.layers[index].rows.count, columns: batch)
    result.elements.withUnsafeMutableBufferPointer {
      read(layer: index, parameters, into: $0.baseAddress!)
    }
    return result
  }

  /// Backpropagates the loss signals of the outputs, which `loss` left, to all units:
  /// b_i = Σ_{i→j} w_ij b̃_j, b̃ = r b (Ollivier 2015, 4–10), and through the statistics of normalized
  /// layers.
  public func backpropagate(_ parameters: Parameters<T>) {
    check(parameters)
    require(.loss, for: "a backward pass")
    reach(.backward)
    let b = signals
    propagateBack(b, weights: parameters.pointer) { layer in
      guard !layer.derivativeIsOne, !reduceGroups(of: layer, b, repeats: 1) else { return }
      guard layer.normalization != nil else {
        forEachPart(of: layer) { rows in
          let t = b.row(rows.lowerBound)
          T.multiply(count: rows.count * batch, x: derivatives.row(rows.lowerBound), y: t, into: t)
        }
        return
      }
      let first = layer.rows.lowerBound
      let index = network.layers.firstIndex { $0.rows == layer.rows }!
      normalizers[index]!.backpropagate(
        b.row(first), derivatives: derivatives.row(first), normalized: normalized(layer: index),
        batch: batch)
    }
  }

  /// The gradient G_ik = E[a_i b̃_k] of the mean loss (Ollivier 2015, 11), from the signals that
  /// `backpropagate` left at these parameters.
  public func gradient(at parameters: Parameters<T>, into gradient: inout Gradient<T>) {
    precondition(
      gradient.count == network.parameterCount,
      "a gradient of \(gradient.count) for \(network.parameterCount) parameters")
    require(.backward, for: "a gradient")
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
      multiplyByDerivatives(layer, b, repeats: repeats)
    }
  }

  /// b̃ = r b, or Rᵀ b of groups, of one layer, with `repeats` columns a sample.
  func multiplyByDerivatives(_ layer: Network.Layer, _ b: Rows<T>, repeats: Int) {
    guard !layer.derivativeIsOne, !reduceGroups(of: layer, b, repeats: repeats) else { return }
    forEachPart(of: layer, repeats: repeats) { rows in
      let first = rows.lowerBound
      T.multiplyRepeated(
        rows: rows.count, batch: batch, repeats: repeats, r: derivatives.row(first),
        s: b.row(first))
    }
  }

  /// b̃ = Rᵀ b of a layer whose activities are vectors.
  /// - Returns: whether it is one.
  func reduceGroups(of layer: Network.Layer, _ b: Rows<T>, repeats: Int) -> Bool {
    guard layer.activation.groupNonlinearity != nil else { return false }
    let index = network.layers.firstIndex { $0.rows == layer.rows }!
    groupJacobians!.reduce(
      layer: index, b.row(layer.rows.lowerBound), repeats: repeats, batch: batch)
    return true
  }

  /// One backward pass of the network, as ``Network/propagateBack``.
  func propagateBack(
    _ rows: Rows<T>, weights: UnsafePointer<T>, squared: Bool = false,
    outputLayerIsDone: Bool = false, finish: (Network.Layer) -> Void
  ) {
    network.propagateBack(
      rows, weights: { weights + $0.parameters.lowerBound }, squared: squared,
      selections: selections,
      repeats: rows.columns / batch, threads: threads, outputLayerIsDone: outputLayerIsDone,
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
  /// - Parameters:
  ///   - weights: the first weight of a layer, asked for once before its signals are taken.
  ///   - squared: whether weights are squares, so that those of poolings are to be, too.
  ///   - selections: what each maximum pooling has taken, with `repeats` columns of signals a sample;
  ///     without them signals go to every pixel under the window.
  ///   - outputLayerIsDone: the rows that the outputs read already have their part.
  func propagateBack<T: Scalar>(
    _ rows: Rows<T>, weights: (Layer) -> UnsafePointer<T>, squared: Bool = false,
    selections: [Selection?]? = nil, repeats: Int = 1, threads: Int,
    outputLayerIsDone: Bool = false, finish: (Layer) -> Void
  ) {
    if !outputLayerIsDone {
      for range in rowsToClear {
        T.fill(count: range.count * rows.columns, value: 0, into: rows.row(range.lowerBound))
      }
    }
    for index in layers.indices.dropFirst().reversed() {
      let layer = layers[index]
      let layerSignals = rows.row(layer.rows.lowerBound)
      if let selection = selections?[index], let pooling = layer.maximumPooling {
        pooling.distribute(
          layerSignals, selection, repeats: repeats, into: rows,
          accumulate: layer.accumulatesSignals,
          threads: threads)
      } else if !(outputLayerIsDone && index == layers.count - 1) {
        (squared ? layer.squaredConnection : layer.connection).applyTransposed(
          weights(layer), layerSignals, into: rows, accumulate: layer.accumulatesSignals,
          threads: threads)
      }
      finish(layers[index - 1])
    }
  }
}
