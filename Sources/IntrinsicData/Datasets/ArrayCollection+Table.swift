extension ArrayCollection {
  /// One npy file of samples × columns, as arrays of inputs and targets.
  ///
  /// - Parameter label: the numbers of the target columns, from 0 or, negative, from the end.
  init(
    table: Tensor, file: SourceFile, label: String?
  ) throws(DataError) {
    let place = DataError.Place(file: file.path)
    guard table.shape.count == 2, !table.shape.contains(0) else {
      throw .malformed(
        place, found: "the shape is \(table.shape)",
        remedy: "One array holds samples × columns; save inputs and targets as x and y in an npz "
          + "file otherwise.")
    }
    let (rows, width) = (table.shape[0], table.shape[1])
    var chosen: [Int] = []
    for part in (label ?? "").split(separator: ",") {
      guard let number = Int(part), number < width, number >= -width else { continue }
      chosen.append(number < 0 ? number + width : number)
    }
    guard let label, chosen.count == label.split(separator: ",").count, !chosen.isEmpty else {
      throw .malformed(
        place,
        found: label.map { "there is no column “\(printable($0))”" }
          ?? "it is not said which column holds the targets",
        remedy: "Name the label by its column's number, 0 to \(width - 1), or −1 for the last.")
    }
    let rest = (0..<width).filter { !chosen.contains($0) }
    guard !rest.isEmpty else {
      throw .malformed(
        place, found: "no column is left for features", remedy: "Add columns of features.")
    }
    arrays = [
      .init("x", table.columns(rest, rows: rows)), .init("y", table.columns(chosen, rows: rows)),
    ]
    path = file.path
    identities = [file.identity]
  }
}

extension Tensor {
  /// Some columns of a matrix.
  fileprivate func columns(_ columns: [Int], rows: Int) -> Tensor {
    let (size, width) = (elementType.size, shape[1])
    var part: [UInt8] = []
    part.reserveCapacity(rows * columns.count * size)
    for row in 0..<rows {
      for column in columns {
        let start = (row * width + column) * size
        part.append(contentsOf: bytes[start..<(start + size)])
      }
    }
    return Tensor(elementType: elementType, shape: [rows, columns.count], bytes: part)
  }
}
