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

  /// One layer.
  public struct Layer: Codable, Sendable {
    public let units: Int
    public let activation: String
    public let parameters: Int
    /// ‖w‖ of the incoming weights of each unit, without bias.
    public let incomingNorm: Spread
    /// |w_0| of each unit; nil without biases.
    public let bias: Spread?
    /// ‖w‖ of the outgoing weights of each unit; nil for outputs.
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
    /// correlated its inputs are; infinite if it is singular. Nil without a Fisher metric, and for
    /// layers with more than ``largestMatrix`` incoming parameters.
    public let condition: Spread?
  }

  /// Condition numbers are computed up to this many incoming parameters.
  public static let largestMatrix = 1_000
  /// The rank of ∂f/∂w is computed up to this many parameters.
  public static let largestJacobian = 2_000

  public let inputs: Int
  public let parameters: Int
  public let output: OutputModel
  public let layers: [Layer]
  /// The number of samples, their mean loss in nats and the fraction of wrong classes.
  public let samples: Int?
  public let evaluation: Evaluation?
  /// The path norm (α = 0), and with samples α = 1 with their variance and with their second moment;
  /// nil for normalized networks, where paths have no size.
  public let paths: [PathSize]?
  /// Nil for normalized networks.
  public let freedom: Freedom?

  /// - Parameter samples: what the units are shown; nil for the parameters alone.
  ///
  /// Costs a forward pass, a backward pass, for condition numbers the eigenvalues of one matrix a unit
  /// and the singular values of ∂f/∂w.
  public init(_ model: Model, on samples: Samples<Double>? = nil) {
    let network = model.network
    inputs = network.inputCount
    parameters = network.parameterCount
    output = network.output
    self.samples = samples?.count
    var layers = Self.layers(model)
    var loaded: Workspace<Double>?
    if let samples {
      let workspace = Workspace<Double>(network, capacity: samples.count)
      evaluation = Evaluation(of: model.parameters, on: samples, with: workspace)
      workspace.load(samples)
      workspace.forward(model.parameters)
      let pass = ActivityPass(model, workspace)
      for index in layers.indices { layers[index].activity = pass.activity(index) }
      loaded = workspace
    } else {
      evaluation = nil
    }
    self.layers = layers
    paths = network.isNormalized ? nil : Self.pathSizes(model, loaded)
    freedom = network.isNormalized ? nil : Freedom(model, samples?.inputs)
  }

  private static func layers(_ model: Model) -> [Layer] {
    let network = model.network
    var outgoing = [Double](repeating: 0, count: network.rowCount)
    var incoming: [[Double]] = []
    var biases: [[Double]] = []
    for (index, layer) in network.layers.enumerated() {
      var norms: [Double] = []
      var own: [Double] = []
      for unit in 0..<layer.rows.count {
        var square = 0.0
        let edges = zip(
          network.parameters(layer: index, unit: unit),
          layer.connection.incomingRows(of: unit))
        for (position, (parameter, row)) in edges.enumerated() {
          let w = model.parameters[parameter]
          if position == 0 && layer.hasBias {
            own.append(abs(w))
          } else {
            square += w * w
            outgoing[row] += w * w
          }
        }
        norms.append(square.squareRoot())
      }
      incoming.append(norms)
      biases.append(own)
    }
    return network.layers.enumerated().map { index, layer in
      Layer(
        units: layer.rows.count, activation: "\(layer.activation)",
        parameters: layer.parameters.count, incomingNorm: Spread(incoming[index]),
        bias: biases[index].isEmpty ? nil : Spread(biases[index]),
        outgoingNorm: index == network.layers.count - 1
          ? nil : Spread(layer.rows.map { outgoing[$0].squareRoot() }))
    }
  }
}
