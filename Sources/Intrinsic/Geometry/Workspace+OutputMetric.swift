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
      T.kernels.scaledSquare(
        network.outputCount * batch, epsilon * outputSlope * outputSlope, r, 1, c)
    }
    weight(c, by: sampleWeights, repeats: 1)
  }

  private func outputModulus(into c: UnsafeMutablePointer<T>) {
    let a = activities.row(network.outputRows.lowerBound)
    let count = network.outputCount * batch
    switch network.output {
    case .square: T.kernels.fill(count, 1, c)
    case .bernoulli:
      T.kernels.bernoulliModulus(count, bernoulliScale, outputPreactivations.pointer, 1, c)
      return
    case .softmax:
      T.kernels.softmaxModulus(network.outputCount, batch, a, outputScratch.pointer, c)
    case .spherical: T.kernels.sphericalModulus(network.outputCount, batch, a, c)
    case .exponential: preconditionFailure("the exponential model has no Fisher matrix")
    case .poisson, .huber, .custom: functionModulus(network.output.function!, a, into: c)
    }
    guard network.layers.last!.activation != .identity else { return }
    T.kernels.multiplySquared(count, derivatives.row(network.outputRows.lowerBound), c, c)
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
    T.kernels.fisherColumns(
      network.outputCount, batch, columns.lowerBound, columns.count, d, d + count, d + 2 * count,
      rows)
    weight(rows, by: rootWeights, repeats: columns.count)
    guard network.layers.last!.activation != .identity else { return }
    T.kernels.multiplyRepeated(
      network.outputCount, batch, columns.count,
      derivatives.row(network.outputRows.lowerBound), rows)
  }

  /// The vectors d, e, v of `outputMetricColumns`, each outputs × batch.
  func outputFactor(into factor: Buffer<T>) {
    let a = activities.row(network.outputRows.lowerBound)
    let count = network.outputCount * batch
    let d = factor.pointer
    switch network.output {
    case .softmax:
      T.kernels.softmaxFactor(network.outputCount, batch, a, d, d + count, d + 2 * count)
    case .spherical:
      T.kernels.sphericalFactor(network.outputCount, batch, a, d, d + count, d + 2 * count)
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
    let (units, k) = (network.outputCount, T.kernels)
    let width = samples * batch
    let a = activities.row(network.outputRows.lowerBound)
    switch network.output {
    case .bernoulli:
      stream.fill(uniforms.pointer, count: units * width)
      for unit in 0..<units {
        for sample in 0..<samples {
          let start = unit * width + sample * batch
          k.bernoulliSampled(
            batch, bernoulliScale, outputPreactivations.pointer + unit * batch,
            uniforms.pointer + start, scale, rows + start)
        }
      }
      weight(rows, by: rootWeights, repeats: samples)
      return
    case .square:
      stream.fillNormal(rows, count: units * width)
      k.scaleAdd(units * width, 0, rows, scale, rows)
    case .softmax:
      stream.fill(uniforms.pointer, count: width)
      k.softmaxSampled(
        units, batch, samples, a, outputScratch.pointer, uniforms.pointer, scale, rows)
    case .spherical:
      stream.fill(uniforms.pointer, count: width)
      k.sphericalSampled(
        units, batch, samples, a, outputScratch.pointer, uniforms.pointer, scale, rows)
    case .exponential: preconditionFailure("the exponential model cannot be sampled")
    case .poisson, .huber, .custom:
      functionModulus(network.output.function!, a, into: outputScratch.pointer)
      k.squareRoot(units * batch, outputScratch.pointer, outputScratch.pointer)
      stream.fill(rows, count: units * width)
      k.signs(units * width, scale, rows)
      k.multiplyRepeated(units, batch, samples, outputScratch.pointer, rows)
    }
    weight(rows, by: rootWeights, repeats: samples)
    guard network.layers.last!.activation != .identity else { return }
    k.multiplyRepeated(
      units, batch, samples, derivatives.row(network.outputRows.lowerBound), rows)
  }

  private var outputSlope: T { T(network.output.slope(network.layers.last!.activation)) }

  /// Random signs times scale · r_o, in the space of the model, on all outputs o: outputs × (samples × batch).
  func signProbes(
    _ samples: Int, scale: T, using stream: inout VectorRandomStream,
    into rows: UnsafeMutablePointer<T>
  ) {
    let count = network.outputCount * samples * batch
    stream.fill(rows, count: count)
    T.kernels.signs(count, scale * outputSlope, rows)
    T.kernels.multiplyRepeated(
      network.outputCount, batch, samples, derivatives.row(network.outputRows.lowerBound), rows)
    weight(rows, by: rootWeights, repeats: samples)
  }
}
