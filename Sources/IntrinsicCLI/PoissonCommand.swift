import ArgumentParser
import IntrinsicStudies

extension BoundaryProblem: ExpressibleByArgument {}
extension BoundaryMethod: ExpressibleByArgument {}

struct PoissonCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "poisson",
    abstract: "Physics-informed networks: differential equations with known solutions.",
    discussion: """
      Full natural gradient by each scaling of Levenberg–Marquardt and by a line search, its unitwise and \
      quasi-diagonal reductions, SPRING and Adam, from the same starts, for the same seconds each.
      """)

  private static let defaults = PoissonStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "The equations.")
  var equations = Self.defaults.equations

  @Option(parsing: .upToNextOption, help: "The methods.")
  var methods = Self.defaults.methods

  @Option(parsing: .unconditional, help: "Starts of each method.")
  var starts = Self.defaults.starts

  @Option(parsing: .unconditional, help: "Seconds of each training.")
  var seconds = Self.defaults.seconds

  @Option(parsing: .unconditional, help: "Points inside, where each step has fresh ones.")
  var interior = Self.defaults.interior

  @Option(parsing: .unconditional, help: "Points of the boundary, where each step has fresh ones.")
  var boundary = Self.defaults.boundary

  @Option(parsing: .unconditional, help: "Points that errors are measured at.")
  var evaluation = Self.defaults.evaluation

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  private func chosen(_ seed: UInt64) -> PoissonStudy.Options {
    var chosen = PoissonStudy.Options(seed: seed, threads: threads.threads)
    (chosen.equations, chosen.methods, chosen.starts) = (equations, methods, starts)
    (chosen.seconds, chosen.interior, chosen.boundary) = (seconds, interior, boundary)
    chosen.evaluation = evaluation
    return chosen
  }

  func check() throws { _ = try PoissonStudy(chosen(0)) }

  func study(_ seed: UInt64) throws -> PoissonStudy { try PoissonStudy(chosen(seed)) }
}
