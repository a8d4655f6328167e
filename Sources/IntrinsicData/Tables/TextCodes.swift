/// Different texts numbered in the order of their first appearance, found by their bytes.
struct TextCodes {
  private(set) var texts: [[UInt8]] = []
  /// For each slot of a hash table a text's number, or −1.
  private var slots: [Int]

  init() { slots = [Int](repeating: -1, count: 64) }

  /// The number of a text, which is new or known.
  mutating func code(of text: UnsafeBufferPointer<UInt8>) -> Int {
    var slot = Self.hash(text) & (slots.count - 1)
    while slots[slot] >= 0 {
      if texts[slots[slot]].elementsEqual(text) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = texts.count
    texts.append(Array(text))
    if 2 * texts.count > slots.count { grow() }
    return texts.count - 1
  }

  private mutating func grow() {
    slots = [Int](repeating: -1, count: 4 * slots.count)
    for (code, text) in texts.enumerated() {
      var slot = text.withUnsafeBufferPointer { Self.hash($0) } & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = code
    }
  }

  private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
