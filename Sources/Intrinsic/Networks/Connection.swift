import IntrinsicMath

/// How the units of one layer read earlier units, their own bias included.
///
/// The whole library stands on the linear products of this protocol: passes, every metric, path
/// quantities and normalizations are written once on them, for every kind of connection. Each takes
/// the weights, or what plays their part, as an argument: `apply` with squared weights on γ² gives
/// path norms, `applyTransposed` with squared weights the backpropagated modulus.
///
/// A unit's incoming parameters are contiguous, bias first: θ_k = (w_0k, w_1k, …), and ã = (1, a_i…)
/// are the activities that they multiply. The bias is the weight from a constant row of the activity
/// matrix, so that it needs no treatment of its own here.
///
/// Pointers to weights start at the layer's first parameter. `columns` of ``Rows`` may be a multiple
/// of the number of samples where signals have several columns a sample.
public protocol Connection: Sendable {
  /// The number of units that read.
  var unitCount: Int { get }
  /// The number of incoming parameters of all units.
  var parameterCount: Int { get }
  /// Where the incoming parameters of a unit are among those of the layer.
  func parameters(of unit: Int) -> Range<Int>
  /// The rows of the activity matrix that the parameters of a unit multiply, bias row first if any.
  func incomingRows(of unit: Int) -> [Int]
  /// All rows that some unit reads.
  var sourceRows: Set<Int> { get }
  /// The same units after the rows of earlier layers have moved, with or without biases; the rows of
  /// a layer move together.
  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection
  /// Scalars of scratch memory that the products need for the given number of columns.
  func scratchCount(columns: Int) -> Int

  /// y_k = Σ_i w_ik ã_i: `y` is units × columns, contiguous.
  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int)

  /// out_i = Σ_k w_ik b_k for every hidden unit i that is read, added to `out` if `accumulate`.
  /// `b` is units × columns; inputs and biases are left out.
  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool,
    threads: Int)

  /// out_i = w_ik v for the single unit k and every hidden unit i that it reads, in the columns of
  /// `out` that start at `firstColumn`; `v` has `count` entries. Other rows are untouched.
  func applyTransposed<T: Scalar>(
    unit: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int)

  /// g_ik = scale · Σ_x b_k(x) ã_i(x) + keep · g_ik: `b` is units × columns, `g` like the weights.
  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int)

  /// second_ik = scale · Σ_x c_k(x) ã_i(x)² + keep · second_ik and, unless nil, first_ik likewise
  /// with ã_i(x): the diagonal and the bias row of the unit matrices A = E[ã ãᵀ c].
  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int)

  /// u_ik(q, x) = scale · b_k(q, x) ã_i(x), the outer product before its sum: `b` is units ×
  /// (repeats × samples), and so is `u` for each parameter.
  func perSampleOuter<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T, into u: UnsafeMutablePointer<T>)
}

extension Connection {
  public func scratchCount(columns: Int) -> Int { 0 }
}
