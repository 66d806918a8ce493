import Content
package import PKI
import Signing
package import StrictEncoding

/// A timestamp authority that signs for real (RFC 3161), with a certificate of its own root.
package struct SimulatedTSA: Sendable {
    package let authority: SimulatedCA
    package let signer: IssuedCertificate

    /// - Parameter alter: what is different about the signer's certificate.
    package init(
        _ name: String = "clock", kind: PublicKey.Kind = .ecdsaP256, authority: SimulatedCA? = nil,
        altering alter: (inout CertificateTemplate) -> Void = { _ in }
    ) throws {
        let authority = try authority ?? SimulatedCA(name)
        let key = try PrivateKey.generate(kind)
        var template = CertificateTemplate(
            issuer: authority.intermediate.template.subject, subject: DEREncoding.name(name), key: key.publicKey)
        template.extensions = [
            .keyUsage([0x80], unused: 7),
            .extendedKeyUsage([ChainProfile.timeStamping], isCritical: true), .subjectKeyIdentifier(of: key.publicKey),
            .authorityKeyIdentifier(of: authority.intermediate.key.publicKey),
        ]
        alter(&template)
        self.authority = authority
        signer = try authority.issue(template, key: key)
    }

    /// The authority as a trusted root lists it: with its signer's certificate or without.
    package func trusted(
        withSigner: Bool = true, from start: Instant = SimulatedCA.now.adding(seconds: -86400), to end: Instant? = nil
    ) throws -> TimestampAuthority {
        try TimestampAuthority(
            certificates: (withSigner ? [signer.certificate()] : []) + [
                authority.intermediate.certificate(), authority.root.certificate(),
            ],
            validFor: ValidityPeriod(start: start, end: end))
    }

    package func answer(to signature: [UInt8]) -> Answer {
        Answer(signature: signature, signer: signer)
    }

    /// Every field of an answer, to be altered before it is signed.
    package struct Answer: Sendable {
        package var signature: [UInt8]
        package var signer: IssuedCertificate
        /// Whose name and serial number stand in the signer info; the signer's when nil.
        package var named: IssuedCertificate?
        package var namesByKey = false
        package var status = 0
        package var hasToken = true
        package var contentInfoType = "1.2.840.113549.1.7.2"
        package var signedDataVersion = 3
        package var contentType = "1.2.840.113549.1.9.16.1.4"
        package var certificates: [[UInt8]] = []
        /// How often the one signer info is written.
        package var signerCount = 1

        package var infoVersion = 1
        package var imprintHash = Hash.sha256
        /// Of ``signature`` when nil.
        package var imprint: [UInt8]?
        package var time = SimulatedCA.now.adding(seconds: 60)
        package var fraction = ""
        /// DER after the time: accuracy, ordering, nonce, name, extensions.
        package var rest: [UInt8] = []

        package var digest = Hash.sha256
        package var attributeContentType = "1.2.840.113549.1.9.16.1.4"
        /// Of the content when nil.
        package var messageDigest: [UInt8]?
        package var hasSignedAttributes = true
        /// Whose hash stands in the attributes; the signer's when nil.
        package var signingCertificate: [UInt8]?
        package var namesSigningCertificate = true
        package var extraAttributes: [[UInt8]] = []
        package var scheme: SignatureScheme?
        /// DER of the signature's algorithm; the scheme's own when nil.
        package var algorithm: [UInt8]?
        /// Put after the signature: flips nothing that is signed.
        package var unsignedAttributes: [UInt8] = []

        package init(signature: [UInt8], signer: IssuedCertificate) {
            self.signature = signature
            self.signer = signer
        }

        /// A `TimeStampResp`.
        package func encoded() throws -> [UInt8] {
            DEREncoding.sequence(DEREncoding.sequence(DEREncoding.integer(status)), hasToken ? try token() : [])
        }

        /// The token by itself.
        package func token() throws -> [UInt8] {
            let content = info
            let certificates = certificates.isEmpty ? [] : DEREncoding.tlv(0xa0, certificates.flatMap { $0 })
            let one = try signerInfo(over: content)
            return DEREncoding.sequence(
                DEREncoding.oid(contentInfoType),
                DEREncoding.explicit(
                    0,
                    DEREncoding.sequence(
                        DEREncoding.integer(signedDataVersion), DEREncoding.set([digest.algorithm]),
                        DEREncoding.sequence(
                            DEREncoding.oid(contentType), DEREncoding.explicit(0, DEREncoding.octets(content))),
                        certificates, DEREncoding.set((0..<signerCount).map { _ in one }))))
        }

        private var info: [UInt8] {
            DEREncoding.sequence(
                DEREncoding.integer(infoVersion), DEREncoding.oid("1.3.6.1.4.1.57264.2"),
                DEREncoding.sequence(
                    imprintHash.algorithm, DEREncoding.octets(imprint ?? imprintHash.of(signature))),
                DEREncoding.integer(4711), DEREncoding.generalizedTime(time, fraction: fraction), rest)
        }

        private func signerInfo(over content: [UInt8]) throws -> [UInt8] {
            let attributes = DEREncoding.set(
                [
                    attribute("1.2.840.113549.1.9.3", DEREncoding.oid(attributeContentType)),
                    attribute("1.2.840.113549.1.9.4", DEREncoding.octets(messageDigest ?? digest.of(content))),
                ]
                    + (namesSigningCertificate
                        ? [
                            attribute(
                                "1.2.840.113549.1.9.16.2.47",
                                DEREncoding.sequence(
                                    DEREncoding.sequence(
                                        DEREncoding.sequence(
                                            DEREncoding.octets(
                                                Hash.sha256.of(signingCertificate ?? signer.der))))))
                        ] : [])
                    + extraAttributes)
            let kind = signer.key.publicKey.kind
            let scheme = scheme ?? SignatureScheme.defaults(for: kind).first
            let signature = try signer.key.sign(hasSignedAttributes ? attributes : content, scheme: scheme)
            let named = named ?? signer
            let identifier =
                namesByKey
                ? DEREncoding.tlv(0x80, Array(named.key.publicKey.fingerprint.utf8.suffix(20)))
                : DEREncoding.sequence(named.template.issuer, DEREncoding.tlv(0x02, named.template.serialNumber))
            return DEREncoding.sequence(
                DEREncoding.integer(namesByKey ? 3 : 1), identifier, digest.algorithm,
                hasSignedAttributes ? [0xa0] + attributes.dropFirst() : [],
                algorithm ?? CertificateTemplate.algorithm(scheme ?? .ecdsaSHA256), DEREncoding.octets(signature),
                unsignedAttributes)
        }

        package func attribute(_ oid: String, _ value: [UInt8]) -> [UInt8] {
            DEREncoding.sequence(DEREncoding.oid(oid), DEREncoding.set([value]))
        }
    }

    /// A hash function by its identifier; SHA-1 can be named, but what is written for it is cut from SHA-256.
    package enum Hash: String, Sendable, CaseIterable {
        case sha256 = "2.16.840.1.101.3.4.2.1"
        case sha384 = "2.16.840.1.101.3.4.2.2"
        case sha512 = "2.16.840.1.101.3.4.2.3"
        case sha1 = "1.3.14.3.2.26"

        package var algorithm: [UInt8] { DEREncoding.sequence(DEREncoding.oid(rawValue)) }

        package func of(_ bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .sha256: Hashing.hash(bytes, using: .sha256)
            case .sha384: Array(SignedMessage(bytes).sha384)
            case .sha512: Hashing.hash(bytes, using: .sha512)
            case .sha1: Array(Hashing.hash(bytes, using: .sha256).prefix(20))
            }
        }
    }
}
