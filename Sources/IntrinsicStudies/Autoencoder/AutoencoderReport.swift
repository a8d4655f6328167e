import Foundation

extension AutoencoderResult: StudyResult {
  package var tables: [(name: String, table: TextTable)] {
    [("table-1", table1), ("table-2", table2)]
  }

  package var notes: [String] {
    var notes = failures + invariance.failures
    if options.runs < 20 {
      notes.append("The paper averages 20 runs; with \(options.runs) the orderings are uncertain.")
    }
    return notes
  }

  /// One row for each training.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("activation"), .init("run"), .init("iterations"),
      .init("undone_iterations"), .init("processor_seconds"), .init("loss_bits"), .init("failure"),
    ])
    for training in trainings {
      table.addRow([
        methods[training.method].identifier, training.activation.rawValue, "\(training.run)",
        "\(training.iterations.last!)", "\(training.rejections)", "\(training.seconds.last!)",
        "\(training.bits.last!)", training.failure ?? "",
      ])
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let method: String
    let activation: String
    let meanBits: Double
    let standardDeviationBits: Double
    let publishedBits: Double?
    let iterations: Double
    let microsecondsPerIteration: Double?
    let iterationsInEqualTime: Double?
    /// Trainings that ended before their budget.
    let failures: Int
  }

  package var summary: [SummaryRow] {
    methods.flatMap { method in
      AutoencoderStudy.ActivationName.allCases.map { activation in
        let bits = finalBits(method, activation)
        return SummaryRow(
          method: method.identifier, activation: activation.rawValue, meanBits: bits.mean,
          standardDeviationBits: bits.count > 1 ? bits.standardDeviation : 0,
          publishedBits: (activation == .sigmoid ? method.publishedSigmoid : method.publishedTanh)?
            .mean,
          iterations: trainings(method, activation).map { Double($0.iterations.last!) }.mean,
          microsecondsPerIteration: secondsPerIteration(method, activation).map { $0 * 1e6 },
          iterationsInEqualTime: equivalentIterations(method, activation),
          failures: failureCount(method, activation))
      }
    }
  }
}
