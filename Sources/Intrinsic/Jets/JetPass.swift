import IntrinsicMath

/// A forward pass of jets: activities of all units whose columns are components × samples, component after
/// component. Connections are linear, so that they read jets as they read activities; the constant rows are
/// (1, 0, …, 0), so that biases join component 0.
struct JetPass<T: Scalar> {
  private let network: Network
  private let shape: JetShape
  private let samples: Int
  private let activityMemory: Buffer<T>
  private let preactivations: Buffer<T>
  private let derivatives: Buffer<T>

  /// - Parameter samples: the number of samples of each pass.
  init(_ network: Network, _ shape: JetShape, samples: Int) {
    self.network = network
    self.shape = shape
    self.samples = samples
    let columns = shape.componentCount * samples
    activityMemory = Buffer(count: network.rowCount * columns)
    preactivations = Buffer(count: network.layers.map(\.rows.count).max()! * columns)
    derivatives = Buffer(count: 2 * samples)
  }

  private var activities: Rows<T> {
    Rows(activityMemory.pointer, columns: shape.componentCount * samples)
  }

  /// The jets of the outputs, outputs × (components × samples), of inputs × samples.
  func outputs(_ parameters: Parameters<T>, _ inputs: Matrix<T>, threads: Int) -> Matrix<T> {
    load(inputs)
    let a = activities
    for layer in network.layers {
      layer.connection.apply(
        parameters.pointer + layer.parameters.lowerBound, a, into: preactivations.pointer,
        threads: threads)
      for index in 0..<layer.rows.count {
        activate(
          layer, unit: index % layer.unitCount, preactivations.pointer + index * a.columns,
          into: a.row(layer.rows.lowerBound + index))
      }
    }
    return a.matrix(network.outputRows)
  }

  /// Input d has the jet (x_d, e_d, 0).
  private func load(_ inputs: Matrix<T>) {
    T.kernels.fill(activityMemory.count, 0, activityMemory.pointer)
    for row in network.constantRows { T.kernels.fill(samples, 1, activities.row(row)) }
    for d in 0..<network.inputCount {
      let row = activities.row(network.inputRows.lowerBound + d)
      for x in 0..<samples { row[x] = inputs[d, x] }
      T.kernels.fill(samples, 1, row + (d + 1) * samples)
    }
  }

  /// The jet of a unit's activity from that of its pre-activation:
  ///
  ///     a^0 = s(y^0)     a^d = s′ y^d     a^Δ = s′ y^Δ + s″ Σ_d κ_d (y^d)²
  ///
  /// with y ← (y − δ)/γ before and a ← α a + β after where units are reparametrized.
  private func activate(
    _ layer: Network.Layer, unit: Int, _ y: UnsafeMutablePointer<T>,
    into a: UnsafeMutablePointer<T>
  ) {
    let (k, n) = (T.kernels, samples)
    let columns = shape.componentCount * n
    let one = UnsafePointer(activities.row(0))
    if let affine = layer.affine {
      let (gamma, delta) = (T(affine.gamma[unit]), T(affine.delta[unit]))
      k.scaleAdd(columns, -delta / gamma, one, 1 / gamma, y)
    }
    let (first, second) = (derivatives.pointer, derivatives.pointer + n)
    layer.activation.apply(count: n, y: y, a: a, r: first)
    for d in 1...shape.inputCount { k.multiply(n, first, y + d * n, a + d * n) }
    if let laplacian = shape.laplacian {
      layer.activation.secondDerivative(count: n, y: y, a: a, r: first, into: second)
      let last = (shape.inputCount + 1) * n
      for x in 0..<n {
        var square: T = 0
        for (d, kappa) in laplacian.enumerated() {
          let slope = y[(d + 1) * n + x]
          square += T(kappa) * slope * slope
        }
        a[last + x] = first[x] * y[last + x] + second[x] * square
      }
    }
    if let affine = layer.affine {
      k.scaleAdd(columns, T(affine.beta[unit]), one, T(affine.alpha[unit]), a)
    }
  }
}
