import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct DefaultsStudyTests {
  /// Two clouds, or a plane, in units that differ by six orders of magnitude.
  private func write(_ name: String, isRegression: Bool, rows: Int, to folder: URL) throws {
    var stream = RandomStream(seed: 8)
    let place = folder.appendingPathComponent("tables/\(name)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for part in ["train", "test"] {
      let lines = (0..<rows).map { row -> String in
        let (a, b) = (stream.normal(), stream.normal())
        let target = isRegression ? "\(2 * a - b + 0.1 * stream.normal())" : "\(row % 2)"
        let shift = isRegression ? 0 : 4 * Double(row % 2)
        return "\(1e5 * (a + shift)),\(0.1 * b),\(target)"
      }
      try Data((["a,b,target"] + lines).joined(separator: "\n").utf8)
        .write(to: place.appendingPathComponent("\(part).csv"))
    }
  }

  @Test func `sets are found by their folders, and every method is scored on test samples`() throws
  {
    try withTemporaryDirectory { folder in
      try write("clouds", isRegression: false, rows: 60, to: folder)
      try write("plane", isRegression: true, rows: 60, to: folder)
      let names = ["clouds", "plane"]
      let sets = try DefaultsData.read(names, option: folder.path, environment: [:])
      #expect(sets.map(\.name) == names)
      var options = DefaultsStudy.Options(seed: 4, threads: 2)
      (options.sets, options.seeds, options.stepSizes) = (names, 2, [1e-3, 1e-1])
      let result = try #require(try DefaultsStudy(options, on: sets).run())
      #expect(result.outcomes.count == 2 * 2 * DefaultsStudy.Method.allCases.count)
      for outcome in result.outcomes where outcome.method == .automatic {
        #expect(outcome.score > 0.9, "\(outcome)")
      }
      for outcome in result.outcomes {
        #expect((outcome.stepSize != nil) == outcome.method.isTuned)
        #expect(outcome.isAccuracy == (outcome.set == "clouds"))
      }
      #expect(try CSVRecords(result.records.csv()).rows.count == result.outcomes.count)
      #expect(result.claims.list.count == 2 && result.figures.count == 1)
    }
  }

  @Test func `a set that is not there is named`() throws {
    try withTemporaryDirectory { folder in
      try write("clouds", isRegression: false, rows: 10, to: folder)
      #expect {
        try DefaultsData.read(["clouds", "rain"], option: folder.path)
      } throws: {
        "\($0)".contains("“rain”")
      }
      #expect {
        try DefaultsData.read([], option: nil, environment: [:])
      } throws: {
        "\($0)".contains("INTRINSIC_DATA")
      }
    }
  }
}
