import Foundation
import Intrinsic
import Testing

/// What the articles say of an optimizer and of arrays of one's own.
@Suite struct OptimizerExampleTests {
  private static let network = try! Network.layered(
    [5, 8, 3], activation: .tanh, output: .softmax)

  private func withFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }

  private func samples() -> Samples<Float> {
    var stream = RandomStream(seed: 4)
    let rows = (0..<43).map { _ in (0..<5).map { _ in Float(stream.normal()) } }
    return Samples(
      rows: rows, classes: rows.map { row in (0..<3).max { row[$0] < row[$1] }! })
  }

  /// Trains with checkpoints in the middle, each resumed by a new rule, and without.
  private func expectResumes(_ rule: () throws -> any StepRule<Float>) throws {
    var settings = TrainingSettings(seed: 3)
    (settings.batch, settings.epochs, settings.stepSize) = (10, 6, .constant(0.01))
    var stream = RandomStream(seed: 1)
    let start: Parameters<Float> = Initialization.normal(gain: 1)
      .parameters(Self.network, using: &stream)
    let whole = try Training(Self.network, from: start, on: samples(), rule: rule(), settings)
    try whole.run()
    #expect(whole.records.last!.trainLoss < whole.records[0].trainLoss)
    try withFile { url in
      var part = try Training(Self.network, from: start, on: samples(), rule: rule(), settings)
      for stop in [3, 11, 20] {
        while part.steps < stop { try part.advance() }
        try part.save(to: url)
        part = try Training(resuming: url, Self.network, on: samples(), rule: rule(), settings)
      }
      try part.run()
      #expect(part.parameters.elements == whole.parameters.elements)
      #expect(part.steps == whole.steps)
    }
  }

  @Test func `an optimizer of one's own goes on from a checkpoint bit for bit`() throws {
    try expectResumes { lionRule(Self.network) }
    try expectResumes { try unitwiseMomentumRule(Self.network, batch: 10) }
  }

  @Test func `a checkpoint of another rule is refused by name`() throws {
    var settings = TrainingSettings(seed: 3)
    (settings.batch, settings.epochs, settings.stepSize) = (10, 6, .constant(0.01))
    let start = Parameters<Float>((0..<Self.network.parameterCount).map { Float($0 % 7) / 7 })
    try withFile { url in
      let training = try Training(
        Self.network, from: start, on: samples(), rule: lionRule(Self.network), settings)
      try training.advance()
      try training.save(to: url)
      let error = #expect(throws: CheckpointError.self) {
        _ = try Training(
          resuming: url, Self.network, on: samples(),
          rule: unitwiseMomentumRule(Self.network, batch: 10), settings)
      }
      #expect(error?.description.contains("Lion<Float>, weight decay 0.1") == true)
    }
  }

  @Test func `arrays of one's own are learned, saved and predicted`() throws {
    var stream = RandomStream(seed: 9)
    let rows = (0..<300).map { _ in
      (0..<2).map { _ in 2 * Double.random(in: 0..<1, using: &stream) - 1 }
    }
    func value(_ row: [Double]) -> [Double] { [row[0] * row[1], row[0] * row[0]] }
    try withFile { url in
      try trainSurrogate(on: rows, rows.map(value), savingTo: url)
      let fresh = [[0.3, -0.5], [-0.8, 0.1], [0.6, 0.6]]
      for (row, predicted) in zip(fresh, try predict(fresh, by: url)) {
        for (a, b) in zip(value(row), predicted) {
          #expect(abs(a - b) < 0.02, "\(row): \(predicted)")
        }
      }
    }
  }
}
