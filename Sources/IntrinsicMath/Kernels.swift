import CIntrinsicKernels

/// One product of a sum of matrix products, as convolutions add them up: `length` factors, the first at
/// `w`, and as many rows, the first `row`.
public typealias ProductTerm = ik_term

/// The places of a block of a convolution that see the image through one pixel of the window, and the
/// weights of that pixel.
public typealias ProductTap = ik_tap

/// The largest number of samples at all places of a block, if it has more than one place.
public let productBlock = Int(IK_BLOCK)

/// The BLAS, LAPACK and vector functions for one scalar type, as a table.
///
/// The vector functions are documented in `intrinsic_kernels.h`. Matrices are row-major, `ld` is the
/// distance between rows; nothing allocates. A call costs a few nanoseconds, whatever the caller's
/// generic context.
public final class Kernels<T: Scalar>: Sendable {
  public typealias Input = UnsafePointer<T>
  public typealias Output = UnsafeMutablePointer<T>
  public typealias Indices = UnsafePointer<Int32>

  /// C = α op(A) op(B) + β C with C of m × n:
  /// (transposeA, transposeB, m, n, k, α, A, lda, B, ldb, β, C, ldc).
  public let gemm:
    @Sendable (Bool, Bool, Int, Int, Int, T, Input, Int, Input, Int, T, Output, Int) -> Void
  /// The lower triangle of C = α A Aᵀ + β C with A of n × k: (n, k, α, A, lda, β, C, ldc).
  public let syrk: @Sendable (Int, Int, T, Input, Int, T, Output, Int) -> Void
  /// Cholesky factor of the lower triangle in place: (n, A, lda) → 0, or the 1-based order of the
  /// first leading minor that is not positive.
  public let choleskyFactor: @Sendable (Int, Output, Int) -> Int
  /// Solves A x = b in place with the factor of `choleskyFactor`: (n, factor, lda, b).
  public let choleskySolve: @Sendable (Int, Input, Int, Output) -> Void
  /// X ← X L⁻ᵀ in place for X of m × n and the n × n factor L of `choleskyFactor`: (m, n, L, ldl, X,
  /// ldx).
  public let solveTriangular: @Sendable (Int, Int, Input, Int, Output, Int) -> Void
  /// Copies the lower triangle to the upper one: (n, a, lda).
  public let mirrorLower: @Sendable (Int, Output, Int) -> Void
  /// X ← L⁻¹ X in place for X of m × n and the m × m factor L of `choleskyFactor`: (m, n, L, ldl, X,
  /// ldx).
  public let solveLower: @Sendable (Int, Int, Input, Int, Output, Int) -> Void
  /// Eigenvalues, increasing, and in the rows of A its eigenvectors: (n, A, lda, values) → 0 if it
  /// converged. Only the lower triangle is read.
  public let eigen: @Sendable (Int, Output, Int, Output) -> Int

  /// A built-in activation function by its code, with its parameter:
  /// (code, p, n, y, a, derivatives or nil).
  public let activate: @Sendable (Int32, Double, Int, Input, Output, Output?) -> Void
  public let exp: @Sendable (Int, Input, Output) -> Void
  public let log: @Sendable (Int, Input, Output) -> Void
  public let multiply: @Sendable (Int, Input, Input, Output) -> Void
  public let multiplySquared: @Sendable (Int, Input, Input, Output) -> Void
  public let square: @Sendable (Int, Input, Output) -> Void
  public let squareRoot: @Sendable (Int, Input, Output) -> Void
  public let addToDiagonal: @Sendable (Int, T, Output, Int) -> Void
  public let addConstant: @Sendable (Int, T, Output) -> Void
  public let shrinkage: @Sendable (Int, T, Output) -> Void
  public let gather: @Sendable (Int, Indices, Input, Output) -> Void
  public let addRowMeans: @Sendable (Int, Int, T, Output) -> Void
  public let copyColumns: @Sendable (Int, Int, Input, Int, Output) -> Void
  public let gatherSamples: @Sendable (Int, Int, Indices, Input, Output) -> Void
  /// Multiply-adds in each element of 12 vectors of 256 bits, to measure the speed of the processor: (n).
  public let multiplyAdds256: @Sendable (Int) -> T
  /// The same with vectors of 512 bits.
  public let multiplyAdds512: @Sendable (Int) -> T
  public let scaledSquare: @Sendable (Int, T, Input, Int32, Output) -> Void
  public let signs: @Sendable (Int, T, Output) -> Void
  public let addScaled: @Sendable (Int, Input, T, Input, Output) -> Void
  public let scaleAdd: @Sendable (Int, T, Input, T, Output) -> Void
  public let fromDouble: @Sendable (Int, UnsafePointer<Double>, Output) -> Void
  public let toDouble: @Sendable (Int, Input, UnsafeMutablePointer<Double>) -> Void
  public let fill: @Sendable (Int, T, Output) -> Void
  public let sum: @Sendable (Int, Input) -> T
  public let zeros: @Sendable (Int, Input) -> Int
  public let dot: @Sendable (Int, Input, Input) -> T
  public let firstNotFinite: @Sendable (Int, Input) -> Int
  public let multiplyRepeated: @Sendable (Int, Int, Int, Input, Output) -> Void
  public let multiplyRepeatedSquares:
    @Sendable (Int, Int, Int, Input, Output, Int32, Output) -> Void
  public let sumSquaresRepeated: @Sendable (Int, Int, Int, Input, Int, Int32, Output) -> Void
  public let uniform: @Sendable (UnsafeMutablePointer<UInt64>, Int, Output) -> Void

  public let higherDerivatives:
    @Sendable (Int32, Double, Int, Input, Input, Input, Output, Output?) -> Void
  public let jetActivate: @Sendable (Int, Int, Input?, Input, Input?, Input, Output) -> Void
  public let jetMix: @Sendable (Int, Int, Input, Input, Input, Input, Output) -> Void
  public let jetReduce: @Sendable (Int, Int, Input?, Input, Input?, Input?, Input, Output) -> Void
  public let jetOuter: @Sendable (Int, Indices, Int, Int, Input, Input, Int, Output, Int) -> Void
  public let sumComponents: @Sendable (Int, Int, Int, Input, Output, Int) -> Void

  public let squareLoss: @Sendable (Int, Int, Input, Input, Output, Output) -> Void
  public let bernoulliLoss: @Sendable (Int, Int, T, Input, Input, Output, Output) -> Void
  public let bernoulliModulus: @Sendable (Int, T, Input, T, Output) -> Void
  public let bernoulliSampled: @Sendable (Int, T, Input, Input, T, Output) -> Void
  public let softmax: @Sendable (Int, Int, Input, Output, Output) -> Void
  public let softmaxLoss: @Sendable (Int, Int, Input, Indices, Output, Output) -> Void
  public let sphericalLoss: @Sendable (Int, Int, Input, Indices, Output, Output) -> Void
  public let sphericalProbabilities: @Sendable (Int, Int, Input, Output) -> Void
  public let softmaxModulus: @Sendable (Int, Int, Input, Output, Output) -> Void
  public let sphericalModulus: @Sendable (Int, Int, Input, Output) -> Void
  public let softmaxFactor: @Sendable (Int, Int, Input, Output, Output, Output) -> Void
  public let sphericalFactor: @Sendable (Int, Int, Input, Output, Output, Output) -> Void
  public let fisherColumns: @Sendable (Int, Int, Int, Int, Input, Input, Input, Output) -> Void
  public let softmaxSampled: @Sendable (Int, Int, Int, Input, Output, Input, T, Output) -> Void
  public let sphericalSampled: @Sendable (Int, Int, Int, Input, Output, Input, T, Output) -> Void
  public let exponentialLoss: @Sendable (Int, Int, Input, Input, Output, Output) -> Void

  public let diagonalSolve: @Sendable (Int, Input, Input, T, T, Output) -> Void
  public let rootSolve: @Sendable (Int, Input, Input, T, Output) -> Void
  public let adam: @Sendable (Int, Input, T, T, T, T, T, Output, Output, Output) -> Void
  public let quasiDiagonalSolve:
    @Sendable (Int, Indices, Input, Input, Input, T, T, Input?, Output) -> Int

  public let kurtosisUpdate: @Sendable (Int, Int, Input, T, Output, Output, Output) -> Void

  public let rowStatistics: @Sendable (Int, Int, Input, Output?, Output?) -> Void
  public let addSigns: @Sendable (Int, Int, Int, Input, Input, Int32, Output) -> Void
  public let unitSquares: @Sendable (Int, Indices, Input, Output) -> Void
  public let addUnitMultiples: @Sendable (Int, Indices, T, Input, Input, Output) -> Void
  public let inverseRoot: @Sendable (Int, Input, Output) -> Void
  public let normalizeRows: @Sendable (Int, Int, Input?, Input, Output, Output?) -> Void
  public let rowProducts: @Sendable (Int, Int, Input, Input, Output) -> Void
  public let signalStatistics: @Sendable (Int, Int, Input, Input, Output, Output, Output) -> Void
  public let subtractStatistics:
    @Sendable (Int, Int, Input?, T, Input, Input, Input, Output) -> Void
  public let rankOne: @Sendable (Int, Int, T, Input, Input, T, Output, Int) -> Void
  public let addBiasProducts: @Sendable (Int, Indices, Input, Output) -> Void
  public let subtractSquares: @Sendable (Int, T, Input, T, Output) -> Void

  public let gatherRows:
    @Sendable (
      Int, Indices, Indices, Indices, Indices, Input, Input, Int, Int, Output, Int, Int32
    ) -> Void
  public let outerRows:
    @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, T, T, Output) -> Void
  public let outerRowsMoments:
    @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, T, T, Output?, Output) -> Void
  public let perSampleRows:
    @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, Int, T, Output, Int) -> Void
  public let scatterUnit: @Sendable (Int, Indices, Input, Input, Int, Output, Int) -> Void
  public let termProducts:
    @Sendable (
      Int, Int, Int, UnsafePointer<ProductTerm>, Input, Int, Int, Input, Int32, Output
    ) -> Void
  public let addPlaceProducts:
    @Sendable (
      Int, Int, Int, T, Input, Int, Int, UnsafePointer<ProductTap>, Input, Int, Output, Int
    ) -> Void
  public let unitMoments:
    @Sendable (Int, Int, Int, Input, Input, T, T, Output?, Output, Int) -> Void
  public let addRowDots: @Sendable (Int, Int, T, Input, Input, Output, Int) -> Void
  public let addPositionSums:
    @Sendable (Int, Int, Int, Int, T, Input, Input?, Input?, Output, Int) -> Void
  public let gainRows: @Sendable (Int, Int, Input?, Input?, Int, Input, Input, T, Output) -> Void
  public let addProducts: @Sendable (Int, Int, Int, T, Input, Input, Output, Int) -> Void
  public let selectMaximum:
    @Sendable (Int, Int32, Int32, Input, Output, UnsafeMutablePointer<Int32>) -> Void
  public let addSelected: @Sendable (Int, Int, Int, Int32, Indices, Input, Output) -> Void
  public let laneMoments:
    @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, T, T, Output) -> Void
  public let laneSolve: @Sendable (Int, Indices, Indices, Input, T, Input, Output) -> Int

  init(
    gemm:
      @escaping @Sendable (Bool, Bool, Int, Int, Int, T, Input, Int, Input, Int, T, Output, Int) ->
      Void,
    syrk: @escaping @Sendable (Int, Int, T, Input, Int, T, Output, Int) -> Void,
    choleskyFactor: @escaping @Sendable (Int, Output, Int) -> Int,
    choleskySolve: @escaping @Sendable (Int, Input, Int, Output) -> Void,
    solveTriangular: @escaping @Sendable (Int, Int, Input, Int, Output, Int) -> Void,
    mirrorLower: @escaping @Sendable (Int, Output, Int) -> Void,
    solveLower: @escaping @Sendable (Int, Int, Input, Int, Output, Int) -> Void,
    eigen: @escaping @Sendable (Int, Output, Int, Output) -> Int,
    activate: @escaping @Sendable (Int32, Double, Int, Input, Output, Output?) -> Void,
    exp: @escaping @Sendable (Int, Input, Output) -> Void,
    log: @escaping @Sendable (Int, Input, Output) -> Void,
    multiply: @escaping @Sendable (Int, Input, Input, Output) -> Void,
    multiplySquared: @escaping @Sendable (Int, Input, Input, Output) -> Void,
    square: @escaping @Sendable (Int, Input, Output) -> Void,
    squareRoot: @escaping @Sendable (Int, Input, Output) -> Void,
    addToDiagonal: @escaping @Sendable (Int, T, Output, Int) -> Void,
    addConstant: @escaping @Sendable (Int, T, Output) -> Void,
    shrinkage: @escaping @Sendable (Int, T, Output) -> Void,
    gather: @escaping @Sendable (Int, Indices, Input, Output) -> Void,
    addRowMeans: @escaping @Sendable (Int, Int, T, Output) -> Void,
    copyColumns: @escaping @Sendable (Int, Int, Input, Int, Output) -> Void,
    gatherSamples: @escaping @Sendable (Int, Int, Indices, Input, Output) -> Void,
    multiplyAdds256: @escaping @Sendable (Int) -> T,
    multiplyAdds512: @escaping @Sendable (Int) -> T,
    scaledSquare: @escaping @Sendable (Int, T, Input, Int32, Output) -> Void,
    signs: @escaping @Sendable (Int, T, Output) -> Void,
    addScaled: @escaping @Sendable (Int, Input, T, Input, Output) -> Void,
    scaleAdd: @escaping @Sendable (Int, T, Input, T, Output) -> Void,
    fromDouble: @escaping @Sendable (Int, UnsafePointer<Double>, Output) -> Void,
    toDouble: @escaping @Sendable (Int, Input, UnsafeMutablePointer<Double>) -> Void,
    fill: @escaping @Sendable (Int, T, Output) -> Void,
    sum: @escaping @Sendable (Int, Input) -> T,
    zeros: @escaping @Sendable (Int, Input) -> Int,
    dot: @escaping @Sendable (Int, Input, Input) -> T,
    firstNotFinite: @escaping @Sendable (Int, Input) -> Int,
    multiplyRepeated: @escaping @Sendable (Int, Int, Int, Input, Output) -> Void,
    multiplyRepeatedSquares:
      @escaping @Sendable (Int, Int, Int, Input, Output, Int32, Output) -> Void,
    sumSquaresRepeated: @escaping @Sendable (Int, Int, Int, Input, Int, Int32, Output) -> Void,
    uniform: @escaping @Sendable (UnsafeMutablePointer<UInt64>, Int, Output) -> Void,
    higherDerivatives:
      @escaping @Sendable (Int32, Double, Int, Input, Input, Input, Output, Output?) -> Void,
    jetActivate: @escaping @Sendable (Int, Int, Input?, Input, Input?, Input, Output) -> Void,
    jetMix: @escaping @Sendable (Int, Int, Input, Input, Input, Input, Output) -> Void,
    jetReduce:
      @escaping @Sendable (Int, Int, Input?, Input, Input?, Input?, Input, Output) -> Void,
    jetOuter:
      @escaping @Sendable (Int, Indices, Int, Int, Input, Input, Int, Output, Int) -> Void,
    sumComponents: @escaping @Sendable (Int, Int, Int, Input, Output, Int) -> Void,
    squareLoss: @escaping @Sendable (Int, Int, Input, Input, Output, Output) -> Void,
    bernoulliLoss: @escaping @Sendable (Int, Int, T, Input, Input, Output, Output) -> Void,
    bernoulliModulus: @escaping @Sendable (Int, T, Input, T, Output) -> Void,
    bernoulliSampled: @escaping @Sendable (Int, T, Input, Input, T, Output) -> Void,
    softmax: @escaping @Sendable (Int, Int, Input, Output, Output) -> Void,
    softmaxLoss: @escaping @Sendable (Int, Int, Input, Indices, Output, Output) -> Void,
    sphericalLoss: @escaping @Sendable (Int, Int, Input, Indices, Output, Output) -> Void,
    sphericalProbabilities: @escaping @Sendable (Int, Int, Input, Output) -> Void,
    softmaxModulus: @escaping @Sendable (Int, Int, Input, Output, Output) -> Void,
    sphericalModulus: @escaping @Sendable (Int, Int, Input, Output) -> Void,
    softmaxFactor: @escaping @Sendable (Int, Int, Input, Output, Output, Output) -> Void,
    sphericalFactor: @escaping @Sendable (Int, Int, Input, Output, Output, Output) -> Void,
    fisherColumns: @escaping @Sendable (Int, Int, Int, Int, Input, Input, Input, Output) -> Void,
    softmaxSampled: @escaping @Sendable (Int, Int, Int, Input, Output, Input, T, Output) -> Void,
    sphericalSampled: @escaping @Sendable (Int, Int, Int, Input, Output, Input, T, Output) -> Void,
    exponentialLoss: @escaping @Sendable (Int, Int, Input, Input, Output, Output) -> Void,
    diagonalSolve: @escaping @Sendable (Int, Input, Input, T, T, Output) -> Void,
    rootSolve: @escaping @Sendable (Int, Input, Input, T, Output) -> Void,
    adam: @escaping @Sendable (Int, Input, T, T, T, T, T, Output, Output, Output) -> Void,
    quasiDiagonalSolve:
      @escaping @Sendable (Int, Indices, Input, Input, Input, T, T, Input?, Output) -> Int,
    kurtosisUpdate: @escaping @Sendable (Int, Int, Input, T, Output, Output, Output) -> Void,
    rowStatistics: @escaping @Sendable (Int, Int, Input, Output?, Output?) -> Void,
    addSigns: @escaping @Sendable (Int, Int, Int, Input, Input, Int32, Output) -> Void,
    unitSquares: @escaping @Sendable (Int, Indices, Input, Output) -> Void,
    addUnitMultiples: @escaping @Sendable (Int, Indices, T, Input, Input, Output) -> Void,
    inverseRoot: @escaping @Sendable (Int, Input, Output) -> Void,
    normalizeRows: @escaping @Sendable (Int, Int, Input?, Input, Output, Output?) -> Void,
    rowProducts: @escaping @Sendable (Int, Int, Input, Input, Output) -> Void,
    signalStatistics:
      @escaping @Sendable (Int, Int, Input, Input, Output, Output, Output) -> Void,
    subtractStatistics:
      @escaping @Sendable (Int, Int, Input?, T, Input, Input, Input, Output) -> Void,
    rankOne: @escaping @Sendable (Int, Int, T, Input, Input, T, Output, Int) -> Void,
    addBiasProducts: @escaping @Sendable (Int, Indices, Input, Output) -> Void,
    subtractSquares: @escaping @Sendable (Int, T, Input, T, Output) -> Void,
    gatherRows:
      @escaping @Sendable (
        Int, Indices, Indices, Indices, Indices, Input, Input, Int, Int, Output, Int, Int32
      ) -> Void,
    outerRows:
      @escaping @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, T, T, Output) -> Void,
    outerRowsMoments:
      @escaping @Sendable (
        Int, Indices, Indices, Input, Int, Input, Int, Int, T, T, Output?, Output
      ) -> Void,
    perSampleRows:
      @escaping @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, Int, T, Output, Int)
      -> Void,
    scatterUnit: @escaping @Sendable (Int, Indices, Input, Input, Int, Output, Int) -> Void,
    termProducts:
      @escaping @Sendable (
        Int, Int, Int, UnsafePointer<ProductTerm>, Input, Int, Int, Input, Int32, Output
      ) -> Void,
    addPlaceProducts:
      @escaping @Sendable (
        Int, Int, Int, T, Input, Int, Int, UnsafePointer<ProductTap>, Input, Int, Output, Int
      ) -> Void,
    unitMoments:
      @escaping @Sendable (Int, Int, Int, Input, Input, T, T, Output?, Output, Int) -> Void,
    addRowDots: @escaping @Sendable (Int, Int, T, Input, Input, Output, Int) -> Void,
    addPositionSums:
      @escaping @Sendable (Int, Int, Int, Int, T, Input, Input?, Input?, Output, Int) -> Void,
    gainRows:
      @escaping @Sendable (Int, Int, Input?, Input?, Int, Input, Input, T, Output) -> Void,
    addProducts: @escaping @Sendable (Int, Int, Int, T, Input, Input, Output, Int) -> Void,
    selectMaximum:
      @escaping @Sendable (Int, Int32, Int32, Input, Output, UnsafeMutablePointer<Int32>) -> Void,
    addSelected: @escaping @Sendable (Int, Int, Int, Int32, Indices, Input, Output) -> Void,
    laneMoments:
      @escaping @Sendable (Int, Indices, Indices, Input, Int, Input, Int, Int, T, T, Output) -> Void,
    laneSolve: @escaping @Sendable (Int, Indices, Indices, Input, T, Input, Output) -> Int
  ) {
    self.gemm = gemm
    self.syrk = syrk
    self.choleskyFactor = choleskyFactor
    self.choleskySolve = choleskySolve
    self.solveTriangular = solveTriangular
    self.mirrorLower = mirrorLower
    self.solveLower = solveLower
    self.eigen = eigen
    self.activate = activate
    self.exp = exp
    self.log = log
    self.multiply = multiply
    self.multiplySquared = multiplySquared
    self.square = square
    self.squareRoot = squareRoot
    self.addToDiagonal = addToDiagonal
    self.addConstant = addConstant
    self.shrinkage = shrinkage
    self.gather = gather
    self.addRowMeans = addRowMeans
    self.copyColumns = copyColumns
    self.gatherSamples = gatherSamples
    self.multiplyAdds256 = multiplyAdds256
    self.multiplyAdds512 = multiplyAdds512
    self.scaledSquare = scaledSquare
    self.signs = signs
    self.addScaled = addScaled
    self.scaleAdd = scaleAdd
    self.fromDouble = fromDouble
    self.toDouble = toDouble
    self.fill = fill
    self.sum = sum
    self.zeros = zeros
    self.dot = dot
    self.firstNotFinite = firstNotFinite
    self.multiplyRepeated = multiplyRepeated
    self.multiplyRepeatedSquares = multiplyRepeatedSquares
    self.sumSquaresRepeated = sumSquaresRepeated
    self.uniform = uniform
    self.higherDerivatives = higherDerivatives
    self.jetActivate = jetActivate
    self.jetMix = jetMix
    self.jetReduce = jetReduce
    self.jetOuter = jetOuter
    self.sumComponents = sumComponents
    self.squareLoss = squareLoss
    self.bernoulliLoss = bernoulliLoss
    self.bernoulliModulus = bernoulliModulus
    self.bernoulliSampled = bernoulliSampled
    self.softmax = softmax
    self.softmaxLoss = softmaxLoss
    self.sphericalLoss = sphericalLoss
    self.sphericalProbabilities = sphericalProbabilities
    self.softmaxModulus = softmaxModulus
    self.sphericalModulus = sphericalModulus
    self.softmaxFactor = softmaxFactor
    self.sphericalFactor = sphericalFactor
    self.fisherColumns = fisherColumns
    self.softmaxSampled = softmaxSampled
    self.sphericalSampled = sphericalSampled
    self.exponentialLoss = exponentialLoss
    self.diagonalSolve = diagonalSolve
    self.rootSolve = rootSolve
    self.adam = adam
    self.quasiDiagonalSolve = quasiDiagonalSolve
    self.kurtosisUpdate = kurtosisUpdate
    self.rowStatistics = rowStatistics
    self.addSigns = addSigns
    self.unitSquares = unitSquares
    self.addUnitMultiples = addUnitMultiples
    self.inverseRoot = inverseRoot
    self.normalizeRows = normalizeRows
    self.rowProducts = rowProducts
    self.signalStatistics = signalStatistics
    self.subtractStatistics = subtractStatistics
    self.rankOne = rankOne
    self.addBiasProducts = addBiasProducts
    self.subtractSquares = subtractSquares
    self.gatherRows = gatherRows
    self.outerRows = outerRows
    self.outerRowsMoments = outerRowsMoments
    self.perSampleRows = perSampleRows
    self.scatterUnit = scatterUnit
    self.termProducts = termProducts
    self.addPlaceProducts = addPlaceProducts
    self.unitMoments = unitMoments
    self.addRowDots = addRowDots
    self.addPositionSums = addPositionSums
    self.gainRows = gainRows
    self.addProducts = addProducts
    self.selectMaximum = selectMaximum
    self.addSelected = addSelected
    self.laneMoments = laneMoments
    self.laneSolve = laneSolve
  }
}

extension Kernels {
  /// out ← keep · out, and 0 for keep = 0 whatever was there.
  public func keep(_ count: Int, _ keep: T, _ out: Output) {
    if keep == 0 {
      fill(count, 0, out)
    } else if keep != 1 {
      scaleAdd(count, 0, out, keep, out)
    }
  }
}
