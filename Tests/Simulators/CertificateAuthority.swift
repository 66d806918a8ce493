package import PKI
package import Signing
package import StrictEncoding

/// A certificate authority that signs for real: a root, an intermediate, and whatever leaf a test describes.
package struct SimulatedCA: Sendable {
    package let root: IssuedCertificate
    package let intermediate: IssuedCertificate

    /// The instant around which the simulators' certificates are valid and their signatures made.
    package static let now = Instant(secondsSince1970: 1_780_000_000)

    /// - Parameter kind: of the keys of both authorities.
    package init(
        _ name: String = "simulator", kind: PublicKey.Kind = .ecdsaP256,
        altering alterRoot: (inout CertificateTemplate) -> Void = { _ in },
        intermediate alterIntermediate: (inout CertificateTemplate) -> Void = { _ in }
    ) throws {
        let rootKey = try PrivateKey.generate(kind)
        let intermediateKey = try PrivateKey.generate(kind)
        var template = CertificateTemplate.authority("\(name) root", key: rootKey.publicKey, issuer: "\(name) root")
        alterRoot(&template)
        root = IssuedCertificate(der: try template.signed(by: rootKey), key: rootKey, template: template)
        template = .authority("\(name) intermediate", key: intermediateKey.publicKey, issuer: "\(name) root")
        alterIntermediate(&template)
        intermediate = IssuedCertificate(
            der: try template.signed(by: rootKey), key: intermediateKey, template: template)
    }

    /// The intermediate and the root, as a trusted root lists them.
    package func authority(
        from start: Instant = now.adding(seconds: -86400 * 365), to end: Instant? = nil
    ) throws -> CertificateAuthority {
        try CertificateAuthority(
            certificates: [intermediate.certificate(), root.certificate()],
            validFor: ValidityPeriod(start: start, end: end))
    }

    /// A template for a leaf as Fulcio issues it: ten minutes, code signing, one URI, GitHub's claims.
    package func fulcioLeaf(key: PublicKey) -> CertificateTemplate {
        var template = CertificateTemplate(
            issuer: intermediate.template.subject, subject: DEREncoding.sequence(), key: key)
        template.notBefore = Self.now
        template.notAfter = Self.now.adding(seconds: 600)
        template.extensions = [
            .keyUsage([0x80], unused: 7), .extendedKeyUsage([ChainProfile.codeSigning]),
            .subjectKeyIdentifier(of: key), .authorityKeyIdentifier(of: intermediate.key.publicKey),
            .alternativeNames([.uri(Self.workflow)], isCritical: true),
        ]
        template.setFulcioLegacyClaim(1, Self.githubIssuer)
        template.setFulcioClaim(8, Self.githubIssuer)
        for (number, text) in Self.githubClaims { template.setFulcioClaim(number, text) }
        return template
    }

    /// The leaf, signed by the intermediate, with the promises of `logs` embedded (RFC 6962 section 3.3).
    package func issue(
        _ template: CertificateTemplate, key: PrivateKey, logs: [SimulatedCTLog] = [],
        altering alter: (inout SimulatedCTLog.Promise) -> Void = { _ in }
    ) throws -> IssuedCertificate {
        var template = template.fitted(to: intermediate.key)
        if !logs.isEmpty {
            let precertificate = template.signedBytes
            let promises = try logs.map { log in
                var promise = log.promise(at: Self.now)
                alter(&promise)
                return try promise.encoded(over: precertificate, issuer: intermediate.key.publicKey)
            }
            template.extensions.append(.embeddedTimestamps(promises))
        }
        return IssuedCertificate(der: try template.signed(by: intermediate.key), key: key, template: template)
    }

    package static let githubIssuer = "https://token.actions.githubusercontent.com"
    package static let workflow = "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v1"
    /// Extensions .9 to .24 of a reusable workflow that another repository calls.
    package static let githubClaims: [Int: String] = [
        9: workflow, 10: "1111111111111111111111111111111111111111", 11: "github-hosted",
        12: "https://github.com/example/ledger", 13: "2222222222222222222222222222222222222222",
        14: "refs/heads/main", 15: "1001", 16: "https://github.com/example", 17: "2002",
        18: "https://github.com/example/ledger/.github/workflows/release.yml@refs/heads/main",
        19: "2222222222222222222222222222222222222222", 20: "push",
        21: "https://github.com/example/ledger/actions/runs/1/attempts/1", 22: "public", 23: "production",
        24: "repo:example/ledger:ref:refs/heads/main",
    ]
}

/// A certificate, its key, and the template it was made from, to make another that differs in one field.
package struct IssuedCertificate: Sendable {
    package let der: [UInt8]
    package let key: PrivateKey
    package let template: CertificateTemplate

    package init(der: [UInt8], key: PrivateKey, template: CertificateTemplate) {
        self.der = der
        self.key = key
        self.template = template
    }

    package func certificate() throws -> Certificate { try Certificate(der: der) }
    package var pem: String { PEMBlock(label: "CERTIFICATE", bytes: der).encoded() }
}

/// Every field of a certificate (RFC 5280 section 4.1), to be altered before it is signed.
package struct CertificateTemplate: Sendable {
    /// 2 is version 3.
    package var version = 2
    package var serialNumber: [UInt8] = [0x5a, 1, 2, 3, 4, 5, 6, 7]
    /// DER of a `Name`.
    package var issuer: [UInt8]
    package var subject: [UInt8]
    package var notBefore = SimulatedCA.now.adding(seconds: -86400 * 300)
    package var notAfter = SimulatedCA.now.adding(seconds: 86400 * 3000)
    /// DER of the subject's key.
    package var subjectPublicKeyInfo: [UInt8]
    package var extensions: [Extension] = []
    /// DER of the algorithm inside; the one that signs when nil.
    package var innerAlgorithm: [UInt8]?
    /// What stands outside; the one that signs when nil.
    package var outerAlgorithm: [UInt8]?
    package var scheme = SignatureScheme.ecdsaSHA256

    package init(issuer: [UInt8], subject: [UInt8], key: PublicKey) {
        self.issuer = issuer
        self.subject = subject
        subjectPublicKeyInfo = key.subjectPublicKeyInfo
    }

    package static func authority(_ name: String, key: PublicKey, issuer: String) -> CertificateTemplate {
        var template = CertificateTemplate(
            issuer: DEREncoding.name(issuer), subject: DEREncoding.name(name), key: key)
        template.extensions = [
            .basicConstraints(isAuthority: true), .keyUsage([0x06], unused: 1), .subjectKeyIdentifier(of: key),
        ]
        return template
    }

    /// `tbsCertificate` as it would be signed.
    package var signedBytes: [UInt8] {
        let algorithm = innerAlgorithm ?? Self.algorithm(scheme)
        let extensions =
            extensions.isEmpty
            ? [] : DEREncoding.explicit(3, DEREncoding.sequence(extensions.flatMap(\.encoded)))
        return DEREncoding.sequence(
            DEREncoding.explicit(0, DEREncoding.integer(version)), DEREncoding.tlv(0x02, serialNumber), algorithm,
            issuer,
            DEREncoding.sequence(
                DEREncoding.generalizedTime(notBefore), DEREncoding.generalizedTime(notAfter)),
            subject, subjectPublicKeyInfo, extensions)
    }

    package func signed(by key: PrivateKey) throws -> [UInt8] {
        let template = fitted(to: key)
        let signature = try key.sign(template.signedBytes, scheme: template.scheme)
        return DEREncoding.sequence(
            template.signedBytes, outerAlgorithm ?? Self.algorithm(template.scheme), DEREncoding.bits(signature))
    }

    /// The same with a scheme that the key can sign with.
    package func fitted(to key: PrivateKey) -> CertificateTemplate {
        guard !scheme.isUsable(with: key.publicKey.kind) else { return self }
        var template = self
        template.scheme = SignatureScheme.defaults(for: key.publicKey.kind).first ?? scheme
        return template
    }

    package static func algorithm(_ scheme: SignatureScheme) -> [UInt8] {
        switch scheme {
        case .ecdsaSHA256: DEREncoding.sequence(DEREncoding.oid("1.2.840.10045.4.3.2"))
        case .ecdsaSHA384: DEREncoding.sequence(DEREncoding.oid("1.2.840.10045.4.3.3"))
        case .ecdsaSHA512: DEREncoding.sequence(DEREncoding.oid("1.2.840.10045.4.3.4"))
        case .ed25519: DEREncoding.sequence(DEREncoding.oid("1.3.101.112"))
        case .rsaPKCS1SHA384: DEREncoding.sequence(DEREncoding.oid("1.2.840.113549.1.1.12"), DEREncoding.null)
        case .rsaPKCS1SHA512: DEREncoding.sequence(DEREncoding.oid("1.2.840.113549.1.1.13"), DEREncoding.null)
        default: DEREncoding.sequence(DEREncoding.oid("1.2.840.113549.1.1.11"), DEREncoding.null)
        }
    }

    /// Replaces the extension of that name, or adds it.
    package mutating func set(_ new: Extension) {
        if let position = extensions.firstIndex(where: { $0.oid == new.oid }) {
            extensions[position] = new
        } else {
            extensions.append(new)
        }
    }

    package mutating func remove(_ oid: String) { extensions.removeAll { $0.oid == oid } }

    /// A raw text, as Fulcio writes .1 to .6.
    package mutating func setFulcioLegacyClaim(_ number: Int, _ text: String) {
        set(Extension("1.3.6.1.4.1.57264.1.\(number)", Array(text.utf8)))
    }

    /// A UTF8String in DER, as Fulcio writes .8 and above.
    package mutating func setFulcioClaim(_ number: Int, _ text: String) {
        set(Extension("1.3.6.1.4.1.57264.1.\(number)", DEREncoding.utf8(text)))
    }
}

extension CertificateTemplate {
    /// One extension, with any octets as value.
    package struct Extension: Sendable {
        package var oid: String
        package var isCritical: Bool
        package var value: [UInt8]

        package init(_ oid: String, isCritical: Bool = false, _ value: [UInt8]) {
            self.oid = oid
            self.isCritical = isCritical
            self.value = value
        }

        package var encoded: [UInt8] {
            DEREncoding.sequence(
                DEREncoding.oid(oid), isCritical ? DEREncoding.boolean(true) : [], DEREncoding.octets(value))
        }
    }

    /// A name to be written into a certificate.
    package enum Name: Sendable {
        case uri(String), email(String), dns(String), ipAddress([UInt8]), directory([UInt8])
        case username(String)

        package var encoded: [UInt8] {
            switch self {
            case .uri(let text): DEREncoding.tlv(0x86, Array(text.utf8))
            case .email(let text): DEREncoding.tlv(0x81, Array(text.utf8))
            case .dns(let text): DEREncoding.tlv(0x82, Array(text.utf8))
            case .ipAddress(let octets): DEREncoding.tlv(0x87, octets)
            case .directory(let name): DEREncoding.tlv(0xa4, name)
            case .username(let text):
                DEREncoding.tlv(
                    0xa0, DEREncoding.oid("1.3.6.1.4.1.57264.1.7"), DEREncoding.explicit(0, DEREncoding.utf8(text)))
            }
        }
    }
}

extension CertificateTemplate.Extension {
    package static func basicConstraints(
        isAuthority: Bool, pathLength: Int? = nil, isCritical: Bool = true
    ) -> Self {
        Self(
            "2.5.29.19", isCritical: isCritical,
            DEREncoding.sequence(
                isAuthority ? DEREncoding.boolean(true) : [], pathLength.map(DEREncoding.integer) ?? []))
    }

    /// The octets of the bit string: `80` is digitalSignature, `04` keyCertSign.
    package static func keyUsage(_ bits: [UInt8], unused: UInt8) -> Self {
        Self("2.5.29.15", isCritical: true, DEREncoding.bits(bits, unused: unused))
    }

    package static func extendedKeyUsage(_ usages: [String], isCritical: Bool = false) -> Self {
        Self("2.5.29.37", isCritical: isCritical, DEREncoding.sequence(usages.flatMap(DEREncoding.oid)))
    }

    package static func alternativeNames(_ names: [CertificateTemplate.Name], isCritical: Bool = false) -> Self {
        Self("2.5.29.17", isCritical: isCritical, DEREncoding.sequence(names.flatMap(\.encoded)))
    }

    package static func nameConstraints(
        permitted: [CertificateTemplate.Name] = [], excluded: [CertificateTemplate.Name] = []
    ) -> Self {
        func subtrees(_ tag: UInt8, _ names: [CertificateTemplate.Name]) -> [UInt8] {
            names.isEmpty ? [] : DEREncoding.tlv(tag, names.flatMap { DEREncoding.sequence($0.encoded) })
        }
        return Self(
            "2.5.29.30", isCritical: true,
            DEREncoding.sequence(subtrees(0xa0, permitted), subtrees(0xa1, excluded)))
    }

    package static func subjectKeyIdentifier(of key: PublicKey) -> Self {
        Self("2.5.29.14", DEREncoding.octets(Array(key.fingerprint.utf8.suffix(20))))
    }

    package static func authorityKeyIdentifier(of key: PublicKey) -> Self {
        Self("2.5.29.35", DEREncoding.sequence(DEREncoding.tlv(0x80, Array(key.fingerprint.utf8.suffix(20)))))
    }

    /// RFC 6962 section 3.3: a list of encoded promises.
    package static func embeddedTimestamps(_ promises: [[UInt8]]) -> Self {
        let list = promises.flatMap { SimulatedCTLog.vector($0) }
        return Self("1.3.6.1.4.1.11129.2.4.2", DEREncoding.octets(SimulatedCTLog.vector(list)))
    }
}
