import IntrinsicMath
import Testing

@Suite struct ParallelTests {
  @Test(arguments: [0, 1, 2, 3, 7, 100], [1, 2, 3, 8])
  func `parts cover everything once, in contiguous ranges`(_ count: Int, _ threads: Int) {
    let starts = Buffer<Double>(count: count + 1)
    let visits = Buffer<Double>(count: count + 1)
    Parallel.forEachPart(of: count, threads: threads) { part in
      if !part.isEmpty { starts[part.lowerBound] += 1 }
      for index in part { visits[index] += 1 }
    }
    #expect(visits.elements.dropLast().allSatisfy { $0 == 1 } && visits[count] == 0)
    #expect(starts.elements.reduce(0, +) == Double(min(threads, count)))
  }
}

@Suite struct MatrixTests {
  @Test func `rows, columns and transposes`() {
    let matrix = Matrix<Double>([[1, 2, 3], [4, 5, 6]])
    #expect(matrix[1, 0] == 4 && matrix.row(1) == [4, 5, 6])
    #expect(matrix.transposed == Matrix([[1, 4], [2, 5], [3, 6]]))
    #expect(matrix.columns([2, 0, 2]) == Matrix([[3, 1, 3], [6, 4, 6]]))
    #expect(matrix.map { Float($0) }.elements == [1, 2, 3, 4, 5, 6])
    var copy = matrix
    copy[0, 0] = 9
    #expect(matrix[0, 0] == 1)
  }

  @Test func `rows are numbered from where the memory starts`() {
    let buffer = Buffer<Double>([1, 2, 3, 4, 5, 6])
    let rows = Rows(buffer.pointer, firstRow: 5, columns: 2)
    #expect(rows.row(6)[1] == 4)
    #expect(rows.matrix(6..<8) == Matrix([[3, 4], [5, 6]]))
  }
}
