import Foundation

extension AutoencoderResult {
  /// Table 1: iterations in equal processor time.
  var table1: TextTable {
    var table = TextTable(
      title: "Table 1. Iterations in the processor time of 10,000 backpropagations",
      columns: [
        .init("method"), .init("published", .trailing), .init("sigmoid", .trailing),
        .init("tanh", .trailing), .init("µs an iteration", .trailing),
        .init("× backpropagation", .trailing), .init("published ×", .trailing),
      ])
    for method in methods {
      let seconds = secondsPerIteration(method, .tanh)
      let ratio = equivalentIterations(method, .tanh).map { 10_000 / $0 }
      table.addRow([
        method.title, method.publishedIterations ?? "–",
        equivalentIterations(method, .sigmoid).map(count) ?? "–",
        equivalentIterations(method, .tanh).map(count) ?? "–",
        seconds.map { String(format: "%.1f", $0 * 1e6) } ?? "–",
        ratio.map { String(format: "%.2f", $0) } ?? "–",
        method.publishedIterations == nil
          ? "–" : String(format: "%.2f", 10_000 / Double(method.iterations)),
      ])
    }
    return table
  }

  /// Table 2: final losses.
  var table2: TextTable {
    let budget =
      switch (options.budget, options.seconds) {
      case (.iterations, _): "the paper's iterations"
      case (.time, let seconds?): String(format: "%g s of processor time", seconds)
      case (.time, nil): "the processor time of backpropagation"
      }
    var table = TextTable(
      title: "Table 2. Loss per sample (bits) after \(budget), mean ± standard deviation over "
        + "\(options.runs) run\(options.runs == 1 ? "" : "s")",
      columns: [
        .init("method"), .init("sigmoid", .trailing), .init("published sigmoid", .trailing),
        .init("tanh", .trailing), .init("published tanh", .trailing),
        .init("iterations", .trailing),
      ])
    for invariant in [false, true] where methods.contains(where: { $0.isInvariant == invariant }) {
      table.addSection(invariant ? "Invariant:" : "Non-invariant:")
      for method in methods where method.isInvariant == invariant {
        let all = trainings(method, .sigmoid) + trainings(method, .tanh)
        let iterations = all.map { Double($0.iterations.last!) }
        table.addRow([
          method.title, measured(method, .sigmoid), printed(method.publishedSigmoid),
          measured(method, .tanh),
          printed(method.publishedTanh), count(iterations.mean),
        ])
      }
    }
    return table
  }

  /// Trainings that ended before their budget, one line each.
  var failures: [String] {
    trainings.compactMap { training in
      training.failure.map {
        "\(methods[training.method].title), \(training.activation.rawValue), run \(training.run), "
          + "iteration \(training.iterations.last!): \($0)"
      }
    }
  }

  /// The number of runs in which a method could not go on.
  func failureCount(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName
  ) -> Int { trainings(method, activation).count { $0.failure != nil } }

  private func measured(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName
  ) -> String {
    let values = finalBits(method, activation)
    let failed = failureCount(method, activation)
    if failed > 0 { return "\(failed) of \(values.count) failed" }
    return values.meanText(digits: values.mean < 0.095 ? 2 : 1)
  }

  private func printed(_ value: AutoencoderMethod.Published?) -> String {
    value.map { String(format: "%.1f ± %.1f", $0.mean, $0.deviation) } ?? "–"
  }

  private func count(_ value: Double) -> String {
    guard value >= 0.5 else { return String(format: "%.2f", value) }
    let digits = String(Int(value.rounded()))
    let groups = stride(from: digits.count, to: 0, by: -3).map { end in
      digits.dropLast(digits.count - end).suffix(3)
    }
    return groups.reversed().joined(separator: ",")
  }
}
