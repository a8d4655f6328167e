import ArgumentParser
import IntrinsicStudies

extension LearningDynamicsStudy.ActivationName: ExpressibleByArgument {}

struct LearningDynamicsCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "learning-dynamics",
    abstract: "Order parameters of online learning, and its rates (Luo et al. 2019, Table 1).")

  @Option(help: "Activation of teacher and student.")
  var activation = LearningDynamicsStudy.ActivationName.relu

  @Option(parsing: .unconditional, help: "Inputs N of the simulations.")
  var inputs = 1000

  @Option(parsing: .unconditional, help: "Learning rate η of the courses.")
  var rate = 0.3

  @Option(parsing: .unconditional, help: "Gamma decay ζ that stands for batch normalization.")
  var decay = 0.1

  @Option(parsing: .unconditional, help: "Time, in steps/N, that courses last.")
  var time = 60.0

  @Option(parsing: .unconditional, help: "Simulations of each course.")
  var runs = 4

  @Option(
    parsing: .upToNextOption,
    help: "Learning rates to compare, as multiples of the maximum rate of gradient descent.")
  var factors = [0.1, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 4]

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
