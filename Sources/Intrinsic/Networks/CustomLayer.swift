import Foundation
import IntrinsicMath

/// A kind of layer of the caller's: how its units read earlier ones.
///
/// The value holds what distinguishes one such layer from another, and is what a network file stores.
/// ``WiredLayer`` says it by edges, without a product to write; ``connection(at:)`` gives a ``Connection`` of
/// one's own where speed matters (<doc:WritingANewLayer>).
public protocol CustomLayer: Codable, Sendable {
  /// The name of the kind in files: lower-case letters and hyphens.
  static var name: String { get }

  /// The number of units, which own parameters.
  var units: Int { get }

  /// The shape of the activities where a unit has several with the same parameters, its channels the units;
  /// nil, unless given, for one activity a unit.
  var image: ImageShape? { get }

  /// The connection in its place, made when a network is built.
  func connection(at place: ConnectionPlace) -> any Connection
}

extension CustomLayer {
  public var image: ImageShape? { nil }
}

/// A layer of the caller's that is given by its edges.
///
///     struct LocallyConnected: WiredLayer {
///       static let name = "locally-connected"
///       var units: Int
///       var width: Int
///
///       func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] {
///         (unit..<unit + width).map { $0 }
///       }
///     }
///     builder.connect(LocallyConnected(units: 6, width: 3), .tanh)
///
/// Its products go edge by edge, at some nanoseconds each for a sample.
public protocol WiredLayer: CustomLayer {
  /// The units that a unit reads at a position, bias left out, one for each of its weights and no unit twice;
  /// nil where a weight multiplies 0 there, beside an image.
  ///
  /// - Parameters:
  ///   - unit: from 0, below the number of units.
  ///   - position: from 0, where parameters are shared between positions.
  ///   - count: the number of units that can be read, which are numbered from 0 through the layers
  ///     given to the builder; those of images by pixel, then channel.
  func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?]
}

extension WiredLayer {
  public func connection(at place: ConnectionPlace) -> any Connection {
    let readable = place.sources.flatMap { Array($0) }
    let bias = place.hasBias ? [0] : []
    let positions = image?.positions ?? 1
    return WiredConnection(
      rows: (0..<positions).map { position in
        (0..<units).map { unit in
          let incoming = incoming(of: unit, at: position, reading: readable.count)
          let read = incoming.compactMap { $0 }
          precondition(
            read.allSatisfy(readable.indices.contains) && Set(read).count == read.count,
            "\(Self.name): unit \(unit) reads \(read) of \(readable.count) units, not each once")
          return bias + incoming.map { $0.map { readable[$0] } ?? -1 }
        }
      }, firstHiddenRow: place.firstHiddenRow)
  }
}

extension Network {
  /// Makes a kind of layer of the caller's known by its name to files; one of the same name is replaced. A
  /// program that reads a network with such a layer calls this first.
  public static func register(_ kind: (some CustomLayer).Type) {
    precondition(
      !kind.name.isEmpty && kind.name.allSatisfy { $0.isLowercase && $0.isASCII || $0 == "-" },
      "a layer named “\(kind.name)”; a name has lower-case letters and hyphens only")
    CustomLayerDescription.registry[kind.name] = { text in
      try JSONDecoder().decode(kind, from: Data(text.utf8))
    }
  }
}

/// A layer of the caller's as a file has it: its kind, and its value as JSON.
struct CustomLayerDescription: Codable, Equatable {
  let name: String
  let value: String

  fileprivate static let registry = Registry<(String) throws -> any CustomLayer>()

  init(_ layer: some CustomLayer) {
    name = type(of: layer).name
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do { value = String(decoding: try encoder.encode(layer), as: UTF8.self) } catch {
      preconditionFailure("\(layer) does not encode: \(error)")
    }
  }

  /// The layer, or nil if no kind of this name is registered.
  /// - Throws: what decoding the value throws.
  func layer() throws -> (any CustomLayer)? { try Self.registry[name].map { try $0(value) } }
}
