import IntrinsicMath

/// Steps that keep what earlier batches said where the present one says nothing (SPRING: Goldshlager, Abrahamsen and
/// Lin 2024), with any matrix A = J Jᵀ and its scaling D:
///
///     δ_t = μ δ_{t−1} + (A + λ D)⁻¹ (G − μ A δ_{t−1})
///
/// which for D = Id and G = J ζ is δ_t = μ δ_{t−1} + J (JᵀJ + λ Id)⁻¹ (ζ − μ Jᵀ δ_{t−1}). Equivalently
/// (A + λ D) δ_t = G + λ μ D δ_{t−1}. μ = 0 is MinSR.
struct SpringStep<T: Scalar> {
  var matrix: DampedMatrix<T>
  /// δ_{t−1}.
  var last: Displacement<T>
  private let (damping, momentum): (T, T)

  init(_ settings: SpringSettings, _ network: Network, columns: Int?, threads: Int) {
    matrix = DampedMatrix(
      settings.scaling, .naturalGradient, network, columns: columns, threads: threads)
    last = Displacement(network)
    (damping, momentum) = (T(settings.damping), T(settings.momentum))
  }

  /// δ_t for G and the matrix that has been taken.
  mutating func next(_ gradient: Gradient<T>) throws(MetricError) -> Displacement<T> {
    if let space = matrix.sampleSpace, let residuals = space.residuals {
      space.residuals = space.residuals(residuals, adding: momentum, times: last)
      var step = try matrix.solve(gradient, damping: damping)
      T.addScaled(
        count: step.count, x: step.pointer, alpha: momentum, y: last.pointer,
        into: step.mutablePointer)
      last = step
    } else {
      var target = gradient
      let image = matrix.scaled(last)
      T.addScaled(
        count: target.count, x: target.pointer, alpha: damping * momentum, y: image.pointer,
        into: target.mutablePointer)
      last = try matrix.solve(target, damping: damping)
    }
    return last
  }
}
