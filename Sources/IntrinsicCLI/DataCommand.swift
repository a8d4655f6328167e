import ArgumentParser
import Foundation
import IntrinsicData
import IntrinsicStudies

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Describes tables, and fetches data sets.",
    subcommands: [DescribeCommand.self, MNISTCommand.self])
}

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Says what each column of a table is taken for, before anything is trained.",
    discussion: "The last line is a command that trains on it, with the last column as the label.")

  @Argument(help: "A table as text, or - for standard input.", completion: .file())
  var file: String

  @Option(help: "How it is printed.")
  var format = OutputFormat.text

  func run() throws {
    let description = try SampleOptions.reading { try TableDescription(contentsOf: file) }
    var table = TextTable(
      title: "\(description.rows) rows, \(description.columns.count) columns"
        + (description.hasNames ? "" : " without names: they are called by their numbers"),
      columns: [
        .init("column"), .init("taken for"), .init("missing", .trailing),
        .init("different", .trailing), .init("range"), .init("remark"),
      ])
    for column in description.columns {
      table.addRow([
        column.name, column.meaning.rawValue, "\(column.missing)", "\(column.distinct)",
        column.range, column.remark,
      ])
    }
    switch format {
    case .csv: print(table.csv(), terminator: "")
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      print(String(decoding: try encoder.encode(description), as: UTF8.self))
    case .text:
      print(table.rendered(), terminator: "")
      guard
        let label = description.columns.last(where: {
          $0.meaning != .faulty && $0.meaning != .leftOut
        })
      else { return }
      let classes =
        label.meaning == .number || description.labelOption(label).contains("--regression")
      print(
        "\nintrinsic train --data \(file) \(([description.labelOption(label)] + description.options).joined(separator: " ")) "
          + "--network \"fc32 fc\(classes ? 1 : label.distinct)\"")
    }
  }
}

struct MNISTCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist",
    abstract: "Fetches the four files of MNIST, 12 MB, and verifies them.",
    discussion: """
      Files come from \(MNISTDownload.mirrors[0].absoluteString), and if need be from \
      \(MNISTDownload.mirrors[1].absoluteString). Each is checked against its published SHA-256 \
      before it is written. Files that are there are kept; --data DIR has studies read them.
      """)

  @Option(help: "The folder for the files; it is created if need be.", completion: .directory)
  var into: String

  @Flag(help: "Replace files of the same names with another content.")
  var force = false

  @Option(
    parsing: .singleValue,
    help: "The https, http or file address of a folder of the files, instead of those above.",
    transform: { text in
      guard let url = URL(string: text.hasSuffix("/") ? text : text + "/"),
        ["https", "http", "file"].contains(url.scheme ?? "")
      else {
        throw ValidationError("“\(text)” is no https, http or file address")
      }
      return url
    })
  var mirror: [URL] = []

  func validate() throws {
    guard !into.isEmpty else { throw ValidationError("--into “”: a folder is needed") }
  }

  func run() throws {
    let download = MNISTDownload(
      into: URL(fileURLWithPath: into, isDirectory: true),
      mirrors: mirror.isEmpty ? MNISTDownload.mirrors : mirror, overwrites: force)
    for file in MNISTDownload.files {
      let bar = ProgressBar(label: file.name, total: file.size, unit: "bytes")
      do {
        let outcome = try download.run(file) { bar.advance(by: $0) }
        switch outcome {
        case .present(let url): StandardError.write("\(url.path) is there already.")
        case .written(let url):
          bar.finish()
          StandardError.write("\(url.path) is written and verified.")
        }
      } catch {
        StandardError.write("Error: \(error)")
        throw error.exitCode
      }
    }
  }
}

extension DownloadError {
  /// 69 if no mirror helps, 73 for a file in the way, and those of data errors.
  fileprivate var exitCode: ExitCode {
    switch self {
    case .failed: .unavailable
    case .occupied: .cannotCreateOutput
    case .data(let error): error.exitCode
    }
  }
}
