/// The tables of the comparison of Hernández-Lobato and Adams 2015, with the test errors that Gal and Ghahramani
/// 2016 and others give for one hidden layer of 50 units (protein 100): root mean squares, with standard errors
/// over splits where they are given.
enum PublishedRegression: String, CaseIterable, Codable {
  case concrete, energy, kin8nm, naval
  case powerPlant = "power-plant"
  case protein
  case wineRed = "wine-red"
  case yacht

  typealias Error = (mean: Double, standardError: Double?)

  var hidden: Int { self == .protein ? 100 : 50 }

  /// Of a single network.
  var network: Error {
    switch self {
    case .concrete: (5.45, 0.19)
    case .energy: (0.967, 0.060)
    case .kin8nm: (0.0916, nil)
    case .naval: (0.0017, nil)
    case .powerPlant: (4.18, 0.04)
    case .protein: (4.39, 0.02)
    case .wineRed: (0.657, 0.010)
    case .yacht: (1.23, 0.37)
    }
  }

  /// Of Monte Carlo dropout.
  var dropout: Error {
    switch self {
    case .concrete: (4.83, 0.16)
    case .energy: (0.539, 0.014)
    case .kin8nm: (0.0789, nil)
    case .naval: (0.0007, nil)
    case .powerPlant: (4.01, 0.04)
    case .protein: (4.27, 0.02)
    case .wineRed: (0.622, 0.008)
    case .yacht: (0.67, 0.05)
    }
  }
}
