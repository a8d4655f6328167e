import IntrinsicData
import IntrinsicMath

/// The exact state of a training, part by part under names.
///
/// Whatever has state hands its parts to `carry`, which writes them while saving and overwrites them
/// while restoring: what is saved and what is restored cannot differ. All values keep their bits.
final class StateArchive<T: Scalar> {
  /// What has been saved so far.
  private(set) var tensors: [NamedTensor] = []
  /// Whether parts are overwritten.
  let isRestoring: Bool
  /// The first part that was missing or of another shape.
  private(set) var fault: String?
  private let stored: [String: Tensor]
  private var used: Set<String> = []
  private var path = ""

  /// An archive to save to.
  init() {
    isRestoring = false
    stored = [:]
  }

  /// An archive to restore from.
  init(restoring tensors: [NamedTensor]) {
    isRestoring = true
    stored = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
  }

  /// A stored part that nothing has asked for.
  var unused: String? { stored.keys.filter { !used.contains($0) }.min() }

  /// Records that the value of a part makes no sense.
  func refuse(_ name: String) { fault = fault ?? path + name }

  /// Puts a name before those of all parts that `body` carries.
  func within(_ name: String, _ body: () -> Void) {
    let outer = path
    path += name + "."
    body()
    path = outer
  }

  /// Carries the contents of memory.
  func carry(_ name: String, _ buffer: Buffer<T>) {
    let raw = UnsafeMutableRawBufferPointer(
      start: buffer.pointer, count: buffer.count * MemoryLayout<T>.stride)
    exchange(
      name, T.self == Float.self ? .float32 : .float64, count: buffer.count, save: { [UInt8](raw) },
      restore: { raw.copyBytes(from: $0) })
  }

  /// Carries whole numbers, always as many.
  func carry(_ name: String, _ values: inout [Int]) {
    let count = values.count
    exchange(
      name, .int64, count: count,
      save: { values.withUnsafeBytes { [UInt8]($0) } },
      restore: { bytes in
        values = [Int](repeating: 0, count: count)
        values.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
      })
  }

  func carry(_ name: String, _ value: inout Int) {
    var list = [value]
    carry(name, &list)
    value = list[0]
  }

  func carry(_ name: String, _ value: inout Bool) {
    var number = value ? 1 : 0
    carry(name, &number)
    value = number != 0
  }

  func carry(_ name: String, _ values: inout [Bool]) {
    var numbers = values.map { $0 ? 1 : 0 }
    carry(name, &numbers)
    values = numbers.map { $0 != 0 }
  }

  func carry(_ name: String, _ value: inout Double) {
    var number = Int(bitPattern: UInt(value.bitPattern))
    carry(name, &number)
    value = Double(bitPattern: UInt64(UInt(bitPattern: number)))
  }

  func carry(_ name: String, _ value: inout T) {
    let buffer = Buffer([value])
    carry(name, buffer)
    value = buffer[0]
  }

  func carry(_ name: String, _ stream: inout RandomStream) {
    var words = stream.words.map { Int(bitPattern: UInt($0)) }
    carry(name, &words)
    stream.words = words.map { UInt64(UInt(bitPattern: $0)) }
  }

  func carry(_ name: String, _ stream: inout VectorRandomStream) {
    var words = stream.words.map { Int(bitPattern: UInt($0)) }
    carry(name, &words)
    stream.words = words.map { UInt64(UInt(bitPattern: $0)) }
  }

  private func exchange(
    _ name: String, _ type: ElementType, count: Int, save: () -> [UInt8],
    restore: ([UInt8]) -> Void
  ) {
    let name = path + name
    guard isRestoring else {
      tensors.append(
        NamedTensor(name, Tensor(elementType: type, shape: [count], bytes: save())))
      return
    }
    used.insert(name)
    guard let tensor = stored[name], tensor.elementType == type, tensor.shape == [count] else {
      fault = fault ?? name
      return
    }
    restore(tensor.bytes)
  }
}
