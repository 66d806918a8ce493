import Crypto
import SwiftASN1

/// `SignerInfo`, RFC 5652 section 5.3: who signed, and which attributes.
struct SignerInfo: Sendable {
    let identifier: Identifier
    /// The hash in the attribute `message-digest`.
    let digestAlgorithm: TimestampHash
    let scheme: SignatureScheme
    /// The attributes as they are signed: with the tag of a set (section 5.4).
    let signedAttributes: [UInt8]
    let contentDigest: [UInt8]
    /// Of the signer's certificate, as the attributes name it (RFC 5035 section 5.4); nil where they don't.
    let signingCertificates: [CertificateHash]
    let signature: [UInt8]

    enum Identifier: Sendable, Hashable {
        /// The issuer's name in DER, and the content octets of the serial number.
        case issuer([UInt8], serialNumber: [UInt8])
        case subjectKeyIdentifier([UInt8])

        func names(_ certificate: Certificate) -> Bool {
            switch self {
            case .issuer(let name, let serialNumber):
                certificate.issuer.der == name && certificate.serialNumber == serialNumber
            case .subjectKeyIdentifier(let key): certificate.extensions.subjectKeyIdentifier == key
            }
        }
    }

    /// A certificate by its hash.
    enum CertificateHash: Sendable, Hashable {
        /// RFC 2634 section 5.4: the first version knows SHA-1 only. It adds to a signature that is checked anyway.
        case sha1([UInt8])
        case sha2(TimestampHash, [UInt8])

        func isOf(_ certificate: Certificate) -> Bool {
            switch self {
            case .sha1(let hash): Insecure.SHA1.hash(data: certificate.der).elementsEqual(hash)
            case .sha2(let algorithm, let hash): algorithm.hash(SignedMessage(certificate.der)) == hash
            }
        }
    }

    static let maximumAttributes = 32

    init(_ node: ASN1Node) throws {
        self = try DER.sequence(node, identifier: .sequence) { nodes in
            let version = try Int(derEncoded: &nodes)
            let identifier = try Self.identifier(nodes.required())
            // Section 5.3: the version follows from how the signer is named.
            switch identifier {
            case .issuer: guard version == 1 else { throw TimestampError.malformed(.signerInfo) }
            case .subjectKeyIdentifier: guard version == 3 else { throw TimestampError.malformed(.signerInfo) }
            }
            let digestAlgorithm = try TimestampHash(AlgorithmIdentifier(derEncoded: &nodes))
            let attributes = try nodes.required()
            guard attributes.identifier == ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific) else {
                throw TimestampError.malformed(.attributes)
            }
            let algorithm = try AlgorithmIdentifier(derEncoded: &nodes)
            guard let scheme = SignatureScheme(cmsAlgorithm: algorithm, digest: digestAlgorithm) else {
                throw TimestampError.unsupportedSignature(oid: algorithm.algorithm.description)
            }
            let signature = Array(try ASN1OctetString(derEncoded: &nodes).bytes)
            // Unsigned attributes: what is not signed is not looked at.
            DER.optionalImplicitlyTagged(&nodes, tagNumber: 1, tagClass: .contextSpecific) { _ in }
            return try SignerInfo(
                identifier: identifier, digestAlgorithm: digestAlgorithm, scheme: scheme, attributes: attributes,
                signature: signature)
        }
    }

    private init(
        identifier: Identifier, digestAlgorithm: TimestampHash, scheme: SignatureScheme, attributes: ASN1Node,
        signature: [UInt8]
    ) throws {
        let values = try Self.attributes(attributes)
        guard let type = values[.contentType], try ASN1ObjectIdentifier(derEncoded: type) == .timestampInfo else {
            throw TimestampError.wrongContentType
        }
        guard let digest = values[.messageDigest] else { throw TimestampError.malformed(.attributes) }
        var named: [CertificateHash] = []
        if let first = values[.signingCertificate] { named.append(try Self.certificateHash(first, version: 1)) }
        if let second = values[.signingCertificateV2] { named.append(try Self.certificateHash(second, version: 2)) }
        self.identifier = identifier
        self.digestAlgorithm = digestAlgorithm
        self.scheme = scheme
        signedAttributes = [0x31] + attributes.encodedBytes.dropFirst()
        contentDigest = Array(try ASN1OctetString(derEncoded: digest).bytes)
        signingCertificates = named
        self.signature = signature
    }

    private static func identifier(_ node: ASN1Node) throws -> Identifier {
        guard node.identifier == .sequence else {
            let tag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
            return .subjectKeyIdentifier(
                Array(try ASN1OctetString(derEncoded: node, withIdentifier: tag).bytes))
        }
        return try DER.sequence(node, identifier: .sequence) { nodes in
            let issuer = Array(try nodes.requiredName())
            let serialNumber = try nodes.required()
            guard serialNumber.identifier == .integer, case .primitive(let octets) = serialNumber.content else {
                throw TimestampError.malformed(.signerInfo)
            }
            return .issuer(issuer, serialNumber: Array(octets))
        }
    }

    /// Each attribute once, and each with one value: the ones that are asked for are of that kind.
    private static func attributes(_ node: ASN1Node) throws -> [ASN1ObjectIdentifier: ASN1Node] {
        var values: [ASN1ObjectIdentifier: ASN1Node] = [:]
        try DER.set(node, identifier: node.identifier) { nodes in
            while let node = nodes.next() {
                guard values.count < maximumAttributes else { throw TimestampError.malformed(.attributes) }
                let (oid, value) = try DER.sequence(node, identifier: .sequence) { nodes in
                    let oid = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    return (oid, try DER.set(nodes.required(), identifier: .set) { try $0.required() })
                }
                guard values.updateValue(value, forKey: oid) == nil else { throw TimestampError.malformed(.attributes) }
            }
        }
        return values
    }

    /// The first of the hashes is the signer's; more are of certificates above (RFC 5035 section 5.4).
    private static func certificateHash(_ node: ASN1Node, version: Int) throws -> CertificateHash {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let hash = try DER.sequence(nodes.required(), identifier: .sequence) { nodes in
                guard let first = nodes.next() else { throw TimestampError.malformed(.attributes) }
                return try DER.sequence(first, identifier: .sequence) { nodes in
                    var algorithm = TimestampHash.sha256
                    var rest = nodes
                    if version == 2, rest.next()?.identifier == .sequence {
                        algorithm = try TimestampHash(AlgorithmIdentifier(derEncoded: &nodes))
                    }
                    let hash = Array(try ASN1OctetString(derEncoded: &nodes).bytes)
                    _ = nodes.next()
                    return version == 1 ? CertificateHash.sha1(hash) : .sha2(algorithm, hash)
                }
            }
            // Policies.
            _ = nodes.next()
            return hash
        }
    }
}

/// The hash functions that count in a token. SHA-1 is not one of them.
enum TimestampHash: Sendable, Hashable {
    case sha256, sha384, sha512

    /// RFC 5754 section 2: parameters are absent or NULL.
    init(_ identifier: AlgorithmIdentifier) throws {
        let isPlain = try identifier.parameters.map { try $0 == ASN1Any(erasing: ASN1Null()) } ?? true
        switch identifier.algorithm {
        case [2, 16, 840, 1, 101, 3, 4, 2, 1] where isPlain: self = .sha256
        case [2, 16, 840, 1, 101, 3, 4, 2, 2] where isPlain: self = .sha384
        case [2, 16, 840, 1, 101, 3, 4, 2, 3] where isPlain: self = .sha512
        default: throw TimestampError.unsupportedHash(oid: identifier.algorithm.description)
        }
    }

    func hash(_ message: SignedMessage) -> [UInt8] {
        switch self {
        case .sha256: Array(message.sha256)
        case .sha384: Array(message.sha384)
        case .sha512: Array(message.sha512)
        }
    }
}

extension SignatureScheme {
    /// RFC 5754 section 3, RFC 8419 section 3. Plain `rsaEncryption` says nothing of the hash: it is the digest's.
    fileprivate init?(cmsAlgorithm identifier: AlgorithmIdentifier, digest: TimestampHash) {
        switch identifier.algorithm {
        case [1, 2, 840, 10045, 4, 3, 2]: self = .ecdsaSHA256
        case [1, 2, 840, 10045, 4, 3, 3]: self = .ecdsaSHA384
        case [1, 2, 840, 10045, 4, 3, 4]: self = .ecdsaSHA512
        case [1, 2, 840, 113549, 1, 1, 11]: self = .rsaPKCS1SHA256
        case [1, 2, 840, 113549, 1, 1, 12]: self = .rsaPKCS1SHA384
        case [1, 2, 840, 113549, 1, 1, 13]: self = .rsaPKCS1SHA512
        case .ed25519: self = .ed25519
        case .rsaEncryption:
            self =
                switch digest {
                case .sha256: .rsaPKCS1SHA256
                case .sha384: .rsaPKCS1SHA384
                case .sha512: .rsaPKCS1SHA512
                }
        default: return nil
        }
    }
}

extension ASN1ObjectIdentifier {
    /// RFC 5652 sections 11.1 and 11.2.
    fileprivate static let contentType: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 3]
    fileprivate static let messageDigest: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 4]
    /// RFC 5035 section 5.4 and 5.3.
    fileprivate static let signingCertificate: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 16, 2, 12]
    fileprivate static let signingCertificateV2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 16, 2, 47]
}
