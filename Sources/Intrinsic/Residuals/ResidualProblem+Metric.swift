import IntrinsicMath

extension ResidualProblem {
  /// The matrix of a metric at some parameters, a sum over all points with their factors w/n: the Fisher matrix of
  /// Gaussians of variance 1, or one from gradients of the loss, or a reduction.
  ///
  /// - Parameters:
  ///   - metric: any but those of paths.
  ///   - parameters: θ.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of passes and products.
  /// - Throws: ``ResidualError/metric(_:)`` for the others.
  public func matrix(
    _ metric: Metric, at parameters: Parameters<T>, stream: RandomStream = RandomStream(seed: 0),
    threads: Int = 1
  ) throws(ResidualError) -> MetricMatrix<T> {
    try metric.checkResiduals(network)
    let passes = ResidualPasses(self, threads: threads)
    if case .reduced(.backpropagated, _) = metric {
      return passes.backpropagatedMatrix(metric, at: parameters)
    }
    var j = Matrix<T>(rows: network.parameterCount, columns: residualCount)
    passes.jacobian(at: parameters, into: &j)
    var stream = stream
    scaleColumns(
      of: &j, for: metric, residuals: passes.residualMemory.elements, stream: &stream)
    return MetricMatrix(metric, ofFactor: j, network, threads: threads)
  }

  /// Columns √(w/n) ∂ω become those of the metric: times ω for the gradients of the loss, times √(mean ε²) for K
  /// draws ε of Gaussian targets.
  func scaleColumns(
    of j: inout Matrix<T>, for metric: Metric, residuals: [T], stream: inout RandomStream
  ) {
    var factors: [T]
    switch metric.source {
    case .empiricalFisher:
      factors = []
      for set in sets {
        let root = T(set.root)
        for _ in 0..<set.points.columns { factors.append(residuals[factors.count] / root) }
      }
    case .monteCarlo(let draws):
      factors = residuals.map { _ in
        let sum = (0..<draws).reduce(0.0) { sum, _ in
          let e = stream.normal()
          return sum + e * e
        }
        return T((sum / Double(draws)).squareRoot())
      }
    case .fisher, nil: return
    }
    let columns = j.columns
    j.elements.withUnsafeMutableBufferPointer {
      for row in 0..<network.parameterCount {
        let scaled = $0.baseAddress! + row * columns
        T.multiply(count: columns, x: scaled, y: factors, into: scaled)
      }
    }
  }
}

extension ResidualPasses {
  /// The matrix of a reduction with the backpropagated modulus.
  func backpropagatedMatrix(_ metric: Metric, at parameters: Parameters<T>) -> MetricMatrix<T> {
    let blocks = UnitBlocks<T>(problem.network.places(.units))
    addBackpropagated(at: parameters, to: blocks)
    return MetricMatrix(metric, blocks, problem.network, samples: residualCount)
  }
}

extension Metric {
  func checkResiduals(_ network: Network) throws(ResidualError) {
    switch self {
    case .path: throw .metric("path metrics are of networks, not of residuals; use a Fisher metric")
    case .reduced(.backpropagated, _):
      let apart = network.layers.allSatisfy {
        $0.parameters.isEmpty || $0.connection.parameterRows != nil
      }
      if !apart {
        throw .metric(
          "the backpropagated modulus of residuals is of dense and sparse layers; use `.expand(.fisher)`"
        )
      }
    case .reduced(.reduce, _), .reduced(.expand, _), .full, .layerwise: break
    }
    if case .monteCarlo(let draws) = source, draws < 1 {
      throw .metric("\(draws) Monte Carlo draws a point; use one or more")
    }
  }
}

extension LevenbergMarquardtSettings {
  /// Stops a program that asks for what residuals do not have.
  func checkResiduals() {
    precondition(damping > 0, "λ₀ = \(damping); it must be above 0")
    precondition(penalty >= 0, "a penalty of \(penalty)")
    precondition(
      !findsPenalty, "the evidence for a penalty needs noise, which residuals have none of")
    precondition(matrixSamples == .max, "matrices of residuals are over all points")
  }
}
