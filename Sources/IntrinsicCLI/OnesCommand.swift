import ArgumentParser
import IntrinsicStudies

struct OnesCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "ones",
    abstract: "Backpropagation learns faster with 1's (Ollivier 2015, Figure 1).")

  private static let defaults = OnesStudy.Options(seed: 0)

  @Option(parsing: .unconditional, help: "Bits of the sequence.")
  var length = Self.defaults.length

  @Option(parsing: .unconditional, help: "Ones among them; the paper has 75 %.")
  var ones = Self.defaults.ones

  @Option(parsing: .unconditional, help: "Step size.")
  var rate = Self.defaults.rate

  @Option(parsing: .unconditional, help: "Steps.")
  var steps = Self.defaults.steps

  @Option(parsing: .unconditional, help: "ε added to every metric.")
  var damping = Self.defaults.damping

  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> OnesStudy {
    var chosen = OnesStudy.Options(seed: seed)
    (chosen.length, chosen.ones, chosen.rate) = (length, ones, rate)
    (chosen.steps, chosen.damping) = (steps, damping)
    return try OnesStudy(chosen)
  }
}
