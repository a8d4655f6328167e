import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// Training that begins with a saved network.
struct TrainFromTests {
  private let texts = [
    "first":
      "size,weight,price\n1,20,100\n2,25,210\n3,22,290\n4,35,420\n5,31,500\n6,40,610\n7,38,700\n8,50,790\n",
    // Other columns first, other targets.
    "second": "weight,price,size\n20,1100,1\n25,1210,2\n31,1400,5\n44,1900,9\n",
  ]

  private func folder(_ body: (URL, [String: String]) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      var paths: [String: String] = [:]
      for (name, text) in texts {
        let url = folder.appendingPathComponent("\(name).csv")
        try Data(text.utf8).write(to: url)
        paths[name] = url.path
      }
      try body(folder, paths)
    }
  }

  private func options(_ path: String, network: String?, from: URL? = nil) throws
    -> TrainRun.Options
  {
    var options = TrainRun.Options(
      data: path, network: try network.map(NetworkText.init), seed: 4)
    options.from = from?.path
    options.label = "price"
    options.isRegression = true
    (options.epochs, options.batch, options.validation) = (3, 4, 0)
    return options
  }

  private func run(_ options: TrainRun.Options) throws -> TrainRun {
    let saved = try options.savedNetwork()
    return try TrainRun(
      options, on: TrainingData.read(options.data, options.datasetOptions(for: saved)), from: saved)
  }

  @Test(arguments: ["fc5:tanh fc1", "fc5:bn:tanh fc1"])
  func `the start is the saved network on columns by name and in units of the data`(
    network: String
  ) throws {
    try folder { folder, paths in
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      _ = try run(options(paths["first"]!, network: network)).run(in: directory)
      let url = directory.url(TrainRun.networkName)
      let saved = try Model(contentsOf: url)
      let again = try run(options(paths["second"]!, network: nil, from: url))
      let start = again.inDataUnits(
        Model(
          network: again.network, parameters: Parameters(again.start.elements.map { Double($0) }),
          statistics: saved.statistics))
      let samples = try ModelSamples.read(paths["second"]!, for: saved, savedAt: url, limit: .max)
      let (expected, found) = (
        saved.predictions(for: samples.inputs),
        start.predictions(for: again.train.inputs.map { Double($0) })
      )
      for sample in 0..<4 {
        let (was, now) = (expected[0, sample], found[0, sample])
        #expect(abs(was - now) <= 2e-6 * abs(was), "\(was) became \(now)")
      }
      // Standardized targets: of the new data, not of the old.
      guard case .values(let targets) = again.train.targets else {
        Issue.record("targets are no values")
        return
      }
      #expect(abs((0..<4).reduce(0) { $0 + targets[0, $1] }) < 1e-5)
    }
  }

  @Test func `training goes on from a saved network bit for bit after an interruption`() throws {
    try folder { folder, paths in
      let first = try RunDirectory(at: folder.appendingPathComponent("first"))
      _ = try run(options(paths["first"]!, network: "fc5:tanh fc1")).run(in: first)
      let chosen = try options(
        paths["first"]!, network: nil, from: first.url(TrainRun.networkName))
      let whole = try RunDirectory(at: folder.appendingPathComponent("whole"))
      let result = try run(chosen).run(in: whole)
      #expect(result.epochs.count == 3)
      let parts = try RunDirectory(at: folder.appendingPathComponent("parts"))
      var steps = 0
      _ = try run(chosen).run(
        in: parts, shouldStop: { steps >= 3 }, progress: { steps = $0.steps })
      _ = try run(chosen).run(in: parts)
      #expect(
        try Model(contentsOf: whole.url(TrainRun.networkName)).parameters.elements
          == Model(contentsOf: parts.url(TrainRun.networkName)).parameters.elements)
      #expect(
        try Model(contentsOf: whole.url(TrainRun.networkName)).parameters.elements
          != Model(contentsOf: first.url(TrainRun.networkName)).parameters.elements)
    }
  }

  @Test func `what cannot be gone on from is refused`() throws {
    try folder { folder, paths in
      let directory = try RunDirectory(at: folder.appendingPathComponent("run"))
      _ = try run(options(paths["first"]!, network: "fc5:tanh fc1")).run(in: directory)
      let url = directory.url(TrainRun.networkName)
      #expect(throws: OptionError.self) {
        try run(options(paths["first"]!, network: "fc5 fc1", from: url))
      }
      #expect(throws: OptionError.self) { try run(options(paths["first"]!, network: nil)) }
      var columns = try options(paths["first"]!, network: nil, from: url)
      columns.columns = ["size"]
      #expect(throws: OptionError.self) { try TrainRun.check(columns) }
      let other = folder.appendingPathComponent("other.csv")
      try Data("size,price\n1,2\n3,4\n".utf8).write(to: other)
      let error = try #require(
        #expect(throws: DataError.self) {
          try run(options(other.path, network: nil, from: url))
        })
      #expect("\(error)".contains("weight"))
      #expect(throws: DataError.self) {
        try run(
          options(paths["first"]!, network: nil, from: folder.appendingPathComponent("none")))
      }
    }
  }
}
