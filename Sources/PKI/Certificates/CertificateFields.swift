import StrictEncoding
import SwiftASN1

/// `Certificate` of RFC 5280 section 4.1 taken apart, not judged.
struct CertificateFields {
    let signedBytes: ArraySlice<UInt8>
    let outerAlgorithm: ArraySlice<UInt8>
    let signature: [UInt8]

    let isVersion3: Bool
    let serialNumber: ArraySlice<UInt8>
    let innerAlgorithm: ArraySlice<UInt8>
    let issuer: ArraySlice<UInt8>
    let notBefore: Instant?
    let notAfter: Instant?
    let subject: ArraySlice<UInt8>
    let subjectPublicKeyInfo: ArraySlice<UInt8>
    let extensions: [CertificateExtension]

    init(der: [UInt8]) throws(CertificateError) {
        do {
            self = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                let tbs = try nodes.required()
                let algorithm = try nodes.required()
                _ = try AlgorithmIdentifier(derEncoded: algorithm)
                let signature = try ASN1BitString(derEncoded: &nodes)
                guard signature.paddingBits == 0 else { throw CertificateError.malformed(.certificate) }
                return try CertificateFields(
                    tbs: tbs, outerAlgorithm: algorithm.encodedBytes, signature: Array(signature.bytes))
            }
        } catch let error as CertificateError {
            throw error
        } catch {
            throw .malformed(.certificate)
        }
    }

    private init(tbs: ASN1Node, outerAlgorithm: ArraySlice<UInt8>, signature: [UInt8]) throws {
        self = try DER.sequence(tbs, identifier: .sequence) { nodes in
            // v1 has no version field and v2 says 1: neither has extensions.
            let version = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
                try Int(derEncoded: $0)
            }
            let serialNumber = try nodes.required()
            guard serialNumber.identifier == .integer, case .primitive(let serial) = serialNumber.content,
                (1...CertificateLimits.serialNumberByteCount).contains(serial.count)
            else { throw CertificateError.malformed(.serialNumber) }
            let innerAlgorithm = try nodes.required().encodedBytes
            let issuer = try nodes.requiredName()
            let validity = try nodes.required()
            let (notBefore, notAfter) = try DER.sequence(validity, identifier: .sequence) { nodes in
                (try nodes.requiredTime(), try nodes.requiredTime())
            }
            let subject = try nodes.requiredName()
            let key = try nodes.required()
            // RFC 5280 section 4.1.2.8: nobody is to write these; they are read over.
            for tag: UInt in 1...2 {
                DER.optionalImplicitlyTagged(&nodes, tagNumber: tag, tagClass: .contextSpecific) { _ in }
            }
            let extensions =
                try DER.optionalExplicitlyTagged(&nodes, tagNumber: 3, tagClass: .contextSpecific) {
                    try CertificateExtension.all($0)
                } ?? []
            return CertificateFields(
                signedBytes: tbs.encodedBytes, outerAlgorithm: outerAlgorithm, signature: signature,
                isVersion3: version == 2, serialNumber: serial, innerAlgorithm: innerAlgorithm, issuer: issuer,
                notBefore: notBefore, notAfter: notAfter, subject: subject, subjectPublicKeyInfo: key.encodedBytes,
                extensions: extensions)
        }
    }

    private init(
        signedBytes: ArraySlice<UInt8>, outerAlgorithm: ArraySlice<UInt8>, signature: [UInt8], isVersion3: Bool,
        serialNumber: ArraySlice<UInt8>, innerAlgorithm: ArraySlice<UInt8>, issuer: ArraySlice<UInt8>,
        notBefore: Instant?, notAfter: Instant?, subject: ArraySlice<UInt8>, subjectPublicKeyInfo: ArraySlice<UInt8>,
        extensions: [CertificateExtension]
    ) {
        self.signedBytes = signedBytes
        self.outerAlgorithm = outerAlgorithm
        self.signature = signature
        self.isVersion3 = isVersion3
        self.serialNumber = serialNumber
        self.innerAlgorithm = innerAlgorithm
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.subject = subject
        self.subjectPublicKeyInfo = subjectPublicKeyInfo
        self.extensions = extensions
    }
}

/// `Extension`, RFC 5280 section 4.1: a name, whether who does not know it must refuse, and DER inside.
struct CertificateExtension {
    let oid: ASN1ObjectIdentifier
    let isCritical: Bool
    let value: ArraySlice<UInt8>

    static func all(_ node: ASN1Node) throws -> [CertificateExtension] {
        var all: [CertificateExtension] = []
        var seen: Set<ASN1ObjectIdentifier> = []
        try DER.sequence(node, identifier: .sequence) { nodes in
            while let node = nodes.next() {
                guard all.count < CertificateLimits.extensions else {
                    throw CertificateError.tooManyExtensions(limit: CertificateLimits.extensions)
                }
                let one = try DER.sequence(node, identifier: .sequence) { nodes in
                    CertificateExtension(
                        oid: try ASN1ObjectIdentifier(derEncoded: &nodes),
                        isCritical: try DER.decodeDefault(&nodes, defaultValue: false),
                        value: try ASN1OctetString(derEncoded: &nodes).bytes)
                }
                guard seen.insert(one.oid).inserted else {
                    throw CertificateError.duplicateExtension(oid: one.oid.description)
                }
                all.append(one)
            }
        }
        // `Extensions ::= SEQUENCE SIZE (1..MAX)`.
        guard !all.isEmpty else { throw CertificateError.malformed(.extensions) }
        return all
    }
}

extension ASN1NodeCollection.Iterator {
    /// The next node; an error where there is none.
    mutating func required() throws -> ASN1Node {
        guard let node = next() else { throw CertificateError.malformed(.certificate) }
        return node
    }

    /// A `Name`: a sequence of sets, whatever is in them.
    mutating func requiredName() throws -> ArraySlice<UInt8> {
        let node = try required()
        try DER.sequence(node, identifier: .sequence) { nodes in
            while let set = nodes.next() {
                guard set.identifier == .set else { throw CertificateError.malformed(.name) }
            }
        }
        return node.encodedBytes
    }

    /// RFC 5280 section 4.1.2.5: UTCTime or GeneralizedTime, to the second, in UTC.
    mutating func requiredTime() throws -> Instant? { try Self.time(required()) }

    /// The same from a node that was looked at before.
    static func time(_ node: ASN1Node) throws -> Instant? {
        if node.identifier == .utcTime {
            let time = try UTCTime(derEncoded: node)
            return Instant(
                year: time.year, month: time.month, day: time.day, hours: time.hours, minutes: time.minutes,
                seconds: time.seconds)
        }
        let time = try GeneralizedTime(derEncoded: node)
        guard time.rawFractionalSeconds.isEmpty else { return nil }
        return Instant(time)
    }
}

extension Instant {
    /// The second that a DER time names, without its fraction; nil for a date that does not exist.
    init?(_ time: GeneralizedTime) {
        self.init(
            year: time.year, month: time.month, day: time.day, hours: time.hours, minutes: time.minutes,
            seconds: time.seconds)
    }

    init?(year: Int, month: Int, day: Int, hours: Int, minutes: Int, seconds: Int) {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        self.init(
            rfc3339: padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(hours, 2) + ":"
                + padded(minutes, 2) + ":" + padded(seconds, 2) + "Z")
    }
}
