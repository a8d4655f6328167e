import Foundation

extension AutoencoderResult {
  /// Writes tables, records, claims and figures.
  public func write(to directory: RunDirectory) throws(RunDirectoryError) -> StudyReport {
    try directory.write(options, as: "config.json")
    for (name, table) in [("table-1", table1), ("table-2", table2)] {
      try directory.write(table.rendered(), as: "\(name).txt")
      try directory.write(table.csv(), as: "\(name).csv")
    }
    try directory.write(records.csv(), as: "records.csv")
    try directory.write(summary, as: "summary.json")
    let claims = self.claims
    try claims.write(to: directory)
    var notes = self.notes
    var files: [FigureFiles] = []
    for (name, figure) in figures {
      do { files.append(try figure.write(to: directory, name: name)) } catch {
        // Its data and script are written before gnuplot runs; only a full disk ends the study.
        if case .cannotSave(let reason) = error { throw reason }
        notes.append("\(name) is not drawn: \(error)")
      }
    }
    return StudyReport(
      tables: [table1, table2], claims: claims, figures: files, notes: notes)
  }

  private var notes: [String] {
    var notes = failures + invariance.failures
    if options.runs < 20 {
      notes.append("The paper averages 20 runs; with \(options.runs) the orderings are uncertain.")
    }
    return notes
  }

  /// One row for each training.
  private var records: TextTable {
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

  struct Summary: Codable {
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

  public var summary: some Encodable { rows }

  private var rows: [Summary] {
    methods.flatMap { method in
      AutoencoderStudy.ActivationName.allCases.map { activation in
        let bits = finalBits(method, activation)
        return Summary(
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
