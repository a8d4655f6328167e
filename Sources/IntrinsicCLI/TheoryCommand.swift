import ArgumentParser
import IntrinsicStudies
import IntrinsicTheory

struct TheoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory",
    abstract:
      "Closed forms and learning curves of batch and weight normalization (Luo et al. 2019).",
    subcommands: [
      TheoryGeneralizationCommand.self, TheoryRatesCommand.self, TheoryDynamicsCommand.self,
      TheoryGammaDecayCommand.self,
    ])
}

/// Prints a report, or what is wrong with the arguments.
struct TheoryOutput: ParsableArguments {
  @Option(help: "How results are printed.")
  var format = OutputFormat.text

  func print<Row>(_ report: () throws(TheoryError) -> TheoryReport<Row>) throws {
    let made: TheoryReport<Row>
    do { made = try report() } catch {
      if case .outOfRange = error { throw ValidationError("\(error)") }
      StandardError.write("Error: \(error)")
      throw ExitCode.runFailed
    }
    switch format {
    case .text: Swift.print(made.table.rendered(), terminator: "")
    case .csv: Swift.print(made.table.csv(), terminator: "")
    case .json: Swift.print(try JSONText.of(made.rows))
    }
  }
}

struct TheoryGeneralizationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generalization",
    abstract: "Generalization errors of a linear teacher's students.",
    discussion: """
      Weight normalization (WN) has the loss (1/P) Σ (y − f)² + ζγ², which is ridge regression with \
      z = αζ. “BN in the end” is what training with batch normalization converges to.
      """)

  @Option(parsing: .upToNextOption, help: "Loads α = P/N.")
  var loads = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 3]

  @Option(parsing: .unconditional, help: "Variance σ² of the teacher's noise.")
  var noise = 0.25

  @Option(parsing: .unconditional, help: "Samples M of a batch.")
  var batch = 32

  @Option(parsing: .upToNextOption, help: "Coefficients ζ of γ² in the loss.")
  var decays = [0.25]

  @OptionGroup var output: TheoryOutput

  func run() throws {
    try output.print { () throws(TheoryError) in
      try .generalization(loads: loads, noise: noise, batch: batch, decays: decays)
    }
  }
}

struct TheoryRatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rates",
    abstract: "Fixed points, maximum and effective learning rates of a perceptron.")

  @Option(help: "Activation of teacher and student.")
  var activation = LearningDynamicsStudy.ActivationName.relu

  @Option(parsing: .unconditional, help: "Learning rate η.")
  var rate = 0.1

  @Option(parsing: .upToNextOption, help: "Gamma decays ζ that stand for batch normalization.")
  var decays = [0.05, 0.1, 0.3]

  @Option(parsing: .unconditional, help: "Length L₀ of normalized weights.")
  var length = 1.0

  @OptionGroup var output: TheoryOutput

  func run() throws {
    try output.print { () throws(TheoryError) in
      try .rates(activation.activation, rate: rate, decays: decays, length: length)
    }
  }
}

struct TheoryGammaDecayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gamma-decay",
    abstract: "The penalty on γ² by which batch noise acts.")

  @Option(parsing: .upToNextOption, help: "Samples M of a batch.")
  var batches = [4, 8, 16, 32, 64, 128, 256]

  @Option(parsing: .unconditional, help: "Scale γ of the unit.")
  var gamma = 1.0

  @Option(parsing: .unconditional, help: "Shift β of the unit.")
  var beta = 0.0

  @OptionGroup var output: TheoryOutput

  func run() throws {
    try output.print { () throws(TheoryError) in
      try .gammaDecay(batches: batches, gamma: gamma, beta: beta)
    }
  }
}
