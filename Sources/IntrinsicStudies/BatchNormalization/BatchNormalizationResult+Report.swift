import Foundation

extension BatchNormalizationResult {
  private var small: Int { options.smallBatch }
  private var large: Int { options.largeBatch }
  private var batch: Variant { .normalized(.batch, batch: small, dropout: false) }
  private var largeBatch: Variant { .normalized(.batch, batch: large, dropout: false) }
  private var population: Variant { .population(batch: large, noiseOf: small) }
  private var weight: Variant { .normalized(.weight, batch: small, dropout: false) }

  /// Figure 2.
  var gammaDecayFigure: Figure {
    courseFigure("Batch normalization and gamma decay", [batch, largeBatch, population])
  }

  /// Figure 3.
  var regularizationFigure: Figure {
    courseFigure(
      "Regularization by normalizations",
      [.plain]
        + Variant.Family.allCases.map { .normalized($0, batch: small, dropout: false) })
  }

  /// Figure 5.
  var dropoutFigure: Figure {
    courseFigure(
      "Dropout after normalization",
      [
        largeBatch, .normalized(.batch, batch: large, dropout: true), weight,
        .normalized(.weight, batch: small, dropout: true),
      ])
  }

  private func courseFigure(_ title: String, _ shown: [Variant]) -> Figure {
    func panel(
      _ name: String, _ value: @escaping (MiniBatchTraining.Record) -> Double
    ) -> Figure.Panel {
      .init(
        title: name, x: .init("epochs", range: 0...Double(options.epochs)), y: .init(name),
        series: shown.enumerated().map { index, variant in
          let matching = curves.filter { $0.variant == variant && $0.failure == nil }
          let epochs = matching.map(\.records.count).min() ?? 0
          let columns = (0..<epochs).map { epoch in matching.map { value($0.records[epoch]) } }
          return .init(
            variant.title, style: .linePoints, x: (0..<epochs).map { Double($0 + 1) },
            y: columns.map(\.mean), lower: columns.map { $0.quantile(0) },
            upper: columns.map { $0.quantile(1) }, colour: index)
        })
    }
    return Figure(
      title: "\(title), \(images)",
      panels: [
        panel("training loss (nats)", \.evaluatedTrainLoss), panel("test loss (nats)", \.testLoss),
        panel("test accuracy (%)") { 100 * (1 - $0.testError) },
      ])
  }

  private var normalizedLayers: [Int] {
    Set(variants.compactMap { if case .oneLayer(let layer, _) = $0 { layer } else { nil } })
      .sorted()
  }

  /// The mean of g² of the layer that is normalized.
  private func gain(_ layer: Int, _ batch: Int) -> [Double] {
    curves.filter { $0.variant == .oneLayer(layer, batch: batch) }.compactMap(\.gains.first)
  }

  /// Figure 4.
  var batchSizeFigure: Figure {
    func panel(_ label: String, _ values: @escaping (Int, Int) -> [Double]) -> Figure.Panel {
      .init(
        title: label, x: .init("batch size M", scale: .logarithmic, range: shownBatches),
        y: .init(label),
        series: normalizedLayers.enumerated().map { index, layer in
          let columns = options.batches.map { values(layer, $0) }
          return .init(
            "BN in layer \(layer + 1)", style: .linePoints, x: options.batches.map(Double.init),
            y: columns.map(\.mean), lower: columns.map { $0.quantile(0) },
            upper: columns.map { $0.quantile(1) }, colour: index)
        })
    }
    return Figure(
      title: "Batch normalization in one layer, \(images)",
      panels: [
        panel("mean γ²") { gain($0, $1) },
        panel("test loss (nats)") { final(.oneLayer($0, batch: $1), \.testLoss) },
      ])
  }

  private var shownBatches: ClosedRange<Double>? {
    guard let first = options.batches.min(), let last = options.batches.max() else { return nil }
    return Double(first) / 1.2...Double(last) * 1.2
  }

  private var fineTunings: [FineTuning] { curves.compactMap(\.fineTuning) }

  /// Figure 7.
  var fineTuningFigure: Figure {
    let layers = fineTunings.first?.before.indices.map { Double($0 + 1) } ?? []
    func norms(_ of: (FineTuning) -> [Double]) -> [Double] {
      layers.indices.map { layer in fineTunings.map { of($0)[layer] }.mean }
    }
    let epochs = fineTunings.map(\.records.count).min() ?? 0
    func losses(
      _ name: String, _ value: (MiniBatchTraining.Record) -> Double
    ) -> Figure.Series {
      let columns = (0..<epochs).map { epoch in fineTunings.map { value($0.records[epoch]) } }
      return .init(
        name, style: .linePoints, x: (0..<epochs).map { Double($0 + 1) }, y: columns.map(\.mean),
        lower: columns.map { $0.quantile(0) }, upper: columns.map { $0.quantile(1) })
    }
    return Figure(
      title: "Fine-tuning without batch normalization, \(images)",
      panels: [
        .init(
          title: "weights", x: .init("layer"), y: .init("‖w‖"),
          series: [
            .init(
              "with batch normalization, folded", style: .linePoints, x: layers, y: norms(\.before)),
            .init("fine-tuned without", style: .linePoints, x: layers, y: norms(\.after)),
          ]),
        .init(
          title: "loss", x: .init("epochs without"), y: .init("loss (nats)"),
          series: [
            losses("training", \.evaluatedTrainLoss), losses("test", \.testLoss),
          ]),
      ])
  }

  package var claims: Claims {
    func loss(_ variant: Variant) -> Double { final(variant, \.testLoss).mean }
    func accuracy(_ variant: Variant) -> Double {
      100 - 100 * final(variant, \.testError).mean
    }
    func dropped(_ variant: Variant) -> Variant {
      guard case .normalized(let family, let batch, _) = variant else { return variant }
      return .normalized(family, batch: batch, dropout: true)
    }
    let source = "Luo et al. 2019, "
    var list = [
      Claim(
        "BN: larger batches regularize less: difference of test and training loss, large less small",
        source: source + "Figure 2", measured: gap(largeBatch).mean - gap(batch).mean,
        band: .atLeast(0), unit: "nats"),
      Claim(
        "PN + gamma decay does as well as BN with small batches: difference of accuracies",
        source: source + "Figure 2", measured: accuracy(population) - accuracy(batch),
        band: .atLeast(-2), unit: "points"),
      Claim(
        "BN loses less on the test set than vanilla SGD: ratio", source: source + "Figure 3",
        measured: loss(batch) / loss(.plain), band: .atMost(1)),
      Claim(
        "BN loses less on the test set than WN: ratio", source: source + "Figure 3",
        measured: loss(batch) / loss(weight), band: .atMost(1)),
    ]
    for family in [Variant.Family.meanOnly, .varianceOnly] {
      list.append(
        Claim(
          "\(family.rawValue) loses less on the test set than WN: ratio",
          source: source + "Figure 3",
          measured: loss(.normalized(family, batch: small, dropout: false)) / loss(weight),
          band: .atMost(1)))
    }
    if let first = options.batches.min(), let last = options.batches.max(), first < last {
      let ratios = normalizedLayers.map { gain($0, last).mean / gain($0, first).mean }
      list.append(
        Claim(
          "γ² grows with the batch: mean ratio of M = \(last) to M = \(first)",
          source: source + "Figure 4", measured: ratios.mean, band: .atLeast(1)))
    }
    list += [
      Claim(
        "Dropout after BN with large batches helps: difference of accuracies",
        source: source + "Figure 5", measured: accuracy(dropped(largeBatch)) - accuracy(largeBatch),
        band: .atLeast(0), unit: "points"),
      Claim(
        "Dropout after WN helps: difference of accuracies", source: source + "Figure 5",
        published: "7", measured: accuracy(dropped(weight)) - accuracy(weight), band: .atLeast(0),
        unit: "points"),
    ]
    let growth = fineTunings.flatMap { zip($0.after, $0.before).map { $0 / $1 } }
    if !growth.isEmpty {
      list.append(
        Claim(
          "Weights grow without batch normalization: mean ratio of norms",
          source: source + "Figure 7", measured: growth.mean, band: .atLeast(1)))
      let change = fineTunings.map {
        ($0.records.last?.testLoss ?? .nan) - ($0.records.first?.testLoss ?? .nan)
      }
      list.append(
        Claim(
          "The test loss rises without batch normalization", source: source + "Figure 7",
          measured: change.mean, band: .atLeast(0), unit: "nats"))
    }
    return Claims(list)
  }
}
