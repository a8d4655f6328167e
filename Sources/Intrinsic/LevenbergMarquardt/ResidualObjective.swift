import IntrinsicMath

/// The residuals of a physics-informed network.
final class ResidualObjective<T: Scalar>: GaussNewtonObjective {
  private var problem: ResidualProblem<T>
  private let fresh: (() -> ResidualProblem<T>)?
  private let metric: Metric
  private let passes: ResidualPasses<T>
  private let trials: ResidualPasses<T>
  private let threads: Int
  /// J where A is formed; the sample space has a memory of its own.
  private var jacobian = Matrix<T>(rows: 0, columns: 0)
  private var space: SampleSpaceStep<T>?
  /// J of the last linearization; of no columns if it was not formed.
  private var lastJacobian: Matrix<T> { space?.jacobian ?? jacobian }

  init(
    _ problem: ResidualProblem<T>, fresh: (() -> ResidualProblem<T>)? = nil, _ metric: Metric,
    threads: Int
  ) {
    self.problem = problem
    self.fresh = fresh
    self.metric = metric
    self.threads = threads
    passes = ResidualPasses(problem, threads: threads)
    trials = ResidualPasses(problem, threads: threads, isTrained: false)
  }

  var network: Network { problem.network }
  var observationCount: Int { problem.residualCount }
  var columnCount: Int? { if case .full = metric { problem.residualCount } else { nil } }

  func loss(at parameters: Parameters<T>) -> T { trials.loss(at: parameters) }

  func fault(at parameters: Parameters<T>, loss: T) -> DescentError {
    problem.firstFault(at: parameters).map { .residual($0) }
      ?? .lossNotFinite(step: 0, loss: Double(loss), origin: nil)
  }

  func begin() {}

  func accept() -> Bool {
    guard let fresh else { return false }
    take(fresh())
    return true
  }

  /// Other points of the same problem.
  func take(_ problem: ResidualProblem<T>) {
    self.problem = problem
    passes.take(problem)
    trials.take(problem)
  }

  func linearize(
    at parameters: Parameters<T>, into gradient: inout Gradient<T>,
    matrix: inout DampedMatrix<T>, stream: inout RandomStream
  ) throws(MetricError) {
    if let space = matrix.sampleSpace {
      self.space = space
      linearize(at: parameters, into: &gradient, &space.jacobian, stream: &stream)
      space.residuals = metric == .naturalGradient ? passes.residualMemory.elements : nil
      matrix.takeSampleSpace()
      return
    }
    if case .reduced(.backpropagated, _) = metric {
      passes.gradient(at: parameters, into: &gradient)
      matrix.take(passes.backpropagatedMatrix(metric, at: parameters))
      return
    }
    if jacobian.rows == 0 {
      jacobian = Matrix(rows: network.parameterCount, columns: problem.residualCount)
    }
    linearize(at: parameters, into: &gradient, &jacobian, stream: &stream)
    matrix.take(MetricMatrix(metric, ofFactor: jacobian, network, threads: threads))
  }

  func curvature(
    along step: Displacement<T>, at parameters: Parameters<T>
  ) -> (residuals: [T]?, covector: Gradient<T>)? {
    guard metric.isFisher, !metric.isStochastic else { return nil }
    let count = problem.residualCount
    let second = Buffer(passes.residualMemory.elements)
    let r = second.pointer
    T.scaleAdd(count: count, alpha: 0, x: r, beta: -2, into: r)
    var moved = Parameters<T>(network)
    for h in [GeodesicAcceleration.difference, -GeodesicAcceleration.difference] {
      moved.set(parameters, plus: T(h), times: step)
      T.addScaled(count: count, x: r, alpha: 1, y: trials.residuals(at: moved).pointer, into: r)
    }
    T.scaleAdd(
      count: count, alpha: 0, x: r,
      beta: T(1 / (GeodesicAcceleration.difference * GeodesicAcceleration.difference)), into: r)
    let j = lastJacobian
    guard j.columns == count else { return nil }
    var covector = Gradient<T>(network)
    j.elements.withUnsafeBufferPointer {
      T.gemm(
        transposeA: false, transposeB: false, m: j.rows, n: 1, k: count, alpha: -1,
        a: $0.baseAddress!, lda: count, b: r, ldb: 1, beta: 0,
        c: covector.mutablePointer, ldc: 1)
    }
    return (second.elements, covector)
  }

  /// L where the last ``linearize(at:into:matrix:stream:)`` was.
  var linearizedLoss: T {
    let r = passes.residualMemory
    return T.dot(count: r.count, x: r.pointer, y: r.pointer) / 2
  }

  /// G = −J r, and then the columns of J as the metric wants them.
  private func linearize(
    at parameters: Parameters<T>, into gradient: inout Gradient<T>, _ j: inout Matrix<T>,
    stream: inout RandomStream
  ) {
    passes.jacobian(at: parameters, into: &j)
    let r = passes.residualMemory
    let out = gradient.mutablePointer
    j.elements.withUnsafeBufferPointer {
      T.gemm(
        transposeA: false, transposeB: false, m: j.rows, n: 1, k: j.columns, alpha: -1,
        a: $0.baseAddress!, lda: j.columns, b: r.pointer, ldb: 1, beta: 0, c: out, ldc: 1)
    }
    problem.scaleColumns(of: &j, for: metric, residuals: r.elements, stream: &stream)
  }
}
