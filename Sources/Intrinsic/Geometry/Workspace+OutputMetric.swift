import IntrinsicMath

/// The Fisher matrix F_out of the output model, in the reduced form r F_out r that refers to
/// pre-activations: it stays finite where the quotients of the model overflow.
extension Workspace {
  /// c_k = r_k² (m_k + ε), m the diagonal of F_out (Ollivier 2015, 27): outputs × batch. ε refers to
  /// what the output model is about, so that it means the same for sigmoid and tanh outputs.
  func outputModulus(damping epsilon: T, into c: UnsafeMutablePointer<T>) {
    outputModulus(into: c)
    if epsilon > 0 {
      let r = derivatives.row(network.outputRows.lowerBound)
      T.scaledSquare(
        count: network.outputCount * batch, scale: epsilon * outputSlope * outputSlope, r: r,
        accumulate: true, into: c)
    }
    weight(c, by: sampleWeights, repeats: 1)
  }

  private func outputModulus(into c: UnsafeMutablePointer<T>) {
    let a = activities.row(network.outputRows.lowerBound)
    let count = network.outputCount * batch
    switch network.output {
    case .square: T.fill(count: count, value: 1, into: c)
    case .bernoulli:
      T.bernoulliModulus(
        count: count, s: bernoulliScale, y: outputPreactivations.pointer, scale: 1, into: c)
      return
    case .softmax:
      T.softmaxModulus(
        units: network.outputCount, batch: batch, a: a, logsum: outputScratch.pointer, m: c)
    case .spherical: T.sphericalModulus(units: network.outputCount, batch: batch, a: a, m: c)
    case .exponential: preconditionFailure("the exponential model has no Fisher matrix")
    case .poisson, .huber, .custom: functionModulus(network.output.function!, a, into: c)
    }
    guard network.layers.last!.activation != .identity else { return }
    T.multiplySquared(
      count: count, r: derivatives.row(network.outputRows.lowerBound), m: c, into: c)
  }

  private func functionModulus(
    _ function: any OutputFunction, _ a: UnsafePointer<T>, into c: UnsafeMutablePointer<T>
  ) {
    for i in 0..<network.outputCount * batch { c[i] = T(function.fisherInformation(Double(a[i]))) }
  }

  /// Columns of r L, where F_out = L Lᵀ with L_kq = d_q [k = q] − e_q v_k, for the outputs q in
  /// `columns`: outputs × (columns × batch). `factor` is what `outputFactor` made.
  ///
  /// For softmax, L = diag(√p) − p √pᵀ; for spherical, L = (2/√S)(Id − â âᵀ) with â = a/√S.
  func outputMetricColumns(
    _ columns: Range<Int>, factor: Buffer<T>, into rows: UnsafeMutablePointer<T>
  ) {
    let count = network.outputCount * batch
    let d = factor.pointer
    T.fisherColumns(
      units: network.outputCount, batch: batch, first: columns.lowerBound, count: columns.count,
      d: d, e: d + count, v: d + 2 * count,
      into: rows)
    weight(rows, by: rootWeights, repeats: columns.count)
    guard network.layers.last!.activation != .identity else { return }
    T.multiplyRepeated(
      rows: network.outputCount, batch: batch, repeats: columns.count,
      r: derivatives.row(network.outputRows.lowerBound), s: rows)
  }

  /// The vectors d, e, v of `outputMetricColumns`, each outputs × batch.
  func outputFactor(into factor: Buffer<T>) {
    let a = activities.row(network.outputRows.lowerBound)
    let count = network.outputCount * batch
    let d = factor.pointer
    switch network.output {
    case .softmax:
      T.softmaxFactor(
        units: network.outputCount, batch: batch, a: a, d: d, e: d + count, v: d + 2 * count)
    case .spherical:
      T.sphericalFactor(
        units: network.outputCount, batch: batch, a: a, d: d, e: d + count, v: d + 2 * count)
    case .square, .bernoulli, .exponential, .poisson, .huber, .custom:
      preconditionFailure("the \(network.output) model needs no factor")
    }
  }

  /// Signals scale · b̃(y) for `samples` targets y drawn from the output model for each input:
  /// outputs × (samples × batch). For models that are functions, ±√F, which has the same mean square.
  func sampledOutputSignals(
    _ samples: Int, scale: T, using stream: inout VectorRandomStream, uniforms: Buffer<T>,
    into rows: UnsafeMutablePointer<T>
  ) {
    let units = network.outputCount
    let width = samples * batch
    let a = activities.row(network.outputRows.lowerBound)
    switch network.output {
    case .bernoulli:
      stream.fill(uniforms.pointer, count: units * width)
      for unit in 0..<units {
        for sample in 0..<samples {
          let start = unit * width + sample * batch
          T.bernoulliSampled(
            count: batch, s: bernoulliScale, y: outputPreactivations.pointer + unit * batch,
            u: uniforms.pointer + start, scale: scale, into: rows + start)
        }
      }
      weight(rows, by: rootWeights, repeats: samples)
      return
    case .square:
      stream.fillNormal(rows, count: units * width)
      T.scaleAdd(count: units * width, alpha: 0, x: rows, beta: scale, into: rows)
    case .softmax:
      stream.fill(uniforms.pointer, count: width)
      T.softmaxSampled(
        units: units, batch: batch, samples: samples, a: a, p: outputScratch.pointer,
        u: uniforms.pointer, scale: scale, into: rows)
    case .spherical:
      stream.fill(uniforms.pointer, count: width)
      T.sphericalSampled(
        units: units, batch: batch, samples: samples, a: a, p: outputScratch.pointer,
        u: uniforms.pointer, scale: scale, into: rows)
    case .exponential: preconditionFailure("the exponential model cannot be sampled")
    case .poisson, .huber, .custom:
      functionModulus(network.output.function!, a, into: outputScratch.pointer)
      T.squareRoot(count: units * batch, x: outputScratch.pointer, into: outputScratch.pointer)
      stream.fill(rows, count: units * width)
      T.signs(count: units * width, scale: scale, into: rows)
      T.multiplyRepeated(
        rows: units, batch: batch, repeats: samples, r: outputScratch.pointer, s: rows)
    }
    weight(rows, by: rootWeights, repeats: samples)
    guard network.layers.last!.activation != .identity else { return }
    T.multiplyRepeated(
      rows: units, batch: batch, repeats: samples,
      r: derivatives.row(network.outputRows.lowerBound), s: rows)
  }

  private var outputSlope: T { T(network.output.slope(network.layers.last!.activation)) }

  /// Random signs times scale · r_o, in the space of the model, on all outputs o: outputs × (samples × batch).
  func signProbes(
    _ samples: Int, scale: T, using stream: inout VectorRandomStream,
    into rows: UnsafeMutablePointer<T>
  ) {
    let count = network.outputCount * samples * batch
    stream.fill(rows, count: count)
    T.signs(count: count, scale: scale * outputSlope, into: rows)
    T.multiplyRepeated(
      rows: network.outputCount, batch: batch, repeats: samples,
      r: derivatives.row(network.outputRows.lowerBound), s: rows)
    weight(rows, by: rootWeights, repeats: samples)
  }
}
