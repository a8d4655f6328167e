import Foundation
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

  /// Short and long jobs in turn, after pauses in which the team has and has not gone to sleep.
  @Test func `every job is complete when it returns`() {
    let sums = Buffer<Double>(count: 64)
    var expected = 0
    for round in 0..<20_000 {
      let count = 2 + round % 3
      Parallel.forEachPart(of: count, threads: count) { part in
        for index in part {
          sums[index] += 1
          if round % 500 == 0 { Thread.sleep(forTimeInterval: Double(index) * 3e-4) }
        }
      }
      if round % 400 == 0 { Thread.sleep(forTimeInterval: 5e-4) }
      #expect(sums[0] == Double(round + 1))
      expected += count
      #expect(sums.elements.reduce(0, +) == Double(expected))
    }
  }

  @Test func `jobs within parts and of several threads at once are complete`() {
    let sums = Buffer<Double>(count: 4 * 4 * 4)
    let group = DispatchGroup()
    for caller in 0..<4 {
      DispatchQueue.global().async(group: group) {
        for _ in 0..<200 {
          Parallel.forEachPart(of: 4, threads: 2) { outer in
            for first in outer {
              Parallel.forEachPart(of: 4, threads: 2) { inner in
                for second in inner { sums[16 * caller + 4 * first + second] += 1 }
              }
            }
          }
        }
      }
    }
    group.wait()
    #expect(sums.elements.allSatisfy { $0 == 200 })
  }

  @Test(.enabled(if: Parallel.processorCount > 1, "one processor"))
  func `parts of a job run at the same time`() {
    // Each part waits for the other one to begin.
    let begun = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let results = Buffer<Double>(count: 2)
    Parallel.forEachPart(of: 2, threads: 2) { part in
      let (own, other) = part.lowerBound == 0 ? (begun.0, begun.1) : (begun.1, begun.0)
      own.signal()
      results[part.lowerBound] = other.wait(timeout: .now() + 20) == .success ? 1 : 0
    }
    #expect(results.elements == [1, 1])
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
