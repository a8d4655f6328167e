/// The colours and markers of series, in the one order that every figure uses.
///
/// The first seven are those of Okabe and Ito, which people with any common colour blindness can
/// tell apart; the rest are from Tol's "muted" scheme. Markers differ too, so that points can be
/// told apart in grey.
package enum Palette {
  /// The colours as `#RRGGBB`.
  package static let colours = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
    "#882255", "#999933", "#332288", "#44AA99", "#888888",
  ]

  /// gnuplot's point types: filled circle, square, triangles, diamond, pentagon, then hollow ones.
  static let markers = [7, 5, 9, 11, 13, 15, 6, 4, 8, 10, 12, 14]
}
