import Intrinsic

/// What the Fisher matrix of a model over a whole data set says.
func spectrum(of model: Model, over samples: Samples<Double>) throws -> [Double] {
  let fisher = try MetricMatrix<Double>(.naturalGradient, of: model, over: samples)
  let gradients = try model.perSampleGradients(on: samples)
  let gradient = Gradient<Double>(
    (0..<gradients.columns).map { e in
      (0..<gradients.rows).reduce(0) { $0 + gradients[$1, e] } / Double(gradients.rows)
    })

  let step = try fisher.solve(gradient, damping: 1e-3)
  print("a natural step changes predictions by \(fisher.quadraticForm(step) / 2) nats a sample")
  print("to first order by F δ =", fisher.apply(step).elements.prefix(3))
  print("trace \(fisher.trace), largest entry \(fisher.diagonal.max()!)")
  print("ln det \(try fisher.logDeterminant(damping: 1e-3)) nats, of", try fisher.dense().rows)
  print("largest eigenvalues", try fisher.largestEigenvalues(3, stream: RandomStream(seed: 1)))
  print("density at 0.1:", try fisher.spectralDensity()(0.1, width: 0.02))

  let jacobian = try Jacobian<Double>(of: model, on: samples.inputs)
  print("the step moves outputs by", jacobian.apply(step).row(0).prefix(3))
  let kernel = jacobian.gram
  print("neural tangent kernel of \(kernel.size) rows:", try kernel.eigenvalues().suffix(3))
  return try fisher.eigenvalues()
}
