import SwiftASN1

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`, RFC 8017 appendix A.1.1, within bounds.
package struct RSAPublicKeyValue {
    /// Unsigned, big-endian, without leading zeros.
    let modulus: ArraySlice<UInt8>
    let publicExponent: ArraySlice<UInt8>
    /// The length of the modulus in bits.
    package let bitCount: Int

    /// What is taken, in bits of the modulus. 2048 is the floor of NIST SP 800-131A for signatures; the ceiling keeps
    /// a verification under a millisecond.
    package static let bitCounts = 2048...8192

    init(der: [UInt8]) throws(PublicKeyError) {
        let numbers: (ArraySlice<UInt8>, ArraySlice<UInt8>)
        do {
            numbers = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                (try ArraySlice<UInt8>(derEncoded: &nodes), try ArraySlice<UInt8>(derEncoded: &nodes))
            }
        } catch {
            throw .notDER
        }
        try self.init(modulus: numbers.0, publicExponent: numbers.1)
    }

    /// - Throws: `PublicKeyError` unless the modulus is odd and within ``bitCounts`` and the exponent is odd, at least
    ///   3 and at most 33 bits long.
    package init(modulus: ArraySlice<UInt8>, publicExponent: ArraySlice<UInt8>) throws(PublicKeyError) {
        self.modulus = modulus
        self.publicExponent = publicExponent
        bitCount = Self.bitCount(of: modulus)
        guard bitCount >= Self.bitCounts.lowerBound else { throw .rsaTooSmall(bits: bitCount) }
        guard bitCount <= Self.bitCounts.upperBound else { throw .rsaTooLarge(bits: bitCount) }
        guard let low = modulus.last, low & 1 == 1 else { throw .rsaModulusEven }
        // With e = 1 every well-padded message is its own signature. 33 bits is the bound of BoringSSL: a long exponent
        // only makes verification slow.
        guard let low = publicExponent.last, low & 1 == 1, (2...33).contains(Self.bitCount(of: publicExponent)) else {
            throw .rsaExponentRefused
        }
    }

    func subjectPublicKeyInfo() throws(PublicKeyError) -> SubjectPublicKeyInfo {
        do {
            var coder = DER.Serializer()
            try coder.appendConstructedNode(identifier: .sequence) { coder in
                try coder.serialize(modulus)
                try coder.serialize(publicExponent)
            }
            return SubjectPublicKeyInfo(
                algorithm: AlgorithmIdentifier(.rsaEncryption, parameters: try ASN1Any(erasing: ASN1Null())),
                key: coder.serializedBytes)
        } catch {
            throw .notDER
        }
    }

    /// The key as the DER of a `SubjectPublicKeyInfo`.
    package func wrapped() throws(PublicKeyError) -> [UInt8] {
        try subjectPublicKeyInfo().encoded()
    }

    private static func bitCount(of number: ArraySlice<UInt8>) -> Int {
        let significant = number.drop { $0 == 0 }
        guard let first = significant.first else { return 0 }
        return significant.count * 8 - first.leadingZeroBitCount
    }
}
