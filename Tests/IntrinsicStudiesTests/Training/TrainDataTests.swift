import Foundation
import IntrinsicData
import Testing

@testable import IntrinsicStudies

/// Which columns and which samples a training takes.
struct TrainDataTests {
  private func run(
    _ options: (inout TrainRun.Options, URL) -> Void, check: (TrainRun) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let texts = [
        "train": "id,size,colour,kind\n7,1,red,a\n8,2,blue,b\n9,3,red,a\n5,4,blue,b\n",
        "held": "kind,colour,id,size\nb,blue,1,9\na,red,2,8\nb,red,3,7\n",
        "other": "kind,colour,id\nb,blue,1\n",
      ]
      for (name, text) in texts {
        try Data(text.utf8).write(to: folder.appendingPathComponent("\(name).csv"))
      }
      var chosen = TrainRun.Options(
        data: folder.appendingPathComponent("train.csv").path, network: try NetworkText("fc3 fc2"),
        seed: 1)
      chosen.label = "kind"
      chosen.validation = 0
      options(&chosen, folder)
      try check(
        TrainRun(
          chosen,
          on: TrainingData.read(
            chosen.data, validation: chosen.validationFile, chosen.datasetOptions())))
    }
  }

  @Test func `columns that are named are the features, and no others`() throws {
    try run({ options, _ in options.columns = ["size", "colour"] }) { run in
      #expect(run.network.inputCount == 3)
    }
    try run({ options, _ in options.columns = ["size"] }) { run in
      #expect(run.network.inputCount == 1)
    }
    let error = try #require(
      #expect(throws: DataError.self) {
        try run({ options, _ in options.columns = ["sise"] }) { _ in }
      })
    #expect("\(error)".contains("sise") && "\(error)".contains("size"))
    #expect(throws: DataError.self) { try run({ options, _ in options.columns = [] }) { _ in } }
  }

  @Test(arguments: [[0x93] + Array("NUMPY".utf8), Array("PK".utf8)] as [[UInt8]])
  func `columns cannot be named where a file has none`(content: [UInt8]) throws {
    try withTemporaryDirectory { folder in
      let url = folder.appendingPathComponent("arrays")
      try Data(content + [1, 2, 3]).write(to: url)
      for named in namingColumns {
        let error = try #require(
          #expect(throws: DataError.self) { try TrainingData.read(url.path, named) })
        #expect("\(error)".contains("--columns"))
      }
    }
  }

  @Test(arguments: ["train-images-idx3-ubyte", "x.npy"])
  func `columns cannot be named where a folder has none`(file: String) throws {
    try withTemporaryDirectory { folder in
      try Data([0x93] + Array("NUMPY".utf8)).write(to: folder.appendingPathComponent(file))
      for named in namingColumns {
        let error = try #require(
          #expect(throws: DataError.self) { try TrainingData.read(folder.path, named) })
        #expect("\(error)".contains("--columns"), "\(error)")
      }
    }
  }

  private var namingColumns: [DatasetOptions] {
    var (features, weights) = (DatasetOptions(), DatasetOptions())
    features.featureColumns = ["size"]
    weights.weightColumn = "times"
    return [DatasetOptions(ignoredColumns: ["id"]), features, weights]
  }

  @Test func `a file for validation is matched by name, and all else is trained on`() throws {
    try run({ options, folder in
      options.validationFile = folder.appendingPathComponent("held.csv").path
      options.columns = ["size"]
      options.standardize = false
      options.patience = 2
    }) { run in
      #expect(run.train.count == 4)
      #expect(run.validation?.inputs.elements == [9, 8, 7])
      guard case .classes(let classes)? = run.validation?.targets else {
        Issue.record("the validation samples have no classes")
        return
      }
      #expect(classes == [1, 0, 1])
    }
  }

  @Test func `a file for validation with other columns is refused by name`() throws {
    let error = try #require(
      #expect(throws: DataError.self) {
        try run({ options, folder in
          options.validationFile = folder.appendingPathComponent("other.csv").path
        }) { _ in }
      })
    #expect("\(error)".contains("size") && "\(error)".contains("other.csv"))
  }
}
