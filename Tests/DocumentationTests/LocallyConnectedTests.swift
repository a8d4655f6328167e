import Foundation
import Intrinsic
import Testing

/// A layer of one's own by its edges: training and files.
@Suite struct LocallyConnectedTests {
  @Test func `it learns what a dense layer would need more weights for, and files hold it`() throws
  {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    var stream = RandomStream(seed: 2)
    let rows = (0..<200).map { _ in (0..<16).map { _ in stream.normal() } }
    let values = rows.map { row in [tanh(row[0] - row[3]) + 0.5 * tanh(row[12] + row[15])] }
    let samples = Samples<Double>(rows: rows, values: values)
    let model = try saveLocallyConnectedNetwork(samples, to: url)
    #expect(model.network.parameterCount == 7 * 5 + 8)

    let predictions = model.predictions(for: rows)
    let errors = zip(predictions, values).map { $0[0] - $1[0] }
    let spread = values.map { $0[0] * $0[0] }.reduce(0, +)
    #expect(errors.map { $0 * $0 }.reduce(0, +) < 0.01 * spread)

    let again = try loadLocallyConnectedNetwork(from: url)
    #expect(again.predictions(for: rows) == predictions)
  }
}
