import ArgumentParser
import IntrinsicStudies

/// A command that runs a study; it has the options of the study, and says how they make one.
protocol StudyRunCommand: ParsableCommand {
  associatedtype Subject: Study
  var options: RunOptions { get }

  /// The study, on its data if it has any.
  func study(_ seed: UInt64) throws -> Subject

  /// Checks the options before data are read.
  func check() throws
}

extension StudyRunCommand {
  func check() throws { _ = try study(0) }

  func validate() throws { try checked { try check() } }

  func run() throws {
    let made = try checked { try study(options.drawnSeed) }
    try StudyRun(made, Self.configuration.commandName!, options)()
  }
}

/// A command whose study is about data.
protocol DataStudyCommand: StudyRunCommand {
  /// Stands here again to be inferred from the method below.
  associatedtype Subject
  associatedtype Source: StudyDataOptions
  /// Where the data are from.
  var data: Source { get }

  func study(_ seed: UInt64, on data: Source.Value) throws -> Subject
}

extension DataStudyCommand {
  func check() throws { _ = try study(0, on: Source.placeholder) }

  func study(_ seed: UInt64) throws -> Subject { try study(seed, on: data.load(seed)) }
}
