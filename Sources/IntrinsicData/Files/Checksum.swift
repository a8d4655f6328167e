import Foundation

#if canImport(CryptoKit)
  import CryptoKit
#else
  import COpenSSL
#endif

/// What tells whether data are those that were published.
public enum Checksum {
  /// SHA-256 (FIPS 180-4) in 64 hexadecimal digits.
  public static func sha256(_ data: Data) -> String {
    #if canImport(CryptoKit)
      let digest = Array(SHA256.hash(data: data))
    #else
      var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
      data.withUnsafeBytes {
        _ = SHA256($0.bindMemory(to: UInt8.self).baseAddress, data.count, &digest)
      }
    #endif
    return digest.map { String(format: "%02x", $0) }.joined()
  }
}
