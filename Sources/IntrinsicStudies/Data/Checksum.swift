import Crypto
import Foundation

/// What tells whether data are those that were published.
enum Checksum {
  /// SHA-256 (FIPS 180-4) in 64 hexadecimal digits.
  static func sha256(_ data: Data) -> String {
    SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
  }
}
