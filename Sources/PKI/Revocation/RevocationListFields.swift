import StrictEncoding
import SwiftASN1

/// `CertificateList` of RFC 5280 section 5.1 taken apart, with the entries judged.
struct RevocationListFields {
    let signedBytes: ArraySlice<UInt8>
    let outerAlgorithm: ArraySlice<UInt8>
    let signature: [UInt8]

    let issuer: ArraySlice<UInt8>
    let thisUpdate: Instant
    let nextUpdate: Instant
    /// By the content octets of their serial numbers.
    let entries: [[UInt8]: CertificateRevocationList.Entry]
    let extensions: [CertificateExtension]

    init(der: [UInt8]) throws(RevocationListError) {
        do {
            self = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                let tbs = try nodes.required()
                let algorithm = try nodes.required()
                _ = try AlgorithmIdentifier(derEncoded: algorithm)
                let signature = try ASN1BitString(derEncoded: &nodes)
                guard signature.paddingBits == 0 else { throw RevocationListError.malformed(.list) }
                return try RevocationListFields(
                    tbs: tbs, outerAlgorithm: algorithm.encodedBytes, signature: Array(signature.bytes))
            }
        } catch let error as RevocationListError {
            throw error
        } catch CertificateError.duplicateExtension(let oid) {
            throw .duplicateExtension(oid: oid)
        } catch CertificateError.tooManyExtensions(let limit) {
            throw .tooManyExtensions(limit: limit)
        } catch {
            throw .malformed(.list)
        }
    }

    private init(tbs: ASN1Node, outerAlgorithm: ArraySlice<UInt8>, signature: [UInt8]) throws {
        signedBytes = tbs.encodedBytes
        self.outerAlgorithm = outerAlgorithm
        self.signature = signature
        (issuer, thisUpdate, nextUpdate, entries, extensions) = try DER.sequence(tbs, identifier: .sequence) { nodes in
            // Section 5.1.2.1: 1 is version 2; only there are extensions.
            guard let version = nodes.next(), version.identifier == .integer, try Int(derEncoded: version) == 1 else {
                throw RevocationListError.notVersion2
            }
            // Section 5.1.1.2.
            guard try nodes.required().encodedBytes == outerAlgorithm else {
                throw RevocationListError.signatureAlgorithmsDiffer
            }
            let issuer = try nodes.requiredName()
            guard let thisUpdate = try nodes.requiredTime() else { throw RevocationListError.malformed(.time) }
            var next = nodes.next()
            // Section 5.1.2.5: without it nobody could tell that a list is old.
            guard let node = next, node.identifier == .utcTime || node.identifier == .generalizedTime else {
                throw RevocationListError.noNextUpdate
            }
            guard let nextUpdate = try ASN1NodeCollection.Iterator.time(node) else {
                throw RevocationListError.malformed(.time)
            }
            guard thisUpdate <= nextUpdate else { throw RevocationListError.timesReversed }
            next = nodes.next()
            var entries: [[UInt8]: CertificateRevocationList.Entry] = [:]
            if let node = next, node.identifier == .sequence {
                entries = try Self.entries(node)
                next = nodes.next()
            }
            guard let node = next else { return (issuer, thisUpdate, nextUpdate, entries, []) }
            let tag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
            guard node.identifier == tag else { throw RevocationListError.malformed(.list) }
            let extensions = try DER.explicitlyTagged(node, tagNumber: 0, tagClass: .contextSpecific) {
                try CertificateExtension.all($0)
            }
            return (issuer, thisUpdate, nextUpdate, entries, extensions)
        }
    }

    /// Section 5.1.2.6. Not empty if it is there.
    private static func entries(_ node: ASN1Node) throws -> [[UInt8]: CertificateRevocationList.Entry] {
        var entries: [[UInt8]: CertificateRevocationList.Entry] = [:]
        try DER.sequence(node, identifier: .sequence) { nodes in
            while let node = nodes.next() {
                let (serialNumber, entry) = try CertificateRevocationList.Entry.read(node)
                guard entries.updateValue(entry, forKey: serialNumber) == nil else {
                    throw RevocationListError.duplicateEntry
                }
            }
        }
        guard !entries.isEmpty else { throw RevocationListError.malformed(.entry) }
        return entries
    }
}

extension CertificateRevocationList.Entry {
    fileprivate static func read(_ node: ASN1Node) throws -> ([UInt8], Self) {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let serialNumber = try nodes.requiredSerialNumber()
            guard let date = try nodes.requiredTime() else { throw RevocationListError.malformed(.time) }
            let extensions = try nodes.next().map { try CertificateExtension.all($0) } ?? []
            var reason: RevocationReason?
            var invalidityDate: Instant?
            for one in extensions {
                switch one.oid {
                case .reasonCode: reason = try RevocationReason(der: one.value)
                case .invalidityDate:
                    guard let date = Instant(try GeneralizedTime(derEncoded: one.value)) else {
                        throw RevocationListError.malformed(.entry)
                    }
                    invalidityDate = date
                // Section 5.3.3: such a list speaks of certificates of other issuers too.
                case .certificateIssuer: throw RevocationListError.indirect
                default:
                    // Section 5.3: a list with one of these is not to be used at all.
                    guard !one.isCritical else {
                        throw RevocationListError.unknownCriticalExtension(oid: one.oid.description)
                    }
                }
            }
            return (serialNumber, Self(date: date, reason: reason, invalidityDate: invalidityDate))
        }
    }
}

extension RevocationReason {
    /// `removeFromCRL` stands in delta lists only, and 7 is not used.
    fileprivate init(der: ArraySlice<UInt8>) throws {
        let node = try DER.parse(der)
        guard node.identifier == .enumerated, case .primitive(let octets) = node.content, let number = octets.first,
            octets.count == 1, let reason = RevocationReason(rawValue: Int(number))
        else { throw RevocationListError.malformed(.entry) }
        self = reason
    }
}

/// What the extensions of a list say (section 5.2).
struct RevocationListExtensions {
    let number: [UInt8]

    init(_ all: [CertificateExtension]) throws(RevocationListError) {
        var number: [UInt8]?
        for one in all {
            switch one.oid {
            case .cRLNumber:
                // Section 5.2.3: not critical, at most 20 octets.
                guard !one.isCritical, let node = try? DER.parse(one.value), node.identifier == .integer,
                    case .primitive(let octets) = node.content, (1...20).contains(octets.count),
                    let first = octets.first, first & 0x80 == 0
                else { throw .malformed(.number) }
                number = Array(octets)
            // Section 5.2.1: which key it was, the signature says better.
            case .authorityKeyIdentifier: continue
            // Sections 5.2.4 and 5.2.5: a part of a list, which alone would pass for all of it.
            case .deltaCRLIndicator: throw .delta
            case .issuingDistributionPoint: throw .partial
            default:
                guard !one.isCritical else { throw .unknownCriticalExtension(oid: one.oid.description) }
            }
        }
        guard let number else { throw .noNumber }
        self.number = number
    }
}

extension ASN1NodeCollection.Iterator {
    /// The content octets of a serial number in the shortest form (X.690 section 8.3.2), as certificates have them.
    fileprivate mutating func requiredSerialNumber() throws -> [UInt8] {
        let node = try required()
        guard node.identifier == .integer, case .primitive(let octets) = node.content,
            (1...CertificateLimits.serialNumberByteCount).contains(octets.count)
        else { throw RevocationListError.malformed(.entry) }
        // The first octet may not say again what the sign of the second says.
        if let first = octets.first, let second = octets.dropFirst().first {
            let sign: UInt8 = second & 0x80 == 0 ? 0 : 0xff
            guard first != sign else { throw RevocationListError.malformed(.entry) }
        }
        return Array(octets)
    }
}

extension ASN1ObjectIdentifier {
    static let cRLNumber: ASN1ObjectIdentifier = [2, 5, 29, 20]
    static let reasonCode: ASN1ObjectIdentifier = [2, 5, 29, 21]
    static let invalidityDate: ASN1ObjectIdentifier = [2, 5, 29, 24]
    static let deltaCRLIndicator: ASN1ObjectIdentifier = [2, 5, 29, 27]
    static let issuingDistributionPoint: ASN1ObjectIdentifier = [2, 5, 29, 28]
    static let certificateIssuer: ASN1ObjectIdentifier = [2, 5, 29, 29]
}
