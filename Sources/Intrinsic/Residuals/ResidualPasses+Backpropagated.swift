import IntrinsicMath

extension ResidualPasses {
  /// The matrices of units with the backpropagated modulus of jets, added to `blocks`:
  ///
  ///     A^(k) = Σ_x w/n Σ_{cc′} C_k^{cc′} ã^c (ã^{c′})ᵀ,   C_k = R_kᵀ Φ_k R_k
  ///
  /// with Φ of the outputs from the P × P diagonal blocks of l lᵀ, l = ∂ω/∂jet (Ollivier 2015, 133). Cost: P² passes
  /// back, and 2 P d² operations a unit and point.
  func addBackpropagated(at parameters: Parameters<T>, to blocks: UnitBlocks<T>) {
    let network = problem.network
    let squares = Buffer<T>(count: network.parameterCount)
    T.square(count: network.parameterCount, x: parameters.pointer, into: squares.pointer)
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
            T.multiply(count: n, x: l + c * n, y: l + d * n, into: phi.row(row) + c * width + d * n)
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
          T.jetOuter(
            rows: size, row: unitSignals, count: n, components: count, b: c + component * width,
            a: pass.activities.origin, lda: width,
            into: products.pointer + component * n, ldo: width)
        }
        T.gemm(
          transposeA: false, transposeB: true, m: size, n: size, k: width, alpha: 1,
          a: activities.pointer, lda: width, b: products.pointer, ldb: width, beta: 1,
          c: blocks.block(index), ldc: size)
      }
    }
  }
}
