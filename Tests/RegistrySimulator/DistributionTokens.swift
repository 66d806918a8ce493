import Crypto
import Foundation
import StrictEncoding

/// Makes the signed tokens that docker-registry takes (distribution "Docker Registry v2 Bearer token specification"):
/// JSON web tokens with ES256, whose header carries the certificate.
package struct DistributionTokens: Sendable {
    package let issuer: String
    /// PEM, for `rootcertbundle`.
    package let certificate: String
    private let key: P256.Signing.PrivateKey
    private let der: [UInt8]

    /// With a key and certificate of its own.
    package init(issuer: String = "simulator", _ certificates: TestCertificates) throws {
        self.issuer = issuer
        certificate = certificates.tokenSigner.certificate
        key = try P256.Signing.PrivateKey(pemRepresentation: certificates.tokenSigner.key)
        let blocks = try PEMBlock.parseAll(Array(certificate.utf8), limit: 1)
        guard let block = blocks.first else { throw RegistrySimulatorError.malformed("token certificate") }
        der = block.bytes
    }

    /// A token service whose tokens docker-registry understands.
    package func service(_ settings: TokenService.Settings) -> TokenService {
        TokenService(settings) { user, service, grants in token(user, service, grants) }
    }

    private func token(_ user: String, _ service: String, _ grants: [TokenService.Grant]) -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let header: JSONTree = ["typ": "JWT", "alg": "ES256", "x5c": JSONTree(strings: [Base64.encode(der)])]
        let claims: JSONTree = [
            "iss": .string(issuer), "sub": .string(user), "aud": .string(service), "jti": .string(UUID().uuidString),
            "iat": .integer(now), "nbf": .integer(now - 60), "exp": .integer(now + 300),
            "access": .array(
                grants.map { grant in
                    [
                        "type": "repository", "name": .string(grant.repository),
                        "actions": JSONTree(strings: grant.actions),
                    ]
                }),
        ]
        let signed = Self.encode(header.canonicalBytes()) + "." + Self.encode(claims.canonicalBytes())
        guard let signature = try? key.signature(for: Data(signed.utf8)) else { return "" }
        return signed + "." + Self.encode(Array(signature.rawRepresentation))
    }

    /// base64url without padding (RFC 7515 section 2)
    private static func encode(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
