import IntrinsicMath

extension Matrix {
  /// The products of the rows of each unit, J_k J_kᵀ.
  func unitProducts(_ places: [UnitPlace], threads: Int) -> [Matrix] {
    var blocks = places.map { Matrix(rows: $0.parameters.count, columns: $0.parameters.count) }
    elements.withUnsafeBufferPointer { j in
      blocks.withUnsafeMutableBufferPointer { blocks in
        nonisolated(unsafe) let blocks = blocks
        Parallel.forEachPart(of: places.count, threads: threads) { part in
          for index in part {
            let range = places[index].parameters
            blocks[index].elements.withUnsafeMutableBufferPointer {
              Element.syrk(
                n: range.count, k: columns, alpha: 1,
                a: j.baseAddress! + range.lowerBound * columns, lda: columns, beta: 0,
                c: $0.baseAddress!, ldc: range.count)
            }
            blocks[index].mirrorLowerTriangle()
          }
        }
      }
    }
    return blocks
  }

  /// The product of two rows.
  func rowProduct(_ i: Int, _ j: Int) -> Element {
    elements.withUnsafeBufferPointer {
      Element.dot(
        count: columns, x: $0.baseAddress! + i * columns, y: $0.baseAddress! + j * columns)
    }
  }

  /// tr((S + a Id)⁻¹) = ‖L⁻¹‖² with L Lᵀ = S + a Id, from the lower triangle; nil if that is singular.
  func traceOfInverse(adding a: Element, threads: Int = 1) -> Element? {
    var factor = self
    let n = rows
    for i in 0..<n { factor[i, i] += a }
    let failed = factor.elements.withUnsafeMutableBufferPointer {
      SymmetricAlgebra<Element>.factor(n, $0.baseAddress!, n, threads: threads)
    }
    if failed != 0 { return nil }
    var inverse = Matrix(rows: n, columns: n)
    for i in 0..<n { inverse[i, i] = 1 }
    Element.solveTriangular(
      m: n, n: n, factor: factor.elements, ldl: n, x: &inverse.elements, ldx: n)
    return Element.dot(count: n * n, x: inverse.elements, y: inverse.elements)
  }

  /// Copies the lower triangle to the upper one.
  mutating func mirrorLowerTriangle() {
    let n = rows
    elements.withUnsafeMutableBufferPointer {
      Element.mirrorLower(n: n, a: $0.baseAddress!, ld: n)
    }
  }
}
