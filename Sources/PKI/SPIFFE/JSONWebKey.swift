package import StrictEncoding
import SwiftASN1

/// One element of a JWK set (RFC 7517 section 4), as far as SPIFFE uses it: a public key and what came with it.
package struct JSONWebKey {
    /// Nil where the key is of a kind that nothing here knows, which SPIFFE has readers skip.
    package let publicKey: PublicKey?
    package let keyID: ExactString?
    /// What the key is to be used with, as it was written.
    package let algorithm: ExactString?

    package init(_ value: JSONValue) throws(JSONWebKeyError) {
        guard let members = value.object, let type = members["kty"]?.exact else { throw .malformed("kty") }
        for name in Self.privateMembers where members[name] != nil { throw .privateKeyGiven }
        keyID = try Self.text(members, "kid")
        algorithm = try Self.text(members, "alg")
        switch type {
        case "RSA": publicKey = try Self.rsa(members)
        case "EC": publicKey = try Self.ellipticCurve(members)
        case "OKP": publicKey = try Self.octetKeyPair(members)
        default: publicKey = nil
        }
    }

    /// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2: all that is secret begins with one of these.
    private static let privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

    private static func text(_ members: JSONObject, _ name: String) throws(JSONWebKeyError) -> ExactString? {
        guard let value = members[name] else { return nil }
        guard let text = value.exact, !text.utf8.isEmpty, text.utf8.count <= SPIFFELimits.nameByteCount else {
            throw .malformed(name)
        }
        return text
    }
}

// MARK: Kinds of keys

extension JSONWebKey {
    /// RFC 7518 section 6.3.1.
    private static func rsa(_ members: JSONObject) throws(JSONWebKeyError) -> PublicKey {
        let modulus = try number(members, "n")
        let exponent = try number(members, "e")
        return try key { () throws(PublicKeyError) in
            try RSAPublicKeyValue(modulus: modulus[...], publicExponent: exponent[...]).subjectPublicKeyInfo()
        }
    }

    /// RFC 7518 section 6.2.1. Coordinates are as long as the curve's, leading zeros and all.
    private static func ellipticCurve(_ members: JSONObject) throws(JSONWebKeyError) -> PublicKey? {
        guard let name = members["crv"]?.exact else { throw .malformed("crv") }
        let curve: (oid: ASN1ObjectIdentifier, byteCount: Int)
        switch name {
        case "P-256": curve = (.secp256r1, 32)
        case "P-384": curve = (.secp384r1, 48)
        case "P-521": curve = (.secp521r1, 66)
        default: return nil
        }
        var point: [UInt8] = [4]
        for coordinate in ["x", "y"] {
            let octets = try octets(members, coordinate)
            guard octets.count == curve.byteCount else { throw .malformed(coordinate) }
            point += octets
        }
        guard let parameters = try? ASN1Any(erasing: curve.oid) else { throw .malformed("crv") }
        return try key { () throws(PublicKeyError) in
            SubjectPublicKeyInfo(algorithm: AlgorithmIdentifier(.ecPublicKey, parameters: parameters), key: point)
        }
    }

    /// RFC 8037 section 2.
    private static func octetKeyPair(_ members: JSONObject) throws(JSONWebKeyError) -> PublicKey? {
        guard let name = members["crv"]?.exact else { throw .malformed("crv") }
        guard name == "Ed25519" else { return nil }
        let octets = try octets(members, "x")
        return try key { () throws(PublicKeyError) in
            SubjectPublicKeyInfo(algorithm: AlgorithmIdentifier(.ed25519, parameters: nil), key: octets)
        }
    }

    private static func key(_ info: () throws(PublicKeyError) -> SubjectPublicKeyInfo) throws(JSONWebKeyError)
        -> PublicKey
    {
        do {
            return try PublicKey(subjectPublicKeyInfo: info().encoded())
        } catch {
            throw .key(error)
        }
    }

    private static func octets(_ members: JSONObject, _ name: String) throws(JSONWebKeyError) -> [UInt8] {
        guard let text = members[name]?.utf8, let octets = Base64URL.decode(text[...]), !octets.isEmpty else {
            throw .malformed(name)
        }
        return octets
    }

    /// RFC 7518 section 2, Base64urlUInt: the shortest way to write it.
    private static func number(_ members: JSONObject, _ name: String) throws(JSONWebKeyError) -> [UInt8] {
        let octets = try octets(members, name)
        guard octets.first != 0 else { throw .malformed(name) }
        return octets
    }
}

/// Why an element of a JWK set can't be read.
public enum JSONWebKeyError: Error, Equatable, Sendable {
    /// This member is not there, or not as its specification has it.
    case malformed(String)
    /// A secret where none belongs.
    case privateKeyGiven
    /// The members describe no usable key.
    case key(PublicKeyError)

    /// One line, lower case. Members are named by us, never by the input.
    public var message: String {
        switch self {
        case .malformed(let name): "expected the member `\(name)` as RFC 7517 and RFC 7518 have it, found another"
        case .privateKeyGiven: "expected a public key, found the parts of a private one"
        case .key(let error): error.message
        }
    }
}

/// Base64 as JOSE writes it (RFC 7515 section 2): the URL-safe alphabet, no padding, unused bits zero.
package enum Base64URL {
    /// Nil for another spelling.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }) else {
            return nil
        }
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return try? Base64.decodeStandardOrURLSafe(bytes: (Array(text) + padding)[...])
    }
}

/// How much is read of what SPIFFE's control planes and workloads send.
enum SPIFFELimits {
    /// A bundle of some dozen authorities with RSA keys has about 100 KB.
    static let bundleByteCount = 1 << 20
    /// All bundles of one file.
    static let bundleMapByteCount = 16 << 20
    /// Two or three are common; more while many control planes rotate at once.
    static let keys = 256
    static let trustDomains = 1024
    /// Of one trust domain: a bundle each week for some years.
    static let pastBundles = 256
    /// Identifiers of keys are hashes or random names.
    static let nameByteCount = 1024
    /// HTTP servers take headers of 8 to 16 KB.
    static let tokenByteCount = 16 << 10
    static let audiences = 64
}
