import Intrinsic
import Testing

@testable import IntrinsicStudies

struct MethodOptionsTests {
  private func options(_ change: (inout MethodOptions) -> Void) -> MethodOptions {
    var options = MethodOptions()
    change(&options)
    return options
  }

  @Test func `the default is the method that needs no tuning, with its step size`() {
    #expect(MethodOptions().method == .automatic)
    #expect(MethodOptions().stepSize(epochs: 3, perEpoch: 10) == .constant(1))
    // Any setting of the metric is instead of all of the default's.
    #expect(
      options { $0.damping = 0.1 }.method
        == .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.1)))
    #expect(options { $0.stepSize = 0.1 }.method == .quasiDiagonal)
    #expect(options { $0.trustRegion = 0.2 }.method == .quasiDiagonal.within(nats: 0.2))
    #expect(
      options {
        ($0.name, $0.momentum, $0.weightDecay, $0.clipNorm) = (.adam, 0.5, 0.1, 2)
      }.method == Optimizer.adam.withMomentum(0.5).withWeightDecay(0.1).clipped(toGradientNorm: 2))
  }

  @Test func `schedules count in epochs`() {
    func schedule(_ change: (inout MethodOptions) -> Void) -> StepSize {
      options {
        $0.stepSize = 0.5
        change(&$0)
      }.stepSize(epochs: 4, perEpoch: 10)
    }
    #expect(
      schedule {
        $0.schedule = .step
        $0.decayEvery = 2
      } == .steps(initial: 0.5, factor: 0.5, every: 20))
    #expect(
      schedule {
        $0.schedule = .inverseTime
        $0.decay = 3
      } == .inverseTime(initial: 0.5, rate: 0.3))
    #expect(
      schedule { $0.schedule = .cosine } == .cosine(initial: 0.5, final: 0, over: 40))
    #expect(
      schedule {
        $0.schedule = .cosine
        $0.warmUp = 0.5
      } == .warmUp(steps: 5, then: .cosine(initial: 0.5, final: 0, over: 35)))
  }

  @Test func `what makes no sense is refused by name`() {
    let cases: [(String, (inout MethodOptions) -> Void)] = [
      ("step-size", { $0.stepSize = 0 }), ("decay", { $0.decay = 1 }),
      (
        "decay",
        {
          $0.schedule = .step
          $0.decay = 1
        }
      ),
      ("warm-up", { $0.warmUp = -1 }), ("damping", { $0.damping = -1 }),
      ("averaging-rate", { $0.averagingRate = 0 }), ("refresh", { $0.refresh = 0 }),
      ("batch-fraction", { $0.batchFraction = 1.5 }),
      (
        "damping",
        {
          $0.name = .adam
          $0.damping = 1
        }
      ),
      (
        "refresh",
        {
          $0.name = .momentum
          $0.refresh = 2
        }
      ),
    ]
    for (option, change) in cases {
      let error = #expect(throws: OptionError.self) { try options(change).check() }
      #expect(error?.option == option)
    }
  }

  @Test func `every method of the list exists for a plain network`() throws {
    let text = try NetworkText("fc3 fc2")
    for name in MethodOptions.Name.allCases {
      var options = TrainRun.Options(data: "", network: text, seed: 1)
      options.method.name = name
      #expect(throws: Never.self, "\(name)") { try TrainRun.check(options) }
    }
  }
}
