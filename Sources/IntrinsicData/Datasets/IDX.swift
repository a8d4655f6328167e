import Foundation

/// The IDX format of the MNIST files: a big-endian header, then unsigned bytes, row-major.
public enum IDX {
  /// The tensor (`uint8`) in an IDX file, plain or compressed with gzip.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - file: Its name, for messages.
  ///   - limit: The most bytes that a compressed file may expand to.
  public static func decode(
    _ data: Data, file: String, limit: Int = DataLimit.expansion
  ) throws(DataError) -> Tensor {
    let isCompressed = Gzip.isCompressed(data)
    let content = isCompressed ? try Gzip.decompress(data, file: file, limit: limit) : data
    let view = ByteView(content, file: file, isDecompressed: isCompressed)
    let magic = try view.bytes(at: 0, count: 4, part: "the IDX magic number")
    guard magic[0] == 0, magic[1] == 0, (0x08...0x0e).contains(magic[2]) else {
      throw .malformed(
        view.place(0),
        found: "the data begin with \(hexadecimal(magic.bigEndianValue)), not as an "
          + "IDX file does",
        remedy: "Fetch the file again; it may be an error page or of another format.")
    }
    guard magic[2] == 0x08 else {
      throw .unsupported(
        view.place(2),
        found: "the element type is \(hexadecimal(magic[2])), not 0x8, unsigned "
          + "bytes",
        remedy: "Convert the file to unsigned bytes.")
    }
    let rank = Int(magic[3])
    var shape: [Int] = []
    for axis in 0..<rank {
      let size = try view.bytes(at: 4 + 4 * axis, count: 4, part: "the size of axis \(axis)")
      shape.append(Int(size.bigEndianValue))
    }
    let start = 4 + 4 * rank
    guard let count = Tensor.byteCount(shape: shape, size: 1) else {
      throw .malformed(view.place(4), "the shape \(shape) overflows")
    }
    let bytes = try view.bytes(at: start, count: count, part: "the content of shape \(shape)")
    guard start + count == view.count else {
      throw .malformed(
        view.place(start + count),
        "\(view.count - start - count) bytes follow the content of shape \(shape)")
    }
    return Tensor(elementType: .uint8, shape: shape, bytes: bytes)
  }

  /// Reads an IDX file.
  public static func read(_ url: URL) throws(DataError) -> Tensor {
    try decode(DataFile.read(url), file: url.path)
  }
}
