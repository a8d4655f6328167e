import Foundation

/// What the scaling study measured.
package struct ScalingResult: StudyResult {
  /// One training.
  struct LearningCurve: Sendable {
    let method: ScalingStudy.MethodName
    let start: ScalingStudy.Start
    let orders: Double
    let run: Int
    let records: [MiniBatchTraining.Record]
    let failure: String?

    /// Percent of the test set at the end; that of guessing if training failed.
    var testError: Double {
      failure == nil ? 100 * (records.last?.testError ?? 0.9) : 90
    }
  }

  package let options: ScalingStudy.Options
  let digits: String
  let note: String?
  let curves: [LearningCurve]

  /// Test errors in percent, one for each run.
  func testErrors(
    _ method: ScalingStudy.MethodName, _ start: ScalingStudy.Start, orders: Double
  ) -> [Double] {
    curves.filter { $0.method == method && $0.start == start && $0.orders == orders }
      .map(\.testError)
  }

  package var tables: [(name: String, table: TextTable)] { [("table", table)] }
  package var figures: [(name: String, figure: Figure)] { [("scaling", figure)] }

  package var notes: [String] {
    (note.map { [$0] } ?? [])
      + curves.compactMap { curve in
        curve.failure.map {
          "\(curve.method.title), \(curve.start.rawValue) start, k = \(curve.orders), run "
            + "\(curve.run): \($0)"
        }
      }
  }

  package struct SummaryRow: Codable, Sendable {
    let method: String
    let start: String
    let ordersOfMagnitude: Double
    let testErrorPercent: Double
  }

  package var summary: [SummaryRow] {
    ScalingStudy.Start.allCases.flatMap { start in
      options.methods.flatMap { method in
        options.orders.map { orders in
          SummaryRow(
            method: method.rawValue, start: start.rawValue, ordersOfMagnitude: orders,
            testErrorPercent: testErrors(method, start, orders: orders).mean)
        }
      }
    }
  }

  /// Test errors against orders of magnitude.
  private var table: TextTable {
    var table = TextTable(
      title:
        "Test error (%) on \(digits) after \(options.epochs) epochs, every pixel rescaled over k "
        + "orders of magnitude",
      columns: [.init("method")]
        + options.orders.map { .init(String(format: "k = %g", $0), .trailing) })
    for start in ScalingStudy.Start.allCases {
      table.addSection(
        start == .corresponding ? "From the corresponding start:" : "From the default start:")
      for method in options.methods {
        table.addRow(
          [method.title]
            + options.orders.map { orders in
              let errors = testErrors(method, start, orders: orders)
              let failed = curves.count {
                $0.method == method && $0.start == start && $0.orders == orders && $0.failure != nil
              }
              return failed == errors.count ? "diverged" : errors.meanText(digits: 2)
            })
      }
    }
    return table
  }

  /// One row for each epoch of each training.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("method"), .init("start"), .init("orders"), .init("run"), .init("epoch"),
      .init("train_loss_nats"), .init("test_loss_nats"), .init("test_error"),
      .init("processor_seconds"), .init("failure"),
    ])
    for curve in curves {
      let ends = curve.records.map { record in
        [
          "\(record.epoch)", "\(record.trainLoss)", "\(record.testLoss)", "\(record.testError)",
          "\(record.seconds)", "",
        ]
      }
      let failed = curve.failure.map { [["", "", "", "", "", $0]] } ?? []
      for cells in ends + failed {
        table.addRow(
          [curve.method.rawValue, curve.start.rawValue, "\(curve.orders)", "\(curve.run)"]
            + cells)
      }
    }
    return table
  }

  private var figure: Figure {
    Figure(
      title: "Who still learns: \(digits), pixels in random units, \(options.epochs) epochs",
      panels: ScalingStudy.Start.allCases.map { start in
        .init(
          title: start == .corresponding
            ? "start computes the same function" : "start has the same weights",
          x: .init("orders of magnitude of the scales"),
          y: .init("test error (%)", scale: .logarithmic, range: 1...100),
          series: options.methods.map { method in
            let errors = options.orders.map { testErrors(method, start, orders: $0) }
            return .init(
              method.title, style: .linePoints, x: options.orders, y: errors.map(\.mean),
              lower: errors.map { $0.quantile(0) }, upper: errors.map { $0.quantile(1) },
              colour: ScalingStudy.MethodName.allCases.firstIndex(of: method)!)
          })
      })
  }

  /// That the invariant damping keeps what scales must not change, and that the others do not.
  package var claims: Claims {
    guard let least = options.orders.min(), let largest = options.orders.max(), largest >= 3,
      least == 0
    else { return Claims() }
    func change(_ method: ScalingStudy.MethodName, _ start: ScalingStudy.Start) -> Double {
      testErrors(method, start, orders: largest).mean
        - testErrors(method, start, orders: least).mean
    }
    let source = "Ollivier 2015, Proposition 30 and §1"
    return Claims(
      options.methods.map { method in
        method == .invariant
          ? Claim(
            "With invariant damping, units of the inputs do not matter: rise of the test error over "
              + String(format: "%g", largest) + " orders of magnitude, corresponding starts",
            source: source, measured: change(method, .corresponding), band: .within(-1...1),
            unit: "points")
          : Claim(
            "They matter to \(method.title): rise of the test error, corresponding starts",
            source: source, measured: change(method, .corresponding), band: .atLeast(0.5),
            unit: "points")
      })
  }
}
