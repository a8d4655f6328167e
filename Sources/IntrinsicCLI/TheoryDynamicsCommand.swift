import ArgumentParser
import IntrinsicStudies
import IntrinsicTheory

struct TheoryDynamicsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dynamics",
    abstract: "Order parameters of online learning over time.")

  enum Learner: String, ExpressibleByArgument, CaseIterable {
    case batchNormalization = "batch-normalization"
    case weightNormalization = "weight-normalization"
    case gradientDescent = "gradient-descent"
  }

  @Option(help: "Who learns.")
  var learner = Learner.batchNormalization

  @Option(help: "Activation of teacher and student.")
  var activation = LearningDynamicsStudy.ActivationName.relu

  @Option(parsing: .unconditional, help: "Learning rate η.")
  var rate = 0.3

  @Option(parsing: .unconditional, help: "Gamma decay ζ that stands for batch normalization.")
  var decay = 0.1

  @Option(parsing: .unconditional, help: "Scale γ at the start.")
  var gamma = 0.5

  @Option(parsing: .unconditional, help: "Overlap R with the teacher at the start.")
  var overlap = 0.1

  @Option(parsing: .unconditional, help: "Length L of the weights at the start.")
  var length = 1.0

  @Option(parsing: .unconditional, help: "Time, in steps/N, until which it learns.")
  var until = 30.0

  @Option(parsing: .unconditional, help: "Intervals of time, each with a row at its end.")
  var points = 15

  @OptionGroup var output: TheoryOutput

  func validate() throws {
    guard until > 0, until <= 1e6 else {
      throw ValidationError("--until \(until): a positive time of at most 1e6 is needed")
    }
    guard (1...1_000_000).contains(points) else {
      throw ValidationError("--points \(points): 1 to 1,000,000 are possible")
    }
  }

  func run() throws {
    try output.print { () throws(TheoryError) in
      let method: LearningDynamics.Method =
        switch learner {
        case .batchNormalization: .batchNormalization(decay: decay)
        case .weightNormalization: .weightNormalization
        case .gradientDescent: .gradientDescent
        }
      return try .dynamics(
        LearningDynamics(method, activation.activation, rate: rate),
        from: OrderParameters(gamma: gamma, overlap: overlap, length: length), until: until,
        points: points)
    }
  }
}
