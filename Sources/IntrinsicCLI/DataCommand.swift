import ArgumentParser
import Foundation
import IntrinsicStudies

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Fetches data sets; the only command that uses the network.",
    subcommands: [MNISTCommand.self])
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
