/// What a study was asked for; saved with its results.
package protocol StudyOptions: Codable, Sendable {
  /// Of all random numbers.
  var seed: UInt64 { get }
  /// Those that work at once.
  var threads: Int { get }
}

extension StudyOptions {
  package var threads: Int { 1 }
}

/// A study whose options are checked.
package protocol Study: Sendable {
  associatedtype Result: StudyResult where Result.Options: StudyOptions
  var options: Result.Options { get }
  /// What the pieces of work are called, of which a run tells.
  static var pieceName: String { get }
  /// Their number.
  var pieceCount: Int { get }

  /// Does the work, or as much as there is time for until `shouldStop`.
  ///
  /// - Parameters:
  ///   - shouldStop: asked now and then, from several threads.
  ///   - progress: told of each finished piece, from several threads.
  /// - Returns: what was measured, or nil if it was stopped before there was a result.
  func run(
    shouldStop: @escaping @Sendable () -> Bool, progress: @escaping @Sendable () -> Void
  ) throws -> Result?
}

extension Study {
  package static var pieceName: String { "trainings" }
}
