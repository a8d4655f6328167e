import IntrinsicMath

/// Matrices that can hold the path metric, which is a sum of three kinds of terms.
protocol PathMatrices<T>: MetricMatrices {
  /// A ← keep · A.
  func fade(keep: T)

  /// A ← A − weight · v vᵀ for each unit, v = E[ã s], from one signal of each unit and sample (units
  /// × batch, contiguous). `add(modulus:)` must follow with the same weight.
  func subtractMeans(_ s: Rows<T>, at workspace: Workspace<T>, weight: T)

  /// A ← A + weight · E[ã ãᵀ q], summed over positions.
  func add(modulus q: Rows<T>, at workspace: Workspace<T>, weight: T)

  /// The same for the layers that do not share parameters only.
  func addUnshared(modulus q: Rows<T>, at workspace: Workspace<T>, weight: T)

  /// A ← A + weight · E[Σ u uᵀ] with u = Σ_positions s ã over signals s (units × (columns × batch)), for
  /// the layers that share parameters.
  func addSampleSums(_ s: Rows<T>, at workspace: Workspace<T>, weight: T)

  /// A_ii ← A_ii + weight · c_k γ_i², from one number for each unit that reads and each row that is
  /// read.
  func addOuter(outgoing c: Rows<T>, incoming gamma: Rows<T>, weight: T, threads: Int)
}

/// Matrices of which only moments are kept.
protocol MomentMatrices<T>: PathMatrices {
  var moments: UnitMoments<T> { get }
  /// The damping of that name, if any.
  var noise: KurtosisDamping<T>? { get }
}

extension MomentMatrices {
  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    noise?.update(workspace, keep: keep)
    moments.fade(keep: keep)
    moments.add(modulus: modulus.values, signals: modulus.signals, at: workspace, weight: 1 - keep)
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    moments.code(coder)
    if let noise { coder.within("noise") { noise.code(coder) } }
  }

  func addToDiagonal(_ epsilon: T) { moments.addToDiagonal(epsilon) }

  func fade(keep: T) { moments.fade(keep: keep) }

  func subtractMeans(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    moments.subtractMeans(s, at: workspace)
  }

  func add(modulus q: Rows<T>, at workspace: Workspace<T>, weight: T) {
    moments.add(modulus: q, at: workspace, weight: weight)
  }

  func addUnshared(modulus q: Rows<T>, at workspace: Workspace<T>, weight: T) {
    moments.addUnshared(modulus: q, at: workspace, weight: weight)
  }

  func addSampleSums(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    moments.addSampleSums(s, at: workspace, weight: weight)
  }

  func addOuter(outgoing c: Rows<T>, incoming gamma: Rows<T>, weight: T, threads: Int) {
    moments.addOuter(outgoing: c, incoming: gamma, weight: weight, threads: threads)
  }
}
