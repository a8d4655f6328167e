import Intrinsic
import IntrinsicMath

/// What the parameters of a model look like, and what its units do on samples.
public struct Inspection: Codable, Sendable {
  /// The least, the middle and the largest of some numbers.
  public struct Spread: Codable, Sendable, Equatable {
    public let least: Double
    public let median: Double
    public let largest: Double

    /// - Parameter values: at least one.
    init(_ values: [Double]) {
      let sorted = values.sorted()
      least = sorted.first!
      largest = sorted.last!
      median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
  }

  /// One layer; units are channels where activities form images.
  public struct Layer: Codable, Sendable {
    public let units: Int
    public let activation: String
    public let parameters: Int
    /// The largest number of parameters of a unit.
    public let parametersOfUnit: Int
    /// ‖w‖ of the incoming weights of each unit, without bias.
    public let incomingNorm: Spread
    /// |w_0| of each unit; nil without biases.
    public let bias: Spread?
    /// ‖w‖ of the outgoing weights of each unit; nil for outputs, and in networks with convolutions,
    /// poolings or sums.
    public let outgoingNorm: Spread?
    /// What the units do; nil without samples.
    public internal(set) var activity: Activity?
  }

  /// What the units of a layer do on samples.
  public struct Activity: Codable, Sendable {
    /// E[a] of each unit.
    public let mean: Spread
    /// Var(a) of each unit.
    public let variance: Spread
    /// Units whose derivative r is 0 on every sample: they do not learn.
    public let dead: Int
    /// Units that are saturated, |r| below 1 % of the largest possible value, on more than half of
    /// the samples; nil for activations that do not saturate.
    public let saturated: Int?
    /// E[c] of each unit, c the reduced backpropagated modulus; nil without a Fisher metric.
    public let modulus: Spread?
    /// The condition number of each unit's matrix E[ã ãᵀ c], scaled to a diagonal of ones: how
    /// correlated its inputs are; infinite if it is singular. Nil without a Fisher metric, for
    /// convolutions and layers without parameters, and beyond the ``Limits``.
    public let condition: Spread?
  }

  /// What is left out of large networks.
  public let limits: Limits
  public let inputs: Int
  public let parameters: Int
  public let output: OutputModel
  public let layers: [Layer]
  /// The number of samples, the first of those given.
  public let samples: Int?
  /// The number of samples given.
  public let givenSamples: Int?
  /// The mean loss in nats of the samples and the fraction of wrong classes.
  public let evaluation: Evaluation?
  /// The path norm (α = 0), and with samples α = 1 with their variance and with their second moment;
  /// nil for normalized networks, where paths have no size.
  public let paths: [PathSize]?
  /// Nil for normalized networks, and for those with convolutions, poolings or sums.
  public let freedom: Freedom?

  /// Looks at a model.
  ///
  /// - Parameters:
  ///   - model: what is inspected.
  ///   - samples: what the units are shown; nil for the parameters alone.
  ///   - limits: what to leave out.
  /// - Complexity: a forward pass, a backward pass, for condition numbers the eigenvalues of one matrix
  ///   a unit and the singular values of ∂f/∂w.
  public init(_ model: Model, on samples: Samples<Double>? = nil, limits: Limits = .init()) {
    let network = model.network
    inputs = network.inputCount
    parameters = network.parameterCount
    output = network.output
    self.limits = limits
    let shown = samples.map { $0.first(max(limits.activities / network.rowCount, 1)) }
    (self.samples, givenSamples) = (shown?.count, samples?.count)
    var layers = Self.layers(model)
    var loaded: Workspace<Double>?
    if let shown {
      let workspace = Workspace<Double>(network, maximumBatchSize: shown.count)
      evaluation = Evaluation(of: model.parameters, on: shown, with: workspace)
      workspace.load(shown)
      workspace.forward(model.parameters)
      let pass = ActivityPass(model, workspace, limits)
      for index in layers.indices { layers[index].activity = pass.activity(index) }
      loaded = workspace
    } else {
      evaluation = nil
    }
    self.layers = layers
    paths = network.isNormalized ? nil : Self.pathSizes(model, loaded)
    freedom =
      network.isNormalized || network.hasCombinedSignals
      ? nil : Freedom(model, shown?.inputs, limits)
  }

  private static func layers(_ model: Model) -> [Layer] {
    let network = model.network
    var outgoing = [Double](repeating: 0, count: network.rowCount)
    var incoming: [[Double]] = []
    var biases: [[Double]] = []
    for (index, layer) in network.layers.enumerated() {
      var norms: [Double] = []
      var magnitudes: [Double] = []
      let isPlain = !layer.connection.sharesParameters
      for unit in 0..<layer.unitCount {
        var square = 0.0
        let rows = isPlain ? layer.connection.incomingRows(of: unit) : []
        for (position, parameter) in network.parameters(layer: index, unit: unit).enumerated() {
          let w = model.parameters[parameter]
          if position == 0 && layer.hasBias {
            magnitudes.append(abs(w))
          } else {
            square += w * w
            if isPlain { outgoing[rows[position]] += w * w }
          }
        }
        norms.append(square.squareRoot())
      }
      incoming.append(norms)
      biases.append(magnitudes)
    }
    return network.layers.enumerated().map { index, layer in
      Layer(
        units: layer.unitCount, activation: "\(layer.activation)",
        parameters: layer.parameters.count,
        parametersOfUnit: (0..<layer.unitCount).map {
          network.parameters(layer: index, unit: $0).count
        }.max()!, incomingNorm: Spread(incoming[index]),
        bias: biases[index].isEmpty ? nil : Spread(biases[index]),
        outgoingNorm: index == network.layers.count - 1 || network.hasCombinedSignals
          ? nil : Spread(layer.rows.map { outgoing[$0].squareRoot() }))
    }
  }
}

extension Samples {
  /// The first samples, all if there are no more.
  fileprivate func first(_ limit: Int) -> Samples {
    count <= limit ? self : subset(0..<limit)
  }
}
