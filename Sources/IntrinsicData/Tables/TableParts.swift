/// A table as text, a part of its rows at a time: memory does not grow with the file.
struct TableParts {
  private let stream: TextStream
  /// What has been read, from the beginning of a row.
  private var bytes: [UInt8]
  private let size: Int
  private var isAtEnd = false
  private var first: RawTable?
  private var line = 1
  /// Whether lines end with carriage returns alone.
  private let endsWithReturns: Bool

  /// - Parameters:
  ///   - bytes: what has been read of the stream so far.
  ///   - size: bytes of a part, about.
  init(_ stream: TextStream, begun bytes: [UInt8], size: Int) {
    self.stream = stream
    self.size = size
    endsWithReturns = !bytes.contains(CSVScanner.lineFeed)
    self.bytes = bytes
    if endsWithReturns { self.bytes.mendCarriageReturns() }
  }

  /// The next rows; nil after the last.
  mutating func next() throws(DataError) -> RawTable? {
    while !isAtEnd || !bytes.isEmpty {
      var end = isAtEnd ? bytes.count : bytes.withUnsafeBufferPointer { endOfLastRow($0) }
      // A row without an end says so where it begins.
      if end == 0 && bytes.count > 16 * size { end = bytes.count }
      if end == 0 {
        let count = bytes.count
        isAtEnd = try !stream.read(max(size - count, size / 2), into: &bytes)
        if endsWithReturns { bytes.mendCarriageReturns(from: count) }
        continue
      }
      let rows = Array(bytes[..<end])
      bytes.removeFirst(end)
      defer { line += rows.count { $0 == CSVScanner.lineFeed } }
      if first != nil, rows.allSatisfy({ $0 <= UInt8(ascii: " ") }) { continue }
      try rows.requireText(file: stream.path, firstLine: line)
      let table = try rows.withUnsafeBufferPointer { (rows) throws(DataError) in
        try RawTable(rows, file: stream.path, after: first, line: line)
      }
      if first == nil { first = table }
      return table
    }
    guard first == nil else { return nil }
    throw .malformed(
      .init(file: stream.path), found: "the file is empty",
      remedy: "Begin with a line of column names.")
  }

  /// Where the last row ends of which all is there; 0 if there is none but, for the first part, column names.
  private func endOfLastRow(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    guard bytes.count >= size else { return 0 }
    if first.map({ $0.delimiter == nil }) ?? CSVScanner(bytes, file: "").isBlankSeparated {
      return (bytes.lastIndex(of: CSVScanner.lineFeed) ?? -1) + 1
    }
    var scanner = CSVScanner(bytes, file: "", delimiter: first?.delimiter)
    var (end, rows) = (0, 0)
    scan: while scanner.beginRow() {
      var endsRow = false
      while !endsRow {
        guard let field = try? scanner.next() else { break scan }
        endsRow = field.endsRow
      }
      if scanner.position == bytes.count && bytes.last != CSVScanner.lineFeed { break }
      end = scanner.position
      rows += 1
    }
    // The first rows say what the columns are.
    return first == nil && rows < 200 ? 0 : end
  }
}

extension [UInt8] {
  /// Makes line feeds of carriage returns, which old files have instead.
  mutating func mendCarriageReturns(from start: Int = 0) {
    for index in start..<count where self[index] == CSVScanner.carriageReturn {
      self[index] = CSVScanner.lineFeed
    }
  }

  /// - Throws: ``DataError`` with the line of the first byte that is not UTF-8.
  func requireText(file: String, firstLine: Int = 1) throws(DataError) {
    guard String(validating: self, as: UTF8.self) == nil else { return }
    var line = firstLine
    for part in split(separator: CSVScanner.lineFeed, omittingEmptySubsequences: false) {
      if String(validating: part, as: UTF8.self) == nil { break }
      line += 1
    }
    throw .unsupported(
      .init(file: file, line: line), found: "the text is not UTF-8",
      remedy: "Save it as UTF-8, such as by iconv -f LATIN1 -t UTF-8.")
  }
}
