@testable import Intrinsic

extension ReferenceNetwork {
  /// c_k = r_k² × modulus of unit k on a sample.
  func modulus(_ k: Int, _ sample: Sample, _ source: Source) -> Double {
    let r = sample.slopes[units[k].row]
    let rates = sample.rates[k]
    switch source {
    case .fisher:
      return r * r * dot(rates, multiply(output.fisher(outputs(sample)), rates))
    case .empiricalFisher:
      let b = dot(rates, output.signal(outputs(sample), sample.target))
      return r * r * b * b
    case .backpropagated: return r * r * backpropagated(k, sample)
    }
  }

  /// m_k = Σ_{k→j} w_kj² r_j² m_j, from the diagonal of F_out.
  private func backpropagated(_ k: Int, _ sample: Sample) -> Double {
    let unit = units[k]
    if network.outputRows.contains(unit.row) {
      let o = unit.row - network.outputRows.lowerBound
      return output.fisher(outputs(sample))[o][o]
    }
    var sum = 0.0
    for (j, reader) in units.enumerated() {
      for (parameter, row) in zip(reader.parameters, reader.sources) where row == unit.row {
        let w = theta[parameter]
        let r = sample.slopes[reader.row]
        sum += w * w * r * r * backpropagated(j, sample)
      }
    }
    return sum
  }

  /// A = E[ã ãᵀ c_k].
  func unitMatrix(_ k: Int, _ source: Source) -> [[Double]] {
    let sources = units[k].sources
    var result = sources.map { _ in sources.map { _ in 0.0 } }
    for sample in samples {
      let c = modulus(k, sample, source) / Double(samples.count)
      for (i, row) in sources.enumerated() {
        for (j, column) in sources.enumerated() {
          result[i][j] += c * sample.activities[row] * sample.activities[column]
        }
      }
    }
    return result
  }

  /// The matrix of Ollivier 2015, Definition 23: A_00, A_0i and A_ii as they are, A_0i A_0j/A_00
  /// elsewhere.
  static func quasiDiagonal(_ a: [[Double]]) -> [[Double]] {
    a.indices.map { i in
      a.indices.map { j in i == j || i * j == 0 ? a[i][j] : a[0][i] * a[0][j] / a[0][0] }
    }
  }
}
