extension AutoencoderResult {
  /// What the paper says, as far as the methods that ran allow to check it. The bands are wide: the
  /// orderings are robust, the decimals depend on the wiring, which the paper leaves open.
  package var claims: Claims {
    var claims = Claims()
    let shortest = invariance.shortest(invariant: true, damping: 0)
    claims.list += farWorse + gaussNewton + unitwise + alike + monteCarlo
    claims.list += [
      Claim(
        "Without damping, sigmoid and tanh trajectories of invariant methods agree: largest "
          + "relative difference of the losses over \(AutoencoderInvariance.iterations) iterations, "
          + "or until a matrix has no inverse (after \(shortest) at the earliest)",
        source: "Ollivier 2015, §4 and Figure 4",
        measured: invariance.worst(
          invariant: true, damping: 0), band: .atMost(1e-5)),
      Claim(
        "Without damping, those of non-invariant methods differ: least relative difference after "
          + "\(AutoencoderInvariance.iterations) iterations",
        source: "Ollivier 2015, §3.2",
        measured: invariance.leastFinal(
          invariant: false, damping: 0), band: .atLeast(1e-2)),
    ]
    if options.damping > 0 {
      claims.list.append(
        Claim(
          "Damping breaks the invariance, but not visibly: largest relative difference of the "
            + "losses with damping \(options.damping)",
          source: "Ollivier 2015, Remark 12 and Figure 4",
          measured: invariance.worst(invariant: true, damping: options.damping),
          band: .within(1e-5...0.2)))
    }
    return claims
  }

  private var farWorse: [Claim] {
    let poor = bits([.backpropagation, .adagrad, .unitwiseEmpiricalFisher])
    let good = bits([
      .unitwiseNatural, .quasiDiagonalNatural, .backpropagated, .quasiDiagonalBackpropagated,
    ])
    guard poor.count == 6, good.count == 8 else { return [] }
    return [
      Claim(
        "Backpropagation, AdaGrad and unitwise OP end far above every exact-Fisher and "
          + "backpropagated-metric method: least of the former over largest of the latter",
        source: "Ollivier 2015, Table 2", published: "24.7/3.5 = 7.1",
        measured: poor.quantile(0) / good.quantile(1), band: .atLeast(3))
    ]
  }

  private var gaussNewton: [Claim] {
    let values = bits([.diagonalGaussNewton])
    guard values.count == 2 else { return [] }
    return [
      Claim(
        "Diagonal Gauss–Newton is much worse with sigmoid than with tanh: ratio of losses",
        source: "Ollivier 2015, Table 2 and Figure 5", published: "11.6/3.5 = 3.3",
        measured: values[0] / values[1], band: .atLeast(2))
    ]
  }

  private var unitwise: [Claim] {
    let pairs: [(AutoencoderStudy.MethodName, AutoencoderStudy.MethodName)] = [
      (.unitwiseNatural, .quasiDiagonalNatural), (.backpropagated, .quasiDiagonalBackpropagated),
    ]
    return pairs.compactMap { whole, reduced in
      let (a, b) = (bits([whole]), bits([reduced]))
      guard a.count == 2, b.count == 2 else { return nil }
      return Claim(
        "\(method(whole)!.title) ends at or below its quasi-diagonal reduction: largest difference",
        source: "Ollivier 2015, Table 2",
        published: whole == .unitwiseNatural ? "−2.0" : "−1.1",
        measured: [a[0] - b[0], a[1] - b[1]].quantile(1), band: .atMost(0.05), unit: "bits")
    }
  }

  private var alike: [Claim] {
    let names: [AutoencoderStudy.MethodName] = [
      .unitwiseNatural, .quasiDiagonalNatural, .backpropagated, .quasiDiagonalBackpropagated,
    ]
    let differences = names.compactMap { name -> Double? in
      let values = bits([name])
      return values.count == 2 ? abs(values[0] - values[1]) : nil
    }
    let backpropagation = bits([.backpropagation])
    guard differences.count == names.count else { return [] }
    return [
      Claim(
        "Invariant methods end alike with sigmoid and tanh: largest difference",
        source: "Ollivier 2015, Table 2", published: "0.5", measured: differences.quantile(1),
        band: .atMost(2), unit: "bits"),
      Claim(
        "Backpropagation does not: sigmoid minus tanh",
        source: "Ollivier 2015, Table 2", published: "11.2",
        measured: backpropagation[0] - backpropagation[1], band: .atLeast(4), unit: "bits"),
    ]
  }

  private var monteCarlo: [Claim] {
    let (whole, reduced) = (bits([.monteCarloUnitwise]), bits([.monteCarloQuasiDiagonal]))
    guard whole.count == 2, reduced.count == 2 else { return [] }
    return [
      Claim(
        "With one Monte Carlo draw the quasi-diagonal reduction is better than the unitwise one: "
          + "least ratio of losses",
        source: "Ollivier 2015, Table 2", published: "14.1/10.1 = 1.4",
        measured: [whole[0] / reduced[0], whole[1] / reduced[1]].quantile(0), band: .atLeast(1.2))
    ]
  }

  /// Mean final losses of methods, sigmoid then tanh for each that ran. NaN, which meets no claim, if
  /// a training failed: the loss where it stopped says nothing about the method.
  private func bits(_ names: [AutoencoderStudy.MethodName]) -> [Double] {
    names.compactMap(method).flatMap { method in
      AutoencoderStudy.ActivationName.allCases.map {
        failureCount(method, $0) > 0 ? .nan : finalBits(method, $0).mean
      }
    }
  }
}
