import IntrinsicMath

extension ResidualPasses {
  /// The matrices of units with the backpropagated modulus of jets, added to `blocks`:
  ///
  ///     A^(k) = Σ_x w/n Σ_{cc′} C_k^{cc′} ã^c (ã^{c′})ᵀ,   C_k = R_kᵀ Φ_k R_k
  ///
  /// with Φ of the outputs from the P × P diagonal blocks of l lᵀ, l = ∂ω/∂jet (Ollivier 2015, 133). Cost: P² passes
  /// back, and 2 P d² operations a unit and point.
  func addBackpropagated(at parameters: Parameters<T>, to blocks: UnitBlocks<T>) {
    let k = T.kernels
    let network = problem.network
    let squares = Buffer<T>(count: network.parameterCount)
    k.square(network.parameterCount, parameters.pointer, squares.pointer)
    let columns = maximumBatchSize * components * components
    let memory = Buffer<T>(count: network.hiddenRowCount * columns)
    let scratch = Buffer<T>(count: columns)
    let activities = Buffer<T>(count: widest * components * maximumBatchSize)
    let products = Buffer<T>(count: widest * components * maximumBatchSize)
    forEachChunk(parameters, threads: 1) { _, chunk, pass in
      let (n, count) = (chunk.points.count, pass.shape.componentCount)
      let width = count * n
      let phi = Rows(
        memory.pointer, firstRow: network.firstHiddenRow, columns: count * width)
      for row in network.outputRows {
        let l = pass.signals.row(row)
        for c in 0..<count {
          for d in 0..<count {
            k.multiply(n, l + c * n, l + d * n, phi.row(row) + c * width + d * n)
          }
        }
      }
      pass.backward(phi, squares: squares.pointer, scratch: scratch.pointer)
      for (index, place) in blocks.places.enumerated() {
        let layer = network.layers[place.layer]
        let range = layer.connection.parameters(of: place.unit)
        let unitSignals = rows[place.layer]!.pointer + range.lowerBound
        let c = phi.row(layer.rows.lowerBound + place.unit)
        let size = range.count
        for e in 0..<size {
          (activities.pointer + e * width).update(
            from: pass.activities.row(Int(unitSignals[e])), count: width)
        }
        for component in 0..<count {
          k.jetOuter(
            size, unitSignals, n, count, c + component * width, pass.activities.origin, width,
            products.pointer + component * n, width)
        }
        k.gemm(
          false, true, size, size, width, 1, activities.pointer, width, products.pointer, width, 1,
          blocks.block(index), size)
      }
    }
  }
}
