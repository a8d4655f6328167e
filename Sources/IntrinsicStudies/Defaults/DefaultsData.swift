import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// A data set of study `defaults`: training and test samples, and the network for them.
package struct DefaultsData: Sendable {
  package let name: String
  let data: TrainingData
  let network: String

  /// The network has one hidden layer of 32 units unless given.
  package init(name: String, _ data: TrainingData, network: String? = nil) {
    (self.name, self.data) = (name, data)
    self.network = network ?? "fc32 fc\(data.outputCount)"
  }

  /// Reads each folder with `train` and `test` files in the subfolder `tables`, and the first split of the published
  /// regression tables, of the folder that is given or that of `INTRINSIC_DATA`.
  ///
  /// - Parameters:
  ///   - names: of folders and tables; empty for all that are there.
  ///   - option: the folder that was asked for, if any.
  ///   - environment: where to look for `INTRINSIC_DATA`.
  /// - Throws: `DataError` if there is no such set, or it cannot be read.
  package static func read(
    _ names: [String], option: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> [DefaultsData] {
    let remedy = "Name the folder that holds tables/NAME/train.csv by --data or $INTRINSIC_DATA."
    guard let root = option ?? environment["INTRINSIC_DATA"], !root.isEmpty else {
      throw .missing(
        file: "tables", lookedIn: ["$INTRINSIC_DATA, which is not set"], remedy: remedy)
    }
    let folder = URL(fileURLWithPath: root).appendingPathComponent("tables")
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let tables = entries.filter { name in
      ["csv", "csv.gz", "npz"].contains { suffix in
        FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("\(name)/train.\(suffix)").path)
      }
    }.sorted()
    var sets: [DefaultsData] = []
    for name in names.isEmpty ? tables : names.filter(tables.contains) {
      sets.append(
        DefaultsData(name: name, try data(folder.appendingPathComponent(name).path)))
    }
    for table in PublishedRegression.allCases
    where names.isEmpty || names.contains(table.rawValue) {
      sets.append(
        DefaultsData(
          name: table.rawValue,
          try RegressionTable(named: table.rawValue, option: root, environment: environment)
            .trainingData(split: 0), network: "fc\(table.hidden) fc1"))
    }
    if let missing = names.first(where: { name in !sets.contains { $0.name == name } }) {
      throw .missing(file: missing, lookedIn: [folder.path], remedy: remedy)
    }
    return sets
  }

  /// Values to predict where labels are no classes.
  private static func data(_ path: String) throws(DataError) -> TrainingData {
    do throws(DataError) { return try TrainingData.read(path, DatasetOptions()) } catch {
      return try TrainingData.read(path, DatasetOptions(isRegression: true))
    }
  }
}

extension RegressionTable {
  /// The samples of a split in single precision.
  fileprivate func trainingData(split: Int) -> TrainingData {
    let test = Set(splits[split])
    func dataset(_ indices: [Int]) -> Dataset {
      Dataset(
        inputs: Matrix(rows[0].indices.map { column in indices.map { Float(rows[$0][column]) } }),
        targets: .values(Matrix([indices.map { Float(targets[$0]) }]), names: ["target"]))
    }
    return TrainingData(
      dataset(rows.indices.filter { !test.contains($0) }),
      test: dataset(rows.indices.filter(test.contains)), name: name)
  }
}
