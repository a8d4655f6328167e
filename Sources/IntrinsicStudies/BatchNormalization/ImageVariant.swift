import Intrinsic
import IntrinsicMath

extension BatchNormalizationStudy {
  /// A way to train the network on images.
  package enum Variant: Hashable, Sendable {
    /// Without normalization.
    case plain
    /// With one member of the family of normalizations in all hidden layers.
    case normalized(Family, batch: Int, dropout: Bool)
    /// Batch normalization in one hidden layer only, counted from 0.
    case oneLayer(Int, batch: Int)
    /// Population normalization with the adaptive gamma decay of batches of `noiseOf`.
    case population(batch: Int, noiseOf: Int)

    /// A member of the family of normalizations.
    package enum Family: String, CaseIterable, Sendable {
      case batch = "BN"
      case weight = "WN"
      case meanOnly = "WN + mean-only BN"
      case varianceOnly = "WN + variance-only BN"

      var normalization: Normalization {
        switch self {
        case .batch: .batch
        case .weight: .weight
        case .meanOnly: .meanOnly
        case .varianceOnly: .varianceOnly
        }
      }
    }

    func batch(_ options: Options) -> Int {
      switch self {
      case .plain: options.smallBatch
      case .normalized(_, let batch, _), .oneLayer(_, let batch), .population(let batch, _): batch
      }
    }

    /// As in legends, such as `BN, M = 64`.
    var title: String {
      switch self {
      case .plain: "vanilla SGD"
      case .normalized(let family, let batch, let dropout):
        "\(family.rawValue), M = \(batch)\(dropout ? ", dropout" : "")"
      case .oneLayer(let layer, let batch): "BN in layer \(layer + 1), M = \(batch)"
      case .population(let batch, let noise):
        "PN + gamma decay of M = \(noise), batches of \(batch)"
      }
    }

    /// The normalization of a hidden layer.
    func normalization(layer: Int) -> Normalization? {
      switch self {
      case .plain: nil
      case .normalized(let family, _, _): family.normalization
      case .oneLayer(let only, _): only == layer ? .batch : nil
      case .population: .batch
      }
    }

    /// The probability that an activity after the normalization is dropped (Luo et al. 2019, §5).
    var dropout: Double {
      switch self {
      case .normalized(.batch, _, true): 0.125
      case .normalized(_, _, true): 0.25
      default: 0
      }
    }
  }
}
