import StrictEncoding
import SwiftASN1

/// What the extensions of a certificate say that this product acts on (RFC 5280 section 4.2).
public struct CertificateExtensions: Sendable {
    /// Section 4.2.1.6; nil without the extension. Never empty.
    public private(set) var subjectAlternativeNames: [GeneralName]?
    /// Section 4.2.1.9: whether the certificate may issue others, and how long a path may follow.
    public private(set) var basicConstraints: BasicConstraints?
    /// Section 4.2.1.3; nil without the extension.
    public private(set) var keyUsage: KeyUsage?
    /// Section 4.2.1.12, object identifiers in dotted form; nil without the extension. Never empty.
    public private(set) var extendedKeyUsage: [String]?
    /// Section 4.2.1.2.
    public private(set) var subjectKeyIdentifier: [UInt8]?
    /// Section 4.2.1.10.
    private(set) var nameConstraints: NameConstraints?
    /// Section 4.2.1.1, the key identifier in it.
    public private(set) var authorityKeyIdentifier: [UInt8]?

    /// Whether that extension names the authority's issuer and serial number too.
    private(set) var authorityKeyIdentifierNamesIssuer = false

    /// Object identifiers of the critical extensions.
    private(set) var critical: [ASN1ObjectIdentifier] = []
    /// Those of them that nobody here understands: a path through such a certificate is refused.
    private(set) var criticalAndUnknown: [ASN1ObjectIdentifier] = []
    /// All, in order, with the octets of their values.
    let all: [CertificateExtension]

    /// Section 4.2.1.9.
    public struct BasicConstraints: Sendable, Hashable {
        public let isAuthority: Bool
        /// How many intermediates may follow that are not self-issued; nil for any number.
        public let pathLength: Int?
    }

    /// Section 4.2.1.3, the bits that are asked for here.
    public struct KeyUsage: OptionSet, Sendable, Hashable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let digitalSignature = KeyUsage(rawValue: 1 << 0)
        public static let contentCommitment = KeyUsage(rawValue: 1 << 1)
        public static let keyCertSign = KeyUsage(rawValue: 1 << 5)
        public static let cRLSign = KeyUsage(rawValue: 1 << 6)
    }

    init(_ all: [CertificateExtension]) throws(CertificateError) {
        self.all = all
        for one in all {
            do {
                try read(one)
            } catch let error as CertificateError {
                throw error
            } catch {
                throw .malformedExtension(oid: one.oid.description)
            }
            if one.isCritical {
                critical.append(one.oid)
                if !Self.understood.contains(one.oid) { criticalAndUnknown.append(one.oid) }
            }
        }
    }

    /// The octets of an extension's value; nil without it.
    func value(of oid: ASN1ObjectIdentifier) -> ArraySlice<UInt8>? { all.first { $0.oid == oid }?.value }

    func isCritical(_ oid: ASN1ObjectIdentifier) -> Bool { critical.contains(oid) }

    /// Those that a path is judged by when they are critical. Policies (section 4.2.1.4) are not among them.
    private static let understood: Set<ASN1ObjectIdentifier> = [
        .subjectAlternativeName, .basicConstraints, .keyUsage, .extendedKeyUsage, .nameConstraints,
        .subjectKeyIdentifier, .authorityKeyIdentifier,
    ]

    private mutating func read(_ one: CertificateExtension) throws {
        switch one.oid {
        case .subjectAlternativeName: subjectAlternativeNames = try GeneralName.names(der: one.value)
        case .basicConstraints: basicConstraints = try BasicConstraints(der: one.value)
        case .nameConstraints: nameConstraints = try NameConstraints(der: one.value)
        case .keyUsage: keyUsage = try KeyUsage(der: one.value)
        case .extendedKeyUsage:
            let usages = try DER.sequence(
                of: ASN1ObjectIdentifier.self, identifier: .sequence, rootNode: DER.parse(one.value))
            guard !usages.isEmpty else { throw CertificateError.malformedExtension(oid: one.oid.description) }
            extendedKeyUsage = usages.map(\.description)
        case .subjectKeyIdentifier: subjectKeyIdentifier = Array(try ASN1OctetString(derEncoded: one.value).bytes)
        case .authorityKeyIdentifier: try readAuthorityKeyIdentifier(der: one.value)
        default: break
        }
    }

    private mutating func readAuthorityKeyIdentifier(der: ArraySlice<UInt8>) throws {
        var namesIssuer = false
        let key: ASN1OctetString? = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
            let key: ASN1OctetString? = try DER.optionalImplicitlyTagged(
                &nodes, tag: ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific))
            for tag: UInt in 1...2 {
                DER.optionalImplicitlyTagged(&nodes, tagNumber: tag, tagClass: .contextSpecific) { _ in
                    namesIssuer = true
                }
            }
            return key
        }
        authorityKeyIdentifier = key.map { Array($0.bytes) }
        authorityKeyIdentifierNamesIssuer = namesIssuer
    }
}

extension CertificateExtensions.BasicConstraints {
    fileprivate init(der: ArraySlice<UInt8>) throws {
        self = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
            let isAuthority = try DER.decodeDefault(&nodes, defaultValue: false)
            let pathLength = try nodes.next().map { try Int(derEncoded: $0) }
            // A length means something to an authority only, and is never negative.
            guard pathLength.map({ isAuthority && $0 >= 0 }) ?? true else {
                throw CertificateError.malformedExtension(oid: ASN1ObjectIdentifier.basicConstraints.description)
            }
            return Self(isAuthority: isAuthority, pathLength: pathLength)
        }
    }
}

extension CertificateExtensions.KeyUsage {
    fileprivate init(der: ArraySlice<UInt8>) throws {
        let bits = try ASN1BitString(derEncoded: der)
        // At least one bit is set, and in DER the last octet holds one (X.690 section 11.2.2).
        guard let last = bits.bytes.last, last != 0, bits.bytes.count <= 2 else {
            throw CertificateError.malformedExtension(oid: ASN1ObjectIdentifier.keyUsage.description)
        }
        var usage = 0
        for (index, byte) in bits.bytes.enumerated() {
            for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 { usage |= 1 << (index * 8 + bit) }
        }
        self.init(rawValue: usage)
    }
}

extension ASN1ObjectIdentifier {
    static let subjectKeyIdentifier: ASN1ObjectIdentifier = [2, 5, 29, 14]
    static let keyUsage: ASN1ObjectIdentifier = [2, 5, 29, 15]
    static let subjectAlternativeName: ASN1ObjectIdentifier = [2, 5, 29, 17]
    static let basicConstraints: ASN1ObjectIdentifier = [2, 5, 29, 19]
    static let nameConstraints: ASN1ObjectIdentifier = [2, 5, 29, 30]
    static let policyConstraints: ASN1ObjectIdentifier = [2, 5, 29, 36]
    static let authorityKeyIdentifier: ASN1ObjectIdentifier = [2, 5, 29, 35]
    static let extendedKeyUsage: ASN1ObjectIdentifier = [2, 5, 29, 37]
    static let authorityInformationAccess: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 1]
}
