import ArgumentParser
import IntrinsicStudies

extension LearningDynamicsStudy.ActivationName: ExpressibleByArgument {}

struct LearningDynamicsCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "learning-dynamics",
    abstract: "Order parameters of online learning, and its rates (Luo et al. 2019, Table 1).")

  private static let defaults = LearningDynamicsStudy.Options(seed: 0, threads: 1)

  @Option(help: "Activation of teacher and student.")
  var activation = Self.defaults.activation

  @Option(parsing: .unconditional, help: "Inputs N of the simulations.")
  var inputs = Self.defaults.inputs

  @Option(parsing: .unconditional, help: "Learning rate η of the curves.")
  var rate = Self.defaults.rate

  @Option(parsing: .unconditional, help: "Gamma decay ζ that stands for batch normalization.")
  var decay = Self.defaults.decay

  @Option(parsing: .unconditional, help: "Time, in steps/N, that curves last.")
  var time = Self.defaults.time

  @Option(parsing: .unconditional, help: "Simulations of each curve.")
  var runs = Self.defaults.runs

  @Option(
    parsing: .upToNextOption,
    help: "Learning rates to compare, as multiples of the maximum rate of gradient descent.")
  var factors = Self.defaults.factors

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> LearningDynamicsStudy {
    var chosen = LearningDynamicsStudy.Options(seed: seed, threads: threads.threads)
    (chosen.activation, chosen.inputs, chosen.rate) = (activation, inputs, rate)
    (chosen.decay, chosen.time, chosen.runs) = (decay, time, runs)
    chosen.factors = factors
    return try LearningDynamicsStudy(chosen)
  }
}
