import Content
package import PKI
package import Signing
package import StrictEncoding

/// A key of a simulated TUF repository. What metadata says of it, and what it signs with, can be altered one by one.
package struct SimulatedTUFKey: Sendable {
    package var privateKey: PrivateKey
    package var keyType: String
    package var scheme: String
    /// As metadata writes it: PEM, or hexadecimal digits.
    package var publicText: String
    package var keyID: String
    /// Members that the specification does not have.
    package var extra: [ExactString: JSONTree] = [:]

    /// A new key of a type that the specification has, P-384 after the pattern of P-256.
    package init(_ kind: PublicKey.Kind = .ed25519) throws {
        privateKey = try PrivateKey.generate(kind)
        let publicKey = privateKey.publicKey
        switch kind {
        case .ed25519:
            (keyType, scheme) = ("ed25519", "ed25519")
            publicText = Hex.encode(publicKey.subjectPublicKeyInfo.suffix(32))
        case .ecdsaP256: (keyType, scheme, publicText) = ("ecdsa", "ecdsa-sha2-nistp256", publicKey.pem)
        case .ecdsaP384, .ecdsaP521: (keyType, scheme, publicText) = ("ecdsa", "ecdsa-sha2-nistp384", publicKey.pem)
        case .rsa: (keyType, scheme, publicText) = ("rsa", "rsassa-pss-sha256", publicKey.pem)
        }
        keyID = ""
        keyID = Digest(of: try json.olpcCanonicalBytes()).hex
    }

    /// The digits of the point of an ECDSA key, as the first public-good roots have it.
    package var point: String { Hex.encode(privateKey.publicKey.subjectPublicKeyInfo.suffix(65)) }

    package var json: JSONTree {
        var members = extra
        members["keytype"] = .string(keyType)
        members["scheme"] = .string(scheme)
        members["keyval"] = ["public": .string(publicText)]
        return .object(members)
    }

    /// An entry of `signatures` over the canonical form of `signed`.
    package func signature(over signed: JSONTree) throws -> JSONTree {
        let isRSA = if case .rsa = privateKey.publicKey.kind { true } else { false }
        let bytes = try privateKey.sign(signed.olpcCanonicalBytes(), scheme: isRSA ? .rsaPSSSHA256 : nil)
        return ["keyid": .string(keyID), "sig": .string(Hex.encode(bytes))]
    }
}

/// Keys, threshold, version and expiry of one role of a simulated repository.
package struct SimulatedTUFRole: Sendable {
    /// Those that the delegating metadata names.
    package var keys: [SimulatedTUFKey]
    package var threshold = 1
    /// Those that sign, if not all of ``keys``.
    package var signers: [SimulatedTUFKey]?
    package var version = 1
    package var expires: Instant

    package init(keys: [SimulatedTUFKey], expires: Instant) {
        self.keys = keys
        self.expires = expires
    }

    /// As root metadata and delegations write it.
    package var json: JSONTree {
        [
            "keyids": JSONTree(strings: keys.map(\.keyID)),
            "threshold": .integer(Int64(threshold)),
        ]
    }

    /// A metadata file: `signed`, and the signatures over it.
    package func file(signed: JSONTree) throws -> [UInt8] {
        let signatures = try (signers ?? keys).map { try $0.signature(over: signed) }
        return JSONTree.object(["signed": signed, "signatures": .array(signatures)]).prettyBytes()
    }
}
