import Testing

@testable import IntrinsicStudies

struct AutoencoderStudyTests {
  private func result(
    seed: UInt64 = 5, threads: Int = 1,
    _ change: (inout AutoencoderStudy.Options) -> Void = { _ in }
  ) throws -> AutoencoderResult {
    var options = AutoencoderStudy.Options(seed: seed, threads: threads)
    options.runs = 1
    options.passes = 200
    change(&options)
    return try #require(try AutoencoderStudy(options).run())
  }

  @Test func `a seed fixes every loss bit for bit, whatever the number of threads`() throws {
    let first = try result()
    for (other, threads) in [(try result(), 1), (try result(threads: 2), 2)] {
      #expect(first.trainings.count == 28 && other.trainings.count == 28)
      for (a, b) in zip(first.trainings, other.trainings) {
        let name = "\(first.methods[a.method].identifier), \(a.activation), \(threads) threads"
        #expect(a.method == b.method && a.activation == b.activation && a.run == b.run)
        #expect(a.iterations == b.iterations, "\(name)")
        #expect(a.bits == b.bits, "\(name)")
        #expect(a.rejections == b.rejections, "\(name)")
      }
      for (a, b) in zip(first.invariance.curves, other.invariance.curves) {
        #expect(a.deviation == b.deviation, "\(a.title)")
      }
    }
    let another = try result(seed: 6) { $0.methods = [.adagrad] }
    #expect(another.trainings[0].bits != first.trainings[0].bits)
  }

  @Test func `losses start equal on both sides, never rise, and end lower`() throws {
    let result = try result(threads: 2)
    for training in result.trainings {
      let name = "\(result.methods[training.method].identifier), \(training.activation)"
      #expect(training.failure == nil, "\(name)")
      #expect(training.iterations.first == 0 && training.seconds.first! >= 0)
      // Rejected steps are undone, so a recorded loss is that of the best parameters so far.
      #expect(zip(training.bits, training.bits.dropFirst()).allSatisfy { $0 >= $1 }, "\(name)")
      #expect(training.bits.last! < training.bits[0], "\(name)")
      #expect(abs(training.bits[0] - result.trainings[0].bits[0]) < 1e-10, "\(name)")
      #expect(zip(training.seconds, training.seconds.dropFirst()).allSatisfy { $0 < $1 })
      #expect(zip(training.iterations, training.iterations.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test func `iterations scale with the passes as in Table 1 of the paper, at least one`() throws {
    let result = try result(threads: 2) { $0.passes = 100 }
    for (index, method) in result.methods.enumerated() {
      let counts = result.trainings.filter { $0.method == index }.map { $0.iterations.last! }
      let expected = max(1, Int((Double(method.iterations) / 100).rounded()))
      #expect(counts == [expected, expected], "\(method.identifier)")
    }
    #expect(result.method(.natural)?.iterations == 10)
  }

  @Test func `runs are different instances, and one run is the first of many`() throws {
    let two = try result(threads: 2) {
      $0.runs = 2; $0.methods = [.adagrad]; $0.passes = 20
    }
    let one = try result {
      $0.methods = [.adagrad]; $0.passes = 20
    }
    #expect(two.trainings.map(\.run).sorted() == [0, 0, 0, 0, 1, 1, 1, 1])
    let first = two.trainings.filter { $0.run == 0 }
    #expect(first.map(\.bits) == one.trainings.map(\.bits))
    #expect(two.trainings.filter { $0.run == 1 }.map(\.bits) != first.map(\.bits))
  }

  @Test func `a budget of processor time is used up and hardly exceeded`() throws {
    let seconds = 0.05
    let result = try result(threads: 2) {
      $0.budget = .time
      $0.seconds = seconds
      $0.methods = AutoencoderStudy.MethodName.allCases.filter { $0 != .natural }
    }
    for training in result.trainings {
      let name = "\(result.methods[training.method].identifier), \(training.activation)"
      #expect(training.seconds.last! >= seconds, "\(name)")
      #expect(training.seconds.dropLast().last! < seconds, "\(name)")
      // Ten iterations between two looks at the clock take some milliseconds at most.
      #expect(training.seconds.last! < seconds + 0.1, "\(name)")
      #expect(training.iterations.last! > 20, "\(name)")
    }
  }

  @Test func `without given seconds all methods get the time of backpropagation`() throws {
    let result = try result {
      $0.budget = .time
      $0.passes = 3000
      $0.methods = [.diagonalGaussNewton, .quasiDiagonalNatural]
    }
    for activation in AutoencoderStudy.ActivationName.allCases {
      let trainings = result.trainings.filter { $0.activation == activation }
      let seconds = trainings[0].seconds.last!
      #expect(trainings[0].iterations.last == 3000)
      for training in trainings.dropFirst() {
        #expect(training.seconds.last! >= seconds && training.seconds.last! < seconds + 0.1)
        #expect(training.iterations.last! < 3000)
      }
    }
  }

  @Test(arguments: [1e-9, 1e-7])
  func `a time too short for one iteration is an error that names the method`(
    seconds: Double
  ) throws {
    let error = #expect(throws: AutoencoderStudy.StudyError.self) {
      try result {
        $0.budget = .time; $0.seconds = seconds
      }
    }
    let message = "\(try #require(error))"
    #expect(message.contains("Backpropagation") && message.contains("too small"))
  }

  @Test(arguments: [
    ("runs", "0"), ("runs", "-1"), ("runs", "\(Int.max)"), ("passes", "0"),
    ("passes", "\(Int.max)"), ("threads", "0"), ("damping", "-1.0"), ("damping", "nan"),
    ("damping", "inf"), ("monte-carlo-samples", "0"), ("monte-carlo-samples", "\(Int.max)"),
    ("seconds", "0.0"), ("seconds", "-1.0"), ("seconds", "nan"), ("methods", "(none)"),
  ])
  func `a senseless option is named together with its value`(
    option: String, value: String
  ) throws {
    let error = #expect(throws: OptionError.self) {
      try result {
        switch option {
        case "runs": $0.runs = Int(value)!
        case "passes": $0.passes = Int(value)!
        case "threads": $0.threads = Int(value)!
        case "damping": $0.damping = Double(value)!
        case "monte-carlo-samples": $0.monteCarloSamples = [1, Int(value)!]
        case "seconds": ($0.budget, $0.seconds) = (.time, Double(value)!)
        default: $0.methods = []
        }
      }
    }
    #expect("\(try #require(error))".hasPrefix("--\(option) \(value): "))
  }

  @Test func `backpropagation always runs, and first, and no method twice`() throws {
    var options = AutoencoderStudy.Options(seed: 1, threads: 1)
    options.methods = [.monteCarloUnitwise, .adagrad, .adagrad]
    options.monteCarloSamples = [10, 2, 10]
    let study = try AutoencoderStudy(options)
    #expect(
      study.methods.map(\.identifier)
        == ["backpropagation", "adagrad", "monte-carlo-unitwise-2", "monte-carlo-unitwise-10"])
    #expect(study.pieceCount == 20 * 4 * 2)
  }
}
