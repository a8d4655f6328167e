import IntrinsicMath

/// How the units of one layer read earlier units, their own bias included.
///
/// A unit owns parameters, and has one activity for each of the layer's positions: one for dense and
/// sparse units, and for a channel of a convolution one for each place of its window, all with the
/// same parameters. Row `position · unitCount + unit` of the layer is its activity at a position.
/// Products over samples that end in parameters sum over positions, too.
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
/// <doc:WritingANewLayer> makes a connection of one's own.
///
/// Pointers to weights start at the layer's first parameter. `columns` of `Rows` may be a multiple
/// of the number of samples where signals have several columns a sample.
public protocol Connection: Sendable {
  /// The number of units that read.
  var unitCount: Int { get }
  /// The number of activities of each unit.
  var positions: Int { get }
  /// Whether the activities of a unit at several positions share its parameters.
  var sharesParameters: Bool { get }
  /// The number of incoming parameters of all units.
  var parameterCount: Int { get }
  /// Where the incoming parameters of a unit are among those of the layer.
  func parameters(of unit: Int) -> Range<Int>
  /// The rows of the activity matrix that the parameters of a unit multiply at a position, bias row
  /// first if any, and −1 for those that multiply 0 there, beside an image.
  func incomingRows(of unit: Int, at position: Int) -> [Int]
  /// The units of which each reads rows of its own at a position; the first stands for all others. All
  /// units unless given: a convolution gathers one window for all its channels.
  var distinctReceptiveFields: Range<Int> { get }
  /// All rows that some unit reads.
  var sourceRows: Set<Int> { get }
  /// The same units after the rows of earlier layers have moved, with or without biases; the rows of
  /// a layer move together.
  func rewired(hasBias: Bool, firstHiddenRow: Int, row: (Int) -> Int) -> any Connection
  /// The same units after they, or the units that they read, stand in another order: the new unit k is
  /// the old unit `order[k]`, and what was row r is row `row(r)`. Nil for units whose place has a
  /// meaning, as in an image: so unless given.
  func permuted(order: [Int], firstHiddenRow: Int, row: (Int) -> Int) -> (any Connection)?
  /// Scalars of scratch memory that the products need for the given number of columns.
  func scratchCount(columns: Int) -> Int
  /// The connection with its fixed weights squared, to go with squared parameters.
  var squared: any Connection { get }

  /// y_k = Σ_i w_ik ã_i: `y` is rows of the layer × columns, contiguous.
  func apply<T: Scalar>(
    _ w: UnsafePointer<T>, _ a: Rows<T>, into y: UnsafeMutablePointer<T>, threads: Int)

  /// out_i = Σ_k w_ik b_k for every hidden unit i that is read, added to `out` if `accumulate`.
  /// `b` is rows of the layer × columns; inputs and biases are left out.
  func applyTransposed<T: Scalar>(
    _ w: UnsafePointer<T>, _ b: UnsafePointer<T>, into out: Rows<T>, accumulate: Bool,
    threads: Int)

  /// out_i = w_ik v for the single row k of the layer and every hidden unit i that it reads, in the
  /// columns of `out` that start at `firstColumn`; `v` has `count` entries. Other rows are untouched.
  func applyTransposed<T: Scalar>(
    row: Int, _ w: UnsafePointer<T>, _ v: UnsafePointer<T>, count: Int, into out: Rows<T>,
    firstColumn: Int)

  /// g_ik = scale · Σ_x b_k(x) ã_i(x) + keep · g_ik, summed over positions: `b` is rows of the layer
  /// × columns, `g` like the weights.
  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int)

  /// second_ik = scale · Σ_x c_k(x) ã_i(x)² + keep · second_ik and, unless nil, first_ik likewise
  /// with ã_i(x): the diagonal and the bias row of the unit matrices A = E[Σ_positions ã ãᵀ c].
  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int)

  /// u_ik(q, x) = scale · b_k(q, x) ã_i(x) for some units k, summed over positions: the outer product
  /// before its sum over samples. `b` is rows of the layer × (repeats × samples), and `u` has as many
  /// columns for each parameter of these units.
  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>)
}

extension Connection {
  public var positions: Int { 1 }
  public var sharesParameters: Bool { false }
  /// The number of activities of all units.
  public var rowCount: Int { positions * unitCount }
  public func scratchCount(columns: Int) -> Int { 0 }
  public var squared: any Connection { self }

  public var distinctReceptiveFields: Range<Int> { 0..<unitCount }

  public func permuted(
    order: [Int], firstHiddenRow: Int, row: (Int) -> Int
  ) -> (any Connection)? { nil }

  /// The row of the activity matrix that each parameter multiplies, where that is one row; nil for
  /// parameters of several positions.
  var parameterRows: [Int]? {
    guard positions == 1 else { return nil }
    let rows = (0..<unitCount).flatMap { incomingRows(of: $0, at: 0) }
    return rows.contains(where: { $0 < 0 }) ? nil : rows
  }

  /// The rows of the activity matrix that the parameters of a unit multiply, bias row first if any:
  /// of a connection that does not share parameters.
  public func incomingRows(of unit: Int) -> [Int] {
    precondition(!sharesParameters, "unit \(unit) reads other rows at other positions")
    return incomingRows(of: unit, at: 0)
  }
}
