import Content
import StrictEncoding

extension SigstoreTrustedRoot {
    /// Sigstore's public good instance, as it was when this program was built (``PublicGoodTrust``). What it asks for is
    /// ``ProofRequirement/publicGood``.
    ///
    /// Read at first use, once, by the reader of trusted roots, so it is the same trust as a file with the same facts. Its
    /// digest is that of ``EmbeddedTrust/canonicalJSON``. Logs and authorities that came later are not known to it, and
    /// neither is that a key was withdrawn: a current `trusted_root.json` is better than this.
    public static let publicGood: SigstoreTrustedRoot = PublicGoodTrust.facts.trustedRoot(named: "public-good")

    /// The same root under another requirement.
    public func requiring(_ requirement: ProofRequirement) -> SigstoreTrustedRoot {
        SigstoreTrustedRoot(self, requirement: requirement)
    }
}

/// Facts about a Sigstore instance in the form in which the program holds them. Bytes are base64, times RFC 3339.
struct EmbeddedTrust {
    struct Log {
        let url: String
        /// How entries name it.
        let keyID: String
        /// `PublicKeyDetails` of `sigstore_common.proto`.
        let keyDetails: String
        /// `SubjectPublicKeyInfo`.
        let key: String
        let start: String
        var end: String?
    }

    struct Authority {
        let url: String
        /// X.509 in DER, the root last.
        let certificates: [String]
        let start: String
        var end: String?
    }

    let logs: [Log]
    let certificateLogs: [Log]
    let certificateAuthorities: [Authority]
    let timestampAuthorities: [Authority]

    /// The facts as a `trusted_root.json`, by RFC 8785.
    var canonicalJSON: [UInt8] {
        let document: JSONTree = [
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": .array(logs.map(\.json)), "ctlogs": .array(certificateLogs.map(\.json)),
            "certificateAuthorities": .array(certificateAuthorities.map(\.json)),
            "timestampAuthorities": .array(timestampAuthorities.map(\.json)),
        ]
        return document.canonicalBytes()
    }

    /// Facts that can't be read give a root that knows nobody and so proves nothing; tests see that it does not come to
    /// that.
    func trustedRoot(named name: String) -> SigstoreTrustedRoot {
        let bytes = canonicalJSON
        do {
            return try SigstoreTrustedRoot(parsing: bytes, name: name, requirement: .publicGood)
        } catch {
            return SigstoreTrustedRoot(
                name: name, digest: Digest(of: bytes), parts: TrustedRootParts(unreadable: error.message),
                requirement: .publicGood)
        }
    }

    static func period(_ start: String, _ end: String?) -> JSONTree {
        JSONTree(members: ["start": .string(start), "end": end.map { .string($0) }])
    }
}

extension EmbeddedTrust.Log {
    fileprivate var json: JSONTree {
        [
            "baseUrl": .string(url), "hashAlgorithm": "SHA2_256", "logId": ["keyId": .string(keyID)],
            "publicKey": [
                "keyDetails": .string(keyDetails), "rawBytes": .string(key),
                "validFor": EmbeddedTrust.period(start, end),
            ],
        ]
    }
}

extension EmbeddedTrust.Authority {
    fileprivate var json: JSONTree {
        [
            "certChain": ["certificates": .array(certificates.map { ["rawBytes": .string($0)] })],
            "uri": .string(url), "validFor": EmbeddedTrust.period(start, end),
        ]
    }
}
