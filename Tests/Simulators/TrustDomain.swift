package import PKI
package import Signing
package import StrictEncoding

/// A SPIFFE trust domain that issues for real: X509-SVIDs under a root and an intermediate, JWT-SVIDs, and its bundle.
package struct SimulatedTrustDomain: Sendable {
    package let name: String
    package let authority: SimulatedCA
    /// What signs JWT-SVIDs.
    package let tokenKey: PrivateKey

    package init(
        _ name: String = "example.org", tokens: PublicKey.Kind = .ecdsaP256,
        altering alterRoot: (inout CertificateTemplate) -> Void = { _ in },
        intermediate alterIntermediate: (inout CertificateTemplate) -> Void = { _ in }
    ) throws {
        self.name = name
        tokenKey = try PrivateKey.generate(tokens)
        let id = CertificateTemplate.Extension.alternativeNames([.uri("spiffe://\(name)")])
        authority = try SimulatedCA(
            name,
            altering: {
                $0.set(id)
                alterRoot(&$0)
            },
            intermediate: {
                $0.set(id)
                alterIntermediate(&$0)
            })
    }

    /// A workload's certificate as control planes issue them: an hour, servers and clients, one URI, no subject.
    package func workload(key: PublicKey, path: String = "/build") -> CertificateTemplate {
        var template = CertificateTemplate(
            issuer: authority.intermediate.template.subject, subject: DEREncoding.sequence(), key: key)
        template.notBefore = SimulatedCA.now
        template.notAfter = SimulatedCA.now.adding(seconds: 3600)
        template.extensions = [
            .keyUsage([0x80], unused: 7),
            .extendedKeyUsage([ChainProfile.serverAuthentication, ChainProfile.clientAuthentication]),
            .basicConstraints(isAuthority: false), .subjectKeyIdentifier(of: key),
            .authorityKeyIdentifier(of: authority.intermediate.key.publicKey),
            .alternativeNames([.uri("spiffe://\(name)\(path)")], isCritical: true),
        ]
        return template
    }

    /// The bundle as a JWK set: the root, and the key for tokens.
    package func bundle(sequence: Int64? = 1, refreshHint: Int64? = 300) throws -> JSONTree {
        JSONTree(members: [
            "spiffe_sequence": sequence.map { .integer($0) }, "spiffe_refresh_hint": refreshHint.map { .integer($0) },
            "keys": [Self.authorityKey(authority.root), Self.tokenKey(tokenKey.publicKey, id: "token-1")],
        ])
    }

    package static func authorityKey(_ certificate: IssuedCertificate) -> JSONTree {
        var members = webKey(certificate.key.publicKey)
        members["use"] = "x509-svid"
        members["x5c"] = [.string(Base64.encode(certificate.der))]
        return .object(members)
    }

    package static func tokenKey(_ key: PublicKey, id: String) -> JSONTree {
        var members = webKey(key)
        members["use"] = "jwt-svid"
        members["kid"] = .string(id)
        return .object(members)
    }

    /// RFC 7518 section 6, RFC 8037 section 2, from the end of a `SubjectPublicKeyInfo`, which holds nothing else.
    package static func webKey(_ key: PublicKey) -> [ExactString: JSONTree] {
        func text(_ bytes: some Sequence<UInt8>) -> JSONTree { .string(SimulatedToken.base64URL(Array(bytes))) }
        let info = key.subjectPublicKeyInfo
        switch key.kind {
        case .ed25519: return ["kty": "OKP", "crv": "Ed25519", "x": text(info.suffix(32))]
        case .rsa(let bits):
            // … modulus, then the exponent: 02 03 01 00 01.
            let modulus = info.dropLast(5).suffix(bits / 8)
            return ["kty": "RSA", "n": text(modulus), "e": text(info.suffix(3))]
        case .ecdsaP256, .ecdsaP384, .ecdsaP521:
            let (curve, length): (String, Int) =
                switch key.kind {
                case .ecdsaP256: ("P-256", 32)
                case .ecdsaP384: ("P-384", 48)
                default: ("P-521", 66)
                }
            let point = info.suffix(2 * length)
            return [
                "kty": "EC", "crv": .string(curve), "x": text(point.prefix(length)), "y": text(point.suffix(length)),
            ]
        }
    }
}

/// A JWT-SVID to be altered before it is signed.
package struct SimulatedToken: Sendable {
    package var header: [ExactString: JSONTree] = ["alg": "ES256", "kid": "token-1", "typ": "JWT"]
    package var claims: [ExactString: JSONTree] = [
        "sub": "spiffe://example.org/build", "aud": ["registry"],
        "exp": .integer(SimulatedCA.now.secondsSince1970 + 300), "iat": .integer(SimulatedCA.now.secondsSince1970),
    ]
    package var scheme = SignatureScheme.ecdsaSHA256

    package init() {}

    /// The compact serialization (RFC 7515 section 3.1).
    package func signed(by key: PrivateKey) throws -> String {
        try Self.signed(
            header: JSONTree.object(header).canonicalBytes(), claims: JSONTree.object(claims).canonicalBytes(), by: key,
            scheme: scheme)
    }

    package static func signed(
        header: [UInt8], claims: [UInt8], by key: PrivateKey, scheme: SignatureScheme = .ecdsaSHA256
    ) throws -> String {
        let input = base64URL(header) + "." + base64URL(claims)
        let signature = try key.sign(Array(input.utf8), scheme: scheme)
        return input + "." + base64URL(raw(signature, of: key.publicKey.kind))
    }

    package static func base64URL(_ bytes: [UInt8]) -> String {
        let text = Base64.encode(bytes).utf8.filter { $0 != UInt8(ascii: "=") }.map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// r and s side by side, from the DER that our keys make: two numbers with at most one sign octet.
    package static func raw(_ signature: [UInt8], of kind: PublicKey.Kind) -> [UInt8] {
        let length: Int
        switch kind {
        case .ecdsaP256: length = 32
        case .ecdsaP384: length = 48
        case .ecdsaP521: length = 66
        case .ed25519, .rsa: return signature
        }
        var rest = signature.dropFirst(signature[1] == 0x81 ? 3 : 2)
        var raw: [UInt8] = []
        for _ in 0..<2 {
            let count = Int(rest[rest.startIndex + 1])
            let number = rest.dropFirst(2).prefix(count).drop { $0 == 0 }
            raw += [UInt8](repeating: 0, count: length - number.count) + number
            rest = rest.dropFirst(2 + count)
        }
        return raw
    }
}
