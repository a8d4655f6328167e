import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import IntrinsicStudies
import Testing

@Suite struct InspectionTablesTests {
  private func inspection(
    samples count: Int?, activation: Activation = .relu, normalization: Normalization? = nil,
    _ change: (inout Inspection.Limits) -> Void = { _ in }
  ) throws -> Inspection {
    var stream = RandomStream(seed: 4)
    let network = try Network.layered(
      [3, 4, 2], activation: activation, output: .square, normalization: normalization)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    var limits = Inspection.Limits()
    change(&limits)
    let samples = count.map { count in
      Samples<Double>(
        inputs: Matrix(
          rows: 3, columns: count, elements: (0..<3 * count).map { _ in stream.normal() }),
        targets: .values(Matrix(rows: 2, columns: count)))
    }
    return Inspection(
      Model(network: network, parameters: parameters), on: samples, limits: limits)
  }

  @Test func `nothing is said where nothing is left out`() throws {
    #expect(try inspection(samples: nil).notes.isEmpty)
    #expect(try inspection(samples: 200).notes.isEmpty)
    #expect(try inspection(samples: 200).tables.count == 4)
    #expect(try inspection(samples: nil).tables.count == 3)
  }

  @Test func `what is left out is said once each`() throws {
    let normalized = try inspection(samples: 200, normalization: .batch)
    #expect(normalized.notes.count == 1 && normalized.notes[0].contains("normalized"))
    #expect(normalized.tables.count == 2)
    let cases: [((inout Inspection.Limits) -> Void, String)] = [
      ({ $0.activities = 2_000 }, " of 200 samples are used"),
      ({ $0.matrix = 4 }, "layer 1 has no condition numbers: 2 matrices of 5 × 5"),
      ({ $0.jacobian = 25 }, "up to 25 parameters"),
    ]
    for (change, text) in cases {
      let notes = try inspection(samples: 200, change).notes
      #expect(notes.count == 1 && notes.first?.contains(text) == true, "\(notes)")
    }
    let tanh = try inspection(samples: 200, activation: .tanh).notes
    #expect(tanh.count == 1 && tanh.first?.contains("beyond the path rank") == true, "\(tanh)")
    let few = try inspection(samples: 5).notes
    #expect(few.count == 1 && few.first?.contains("10 rows; more than 5 samples") == true, "\(few)")
  }
}
