import StrictEncoding
import SwiftASN1

/// A time-stamp token (RFC 3161 section 2.4.2) as it was received: a CMS `SignedData` around a `TSTInfo`. Parsed, not
/// verified: what it says of a time is nobody's word until a ``TimestampAuthority`` has verified it.
public struct TimestampToken: Sendable {
    /// `eContent`, the DER of the `TSTInfo`.
    let content: ArraySlice<UInt8>
    let info: TimestampInfo
    let signer: SignerInfo
    /// The certificates that came along, in any order, unread. Nobody has vouched for them.
    let embedded: [ArraySlice<UInt8>]

    /// A token of 3 to 6 KB holds a chain; none is longer than this.
    static let maximumByteCount = 64 << 10
    static let maximumCertificates = 8

    /// The token of a `TimeStampResp`, the answer of an authority: what bundles hold.
    public init(response der: [UInt8]) throws(TimestampError) {
        guard der.count <= Self.maximumByteCount else { throw .tooLarge(limit: Self.maximumByteCount) }
        self = try Self.reading(.response) {
            try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                let status = try DER.sequence(nodes.required(), identifier: .sequence) { nodes in
                    let status = try Int(derEncoded: &nodes)
                    // Texts for people, and why it failed.
                    while nodes.next() != nil {}
                    return status
                }
                // `granted` and `grantedWithMods`; nothing else comes with a token.
                guard status == 0 || status == 1 else { throw TimestampError.notGranted(status: status) }
                guard let token = nodes.next() else { throw TimestampError.noToken }
                return try TimestampToken(token)
            }
        }
    }

    /// A token by itself.
    public init(token der: [UInt8]) throws(TimestampError) {
        guard der.count <= Self.maximumByteCount else { throw .tooLarge(limit: Self.maximumByteCount) }
        self = try Self.reading(.token) { try TimestampToken(DER.parse(der)) }
    }

    /// RFC 5652 sections 3 and 5.1.
    private init(_ contentInfo: ASN1Node) throws {
        self = try DER.sequence(contentInfo, identifier: .sequence) { nodes in
            guard try ASN1ObjectIdentifier(derEncoded: &nodes) == .signedData else {
                throw TimestampError.notSignedData
            }
            return try DER.explicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
                try TimestampToken(signedData: $0)
            }
        }
    }

    private init(signedData: ASN1Node) throws {
        self = try DER.sequence(signedData, identifier: .sequence) { nodes in
            // Version 3: the content is of another type than data. 4 and 5 come with attribute certificates.
            guard try Int(derEncoded: &nodes) == 3 else { throw TimestampError.malformed(.signedData) }
            // `digestAlgorithms` is a hint for readers in one pass; the signer says what was used.
            try DER.set(nodes.required(), identifier: .set) { while $0.next() != nil {} }
            let content = try Self.content(nodes.required())
            let embedded = try Self.certificates(&nodes)
            DER.optionalImplicitlyTagged(&nodes, tagNumber: 1, tagClass: .contextSpecific) { _ in }
            let signers = try DER.set(nodes.required(), identifier: .set) { nodes in
                var signers: [ASN1Node] = []
                while let node = nodes.next() { signers.append(node) }
                return signers
            }
            guard let signer = signers.first, signers.count == 1 else {
                throw TimestampError.notOneSigner(found: signers.count)
            }
            return TimestampToken(
                content: content, info: try TimestampInfo(der: content), signer: try SignerInfo(signer),
                embedded: embedded)
        }
    }

    private init(content: ArraySlice<UInt8>, info: TimestampInfo, signer: SignerInfo, embedded: [ArraySlice<UInt8>]) {
        self.content = content
        self.info = info
        self.signer = signer
        self.embedded = embedded
    }

    /// RFC 5652 section 5.2.
    private static func content(_ node: ASN1Node) throws -> ArraySlice<UInt8> {
        try DER.sequence(node, identifier: .sequence) { nodes in
            guard try ASN1ObjectIdentifier(derEncoded: &nodes) == .timestampInfo else {
                throw TimestampError.wrongContentType
            }
            return try DER.explicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
                try ASN1OctetString(derEncoded: $0).bytes
            }
        }
    }

    /// RFC 5652 section 10.2.3: a set, of which authorities keep no order.
    private static func certificates(_ nodes: inout ASN1NodeCollection.Iterator) throws -> [ArraySlice<UInt8>] {
        try DER.optionalImplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { node in
            try DER.set(node, identifier: node.identifier) { nodes in
                var certificates: [ArraySlice<UInt8>] = []
                while let node = nodes.next() {
                    guard certificates.count < maximumCertificates else {
                        throw TimestampError.tooManyCertificates(limit: maximumCertificates)
                    }
                    certificates.append(node.encodedBytes)
                }
                return certificates
            }
        } ?? []
    }

    private static func reading(
        _ part: TimestampError.Part, _ body: () throws -> TimestampToken
    ) throws(TimestampError) -> TimestampToken {
        do {
            return try body()
        } catch let error as TimestampError {
            throw error
        } catch {
            throw .malformed(part)
        }
    }
}

/// `TSTInfo`, RFC 3161 section 2.4.2: which hash was seen, and when.
struct TimestampInfo: Sendable {
    let imprintAlgorithm: TimestampHash
    let imprint: [UInt8]
    /// The second of `genTime`, its fraction cut off. Accuracy and ordering are the authority's own affair.
    let instant: Instant

    init(der: ArraySlice<UInt8>) throws {
        self = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
            guard try Int(derEncoded: &nodes) == 1 else { throw TimestampError.malformed(.info) }
            _ = try ASN1ObjectIdentifier(derEncoded: &nodes)
            let (algorithm, imprint) = try DER.sequence(nodes.required(), identifier: .sequence) { nodes in
                let algorithm = try TimestampHash(AlgorithmIdentifier(derEncoded: &nodes))
                return (algorithm, Array(try ASN1OctetString(derEncoded: &nodes).bytes))
            }
            let serialNumber = try nodes.required()
            guard serialNumber.identifier == .integer else { throw TimestampError.malformed(.info) }
            // GeneralizedTime in DER: in UTC, to the second, a fraction without trailing zeros.
            guard let instant = Instant(try GeneralizedTime(derEncoded: &nodes)) else {
                throw TimestampError.malformed(.info)
            }
            try Self.readRest(&nodes)
            return TimestampInfo(imprintAlgorithm: algorithm, imprint: imprint, instant: instant)
        }
    }

    private init(imprintAlgorithm: TimestampHash, imprint: [UInt8], instant: Instant) {
        self.imprintAlgorithm = imprintAlgorithm
        self.imprint = imprint
        self.instant = instant
    }

    /// Accuracy, ordering, nonce, name of the authority, extensions: read over, in this order.
    private static func readRest(_ nodes: inout ASN1NodeCollection.Iterator) throws {
        var rest = nodes
        if rest.next()?.identifier == .sequence { _ = nodes.next() }
        rest = nodes
        if rest.next()?.identifier == .boolean { _ = try Bool(derEncoded: &nodes) }
        rest = nodes
        if rest.next()?.identifier == .integer { _ = nodes.next() }
        _ = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { try GeneralName($0) }
        try DER.optionalImplicitlyTagged(&nodes, tagNumber: 1, tagClass: .contextSpecific) { node in
            // An extension that one must understand is one that nobody here does.
            try DER.sequence(node, identifier: node.identifier) { nodes in
                while let node = nodes.next() {
                    let isCritical = try DER.sequence(node, identifier: .sequence) { nodes in
                        _ = try ASN1ObjectIdentifier(derEncoded: &nodes)
                        let isCritical = try DER.decodeDefault(&nodes, defaultValue: false)
                        _ = try ASN1OctetString(derEncoded: &nodes)
                        return isCritical
                    }
                    guard !isCritical else { throw TimestampError.criticalExtension }
                }
            }
        }
    }
}

extension ASN1ObjectIdentifier {
    /// RFC 5652 section 5.1.
    static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 2]
    /// RFC 3161 section 2.4.2.
    static let timestampInfo: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 16, 1, 4]
}
