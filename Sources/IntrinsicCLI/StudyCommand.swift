import ArgumentParser

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Reproduces a published figure or table.",
    subcommands: [
      AutoencoderCommand.self, BatchNormalizationCommand.self, DegreesOfFreedomCommand.self,
      GammaDecayCommand.self, GeneralizationCommand.self, LearningDynamicsCommand.self,
      OnesCommand.self, PathCommand.self, PoissonCommand.self, PropertiesCommand.self,
      RegressionCommand.self,
      DefaultsCommand.self,
      RescalingCommand.self,
      ScalingCommand.self, WeightNormalizationCommand.self, UnknownStudyCommand.self,
    ],
    defaultSubcommand: UnknownStudyCommand.self)
}

/// Answers a missing or unknown name with those that exist.
struct UnknownStudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", shouldDisplay: false)

  @Argument(parsing: .allUnrecognized) var words: [String] = []

  func run() throws {
    var studies = ""
    for command in StudyCommand.configuration.subcommands {
      let configuration = command.configuration
      if configuration.shouldDisplay {
        studies += "\n  \(configuration.commandName ?? ""): \(configuration.abstract)"
      }
    }
    guard let name = words.first else {
      print("Studies (run one by its name):" + studies)
      return
    }
    throw ValidationError("there is no study '\(name)'; the studies are:" + studies)
  }
}
