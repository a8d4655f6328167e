import Foundation

/// NumPy's format for several arrays: a zip archive of npy files.
public enum NPZ {
  /// The tensors as an npz file. Equal tensors give equal files.
  ///
  /// - Parameters:
  ///   - tensors: Their names must differ, and be plain: no empty, `.` or `..` part between
  ///     slashes, no backslash, no control character.
  ///   - compressed: Whether to deflate, as `numpy.savez_compressed` does.
  public static func encode(_ tensors: [NamedTensor], compressed: Bool = false) -> Data {
    encode(tensors, compressed: compressed, into: ZipWriter())
  }

  static func encode(
    _ tensors: [NamedTensor], compressed: Bool, into writer: ZipWriter
  ) -> Data {
    if let name = tensors.firstDuplicate { preconditionFailure("Two tensors are named “\(name)”.") }
    var writer = writer
    for entry in tensors {
      let name = entry.name + suffix
      precondition(ZipMember.isPlain(name), "“\(entry.name)” is not a plain name.")
      writer.add(name, NPY.bytes(of: entry.tensor), deflated: compressed)
    }
    return writer.finished()
  }

  /// The tensors in an npz file, in the order of its directory.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - file: Its name, for messages.
  ///   - limit: The most bytes that compressed members may expand to, all together.
  public static func decode(
    _ data: Data, file: String, limit: Int = DataLimit.expansion
  ) throws(DataError) -> [NamedTensor] {
    let view = ByteView(data, file: file)
    let directory = try ZipDirectory(of: view)
    let members = try members(of: directory, in: view)
    var room = limit
    for member in members where member.member.isDeflated {
      guard member.member.size <= room else {
        throw .tooLarge(view.place(member.member.entryOffset, member: member.name), limit: limit)
      }
      room -= member.member.size
    }
    var tensors: [NamedTensor] = []
    for member in members {
      tensors.append(
        .init(member.name, try tensor(of: member.member, named: member.name, member.data, in: view))
      )
    }
    return tensors
  }

  /// Reads an npz file.
  public static func read(_ url: URL) throws(DataError) -> [NamedTensor] {
    try decode(DataFile.read(url), file: url.path)
  }

  /// Writes an npz file whole.
  public static func write(
    _ tensors: [NamedTensor], compressed: Bool = false, to url: URL
  ) throws(DataError) {
    try AtomicFile.write(encode(tensors, compressed: compressed), to: url)
  }

  private static let suffix = ".npy"

  private typealias Located = (name: String, member: ZipMember, data: Range<Int>)

  /// The members in the directory's order, checked against their headers and each other.
  private static func members(
    of directory: ZipDirectory, in view: ByteView
  ) throws(DataError) -> [Located] {
    var members: [Located] = []
    var names: Set<String> = []
    var position = directory.range.lowerBound
    for _ in 0..<directory.count {
      let member = try ZipMember(of: view, entryAt: position)
      let place = view.place(position, member: member.name)
      guard member.name.hasSuffix(suffix), member.name.utf8.count > suffix.utf8.count else {
        throw .unsupported(
          place, found: "the member is not an array (.npy)", remedy: "Remove it from the archive.")
      }
      let name = String(member.name.dropLast(suffix.count))
      guard names.insert(name).inserted else {
        throw .malformed(place, "the name occurs twice")
      }
      position += member.entryLength
      let data = try member.dataRange(in: view, end: directory.range.lowerBound)
      members.append((name, member, data))
    }
    guard position == directory.range.upperBound else {
      throw .malformed(
        view.place(position),
        "\(directory.count) members are declared, but the central directory ends elsewhere")
    }
    var end = 0
    for member in members.sorted(by: { $0.member.headerOffset < $1.member.headerOffset }) {
      guard member.member.headerOffset >= end else {
        throw .malformed(
          view.place(member.member.headerOffset, member: member.name),
          found: "the member overlaps the one before it",
          remedy: "Do not trust the file; write it again.")
      }
      end = member.data.upperBound
    }
    return members
  }

  private static func tensor(
    of member: ZipMember, named name: String, _ range: Range<Int>, in view: ByteView
  ) throws(DataError) -> Tensor {
    let tensor: Tensor
    let checksum: UInt32
    if member.isDeflated {
      var source = InflatedSource(view, range: range, size: member.size, member: name)
      tensor = try NPY.decode(from: &source)
      try source.requireEnd(range.upperBound)
      checksum = source.checksum
    } else {
      var source = PlainSource(view, range: range, member: name)
      tensor = try NPY.decode(from: &source)
      checksum = view.data.withUnsafeBytes {
        Deflate.checksum(UnsafeRawBufferPointer(rebasing: $0[range]))
      }
    }
    guard checksum == member.checksum else {
      throw .malformed(
        view.place(member.headerOffset, member: name),
        "the content has the checksum \(hexadecimal(checksum)), "
          + "not \(hexadecimal(member.checksum))")
    }
    return tensor
  }
}
