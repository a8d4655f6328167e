import Foundation

/// What a study leaves for the reader, beside its files.
package struct StudyReport: Sendable {
  /// Tables in reading order.
  package let tables: [TextTable]
  package let claims: Claims
  let figures: [FigureFiles]
  /// Anything else that the reader should know.
  package let notes: [String]

  /// The PNG files, or nil if gnuplot is missing.
  package var drawnFigures: [URL]? {
    var urls: [URL] = []
    for files in figures {
      guard case .drawn(_, let png) = files.drawing else { return nil }
      urls.append(png)
    }
    return urls
  }
}
