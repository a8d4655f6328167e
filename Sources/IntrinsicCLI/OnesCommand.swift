import ArgumentParser
import IntrinsicStudies

struct OnesCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "ones",
    abstract: "Backpropagation learns faster with 1's (Ollivier 2015, Figure 1).")

  @Option(parsing: .unconditional, help: "Bits of the sequence.")
  var length = 50

  @Option(parsing: .unconditional, help: "Ones among them; the paper has 75 %.")
  var ones = 38

  @Option(parsing: .unconditional, help: "Step size.")
  var rate = 0.01

  @Option(parsing: .unconditional, help: "Steps.")
  var steps = 100

  @Option(parsing: .unconditional, help: "ε added to every metric.")
  var damping = 1e-4

  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> OnesStudy {
    var chosen = OnesStudy.Options(seed: seed)
    (chosen.length, chosen.ones, chosen.rate) = (length, ones, rate)
    (chosen.steps, chosen.damping) = (steps, damping)
    return try OnesStudy(chosen)
  }
}
