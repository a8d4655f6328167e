@testable import Intrinsic

/// One evaluated sample of a slow and obvious twin.
protocol ReferenceSample {
  var target: ReferenceTarget { get }
  /// By the rows of the activity matrix.
  var activities: [Double] { get }
  /// Outputs × parameters: ∂a_o/∂θ.
  var jacobian: [[Double]] { get }
}

/// Losses and gradients of a slow and obvious twin, from what it says of each sample.
protocol ReferenceTwin {
  associatedtype Sample: ReferenceSample
  var network: Network { get }
  var theta: [Double] { get }
  var output: ReferenceOutput { get }
  var samples: [Sample] { get }
}

extension ReferenceTwin {
  func outputs(_ sample: Sample) -> [Double] { network.outputRows.map { sample.activities[$0] } }

  var losses: [Double] { samples.map { output.loss(outputs($0), $0.target) } }

  /// G = −∂L/∂θ of one sample.
  func gradient(_ sample: Sample) -> [Double] {
    let b = output.signal(outputs(sample), sample.target)
    return theta.indices.map { p in b.indices.reduce(0) { $0 + b[$1] * sample.jacobian[$1][p] } }
  }

  /// The mean gradient.
  var gradient: [Double] { mean { gradient($0) } }

  func mean(_ f: (Sample) -> [Double]) -> [Double] {
    let values = samples.map(f)
    return values[0].indices.map { i in
      values.reduce(0) { $0 + $1[i] } / Double(samples.count)
    }
  }

  /// The metric over all parameters.
  func fullMatrix(_ source: ReferenceNetwork.Source) -> [[Double]] {
    block(theta.indices, source)
  }

  /// E[Jᵀ F_out J], or the mean outer product of gradients, for some parameters.
  func block(_ parameters: Range<Int>, _ source: ReferenceNetwork.Source) -> [[Double]] {
    var result = parameters.map { _ in parameters.map { _ in 0.0 } }
    for sample in samples {
      let columns = source == .empiricalFisher ? [gradient(sample)] : sample.jacobian
      let factor = source == .empiricalFisher ? [[1]] : output.fisher(outputs(sample))
      for (o, left) in columns.enumerated() {
        for (q, right) in columns.enumerated() where factor[o][q] != 0 {
          let f = factor[o][q] / Double(samples.count)
          for (i, p) in parameters.enumerated() where left[p] != 0 {
            for (j, r) in parameters.enumerated() { result[i][j] += f * left[p] * right[r] }
          }
        }
      }
    }
    return result
  }
}

extension Reduction {
  /// The entries of a unit matrix that are kept, zeros elsewhere.
  func entries(of matrix: [[Double]], hasBias: Bool) -> [[Double]] {
    matrix.indices.map { i in
      matrix.indices.map { j in
        switch self {
        case .unitwise: matrix[i][j]
        case .quasiDiagonal: i == j || hasBias && i * j == 0 ? matrix[i][j] : 0
        case .diagonal: i == j ? matrix[i][j] : 0
        }
      }
    }
  }
}
