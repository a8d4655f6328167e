import Foundation
import Testing

@testable import IntrinsicStudies

struct AutoencoderReportTests {
  private typealias Name = AutoencoderStudy.MethodName

  private func result(
    _ change: (inout AutoencoderStudy.Options) -> Void = { _ in }
  ) throws -> AutoencoderResult {
    var options = AutoencoderStudy.Options(seed: 5, threads: 2)
    options.runs = 1
    options.passes = 20
    change(&options)
    return try #require(try AutoencoderStudy(options).run())
  }

  @Test func `the tables hold every method and what the paper prints of it`() throws {
    let result = try result {
      $0.runs = 2
      $0.methods = Name.allCases.filter { $0 != .natural }
    }
    let table1 = try CSVRecords(result.table1.csv())
    let table2 = try CSVRecords(result.table2.csv())
    #expect(table1.column("method") == result.methods.map(\.title))
    #expect(Set(table2.column("method")!) == Set(result.methods.map(\.title)))
    #expect(result.methods.count == 13)
    // Ollivier 2015, Tables 1 and 2.
    let published = [
      ("Backpropagation", "10,000", "35.9 ± 2.1", "24.7 ± 2.2"),
      ("Diagonal Gauss–Newton", "7,700–7,800", "11.6 ± 2.5", "3.5 ± 2.0"),
      ("AdaGrad", "8,000–8,100", "51.1 ± 3.3", "25.3 ± 2.0"),
      ("Unitwise natural gradient", "2,100–2,300", "0.9 ± 1.0", "1.4 ± 1.8"),
      ("Quasi-diagonal natural gradient", "2,800–3,100", "3.5 ± 1.2", "3.4 ± 1.6"),
      ("Backpropagated metric", "4,200–4,300", "0.8 ± 0.8", "0.3 ± 0.5"),
      ("Quasi-diagonal backpropagated metric", "7,400–7,500", "1.9 ± 1.2", "1.5 ± 1.3"),
      ("Monte Carlo unitwise natural (K=1)", "2,800–2,900", "12.9 ± 1.5", "14.1 ± 2.2"),
      ("Monte Carlo quasi-diagonal natural (K=1)", "3,900–4,000", "7.9 ± 2.3", "10.1 ± 2.5"),
      ("Monte Carlo unitwise natural (K=10)", "–", "–", "–"),
      ("Unitwise outer product", "4,000–4,100", "24.7 ± 2.5", "28.5 ± 3.4"),
      ("Quasi-diagonal outer product", "–", "–", "–"),
    ]
    for (title, iterations, sigmoid, tanh) in published {
      let row1 = try #require(table1.rows.first { $0[0] == title })
      let row2 = try #require(table2.rows.first { $0[1] == title })
      #expect(row1[1] == iterations, "\(title)")
      #expect(row2[3] == sigmoid && row2[5] == tanh, "\(title)")
      let measured = try #require(row2[2].wholeMatch(of: /(\d+\.\d+) ± \d+\.\d+/), "\(title)")
      #expect((1...120).contains(Double(measured.1)!), "\(title)")
    }
    #expect(table1.rows[0][2...] == ["10,000", "10,000", table1.rows[0][4], "1.00", "1.00"])
    let sections = zip(table2.column("section")!, table2.column("method")!)
    let others = sections.filter { $0.0 == "Non-invariant:" }.map { $0.1 }
    #expect(others == ["Backpropagation", "Diagonal Gauss–Newton", "AdaGrad"])
    #expect(Set(table2.column("section")!) == ["Non-invariant:", "Invariant:"])
  }

  @Test func `a section without methods is left out`() throws {
    let result = try result { $0.methods = [.backpropagation] }
    #expect(!result.table2.rendered().contains("Invariant:"))
    #expect(result.table2.rendered().contains("Non-invariant:"))
  }

  @Test func `every claim of the paper is there if its methods ran, and no other`() throws {
    let all = try result().claims
    #expect(all.list.count == 10)
    for words in [
      "far above every", "Gauss–Newton is much worse", "Unitwise natural gradient ends at or below",
      "Backpropagated metric ends at or below", "end alike", "Backpropagation does not",
      "one Monte Carlo draw", "Without damping, sigmoid", "Without damping, those",
      "Damping breaks",
    ] {
      #expect(all.list.count { $0.statement.contains(words) } == 1, "\(words)")
    }
    #expect(all.list.allSatisfy { $0.source.hasPrefix("Ollivier 2015, ") })
    // Twenty passes are far too few for the orderings.
    #expect(!all.areMet)
    let few = try result {
      $0.methods = [.adagrad]; $0.damping = 0
    }.claims
    #expect(few.list.map { $0.statement.prefix(15) } == ["Without damping", "Without damping"])
    #expect(few.areMet)
  }

  @Test func `a method that cannot go on is reported, and nothing is made of its losses`() throws {
    // 16 samples cannot make the matrix of a unit with more parameters regular.
    let result = try result {
      $0.damping = 0
      $0.methods = Name.allCases.filter { $0 != .natural }
    }
    let unitwise: [Name] = [
      .unitwiseNatural, .backpropagated, .monteCarloUnitwise, .unitwiseEmpiricalFisher,
    ]
    for training in result.trainings {
      let method = result.methods[training.method]
      guard unitwise.contains(method.name) else {
        #expect(training.failure == nil, "\(method.identifier)")
        continue
      }
      let failure = try #require(training.failure, "\(method.identifier)")
      #expect(failure.contains(/layer [01], unit \d+ is not positive definite/))
      #expect(training.iterations.last == 0)
      #expect(training.bits.allSatisfy { $0.isFinite })
    }
    #expect(result.failures.count == 2 * (unitwise.count + 1))
    #expect(result.failures[0].hasPrefix("Unitwise natural gradient, sigmoid, run 0, iteration 0:"))

    let table1 = try CSVRecords(result.table1.csv())
    let table2 = try CSVRecords(result.table2.csv())
    let row1 = try #require(table1.rows.first { $0[0] == "Backpropagated metric" })
    #expect(row1 == ["Backpropagated metric", "4,200–4,300", "–", "–", "–", "–", "2.38"])
    let row2 = try #require(table2.rows.first { $0[1] == "Backpropagated metric" })
    #expect(row2[2] == "1 of 1 failed" && row2[4] == "1 of 1 failed")
    for claim in result.claims.list where claim.source.contains("Table 2") {
      let needsFailed = ["far above", "at or below", "end alike", "Monte Carlo"]
      if needsFailed.contains(where: claim.statement.contains) {
        #expect(!claim.isMet && claim.measured.isNaN, "\(claim.statement)")
      }
    }
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      let report = try result.write(to: directory)
      #expect(Set(result.failures).isSubset(of: report.notes))
      let records = try CSVRecords(contents(of: directory.url("records.csv")))
      #expect(records.column("failure")!.count { !$0.isEmpty } == result.failures.count)
      // A claim may be NaN, an invariance curve stop early; no table, record or curve is NaN.
      for name in try FileManager.default.contentsOfDirectory(atPath: root.path)
      where name != "claims.json" && [".csv", ".json", ".txt"].contains(where: name.hasSuffix) {
        let text = try contents(of: directory.url(name)).lowercased()
        #expect(!text.contains(/\b(nan|inf|infinity)\b/), "\(name)")
      }
    }
  }
}
