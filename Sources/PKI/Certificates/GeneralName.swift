public import StrictEncoding
import SwiftASN1

/// One of the kinds of names that a certificate may carry (RFC 5280 section 4.2.1.6), with the text as it was written.
public enum GeneralName: Sendable, Hashable {
    case email(ExactString)
    case dns(ExactString)
    case uri(ExactString)
    /// 4 or 16 octets.
    case ipAddress([UInt8])
    /// DER of a `Name`.
    case directoryName([UInt8])
    /// The object identifier in dotted form, and the DER of the value.
    case otherName(type: String, value: [UInt8])
    /// A kind that nothing here acts on, by its tag.
    case unsupported(tag: UInt)

    /// `GeneralNames`: never empty, at most the limit.
    static func names(der: ArraySlice<UInt8>) throws -> [GeneralName] {
        var names: [GeneralName] = []
        try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
            while let node = nodes.next() {
                guard names.count < CertificateLimits.names else {
                    throw CertificateError.tooManyNames(limit: CertificateLimits.names)
                }
                names.append(try GeneralName(node))
            }
        }
        guard !names.isEmpty else { throw CertificateError.malformed(.name) }
        return names
    }

    init(_ node: ASN1Node) throws {
        guard node.identifier.tagClass == .contextSpecific else { throw CertificateError.malformed(.name) }
        switch node.identifier.tagNumber {
        case 0:
            self = try DER.sequence(node, identifier: node.identifier) { nodes in
                let type = try ASN1ObjectIdentifier(derEncoded: &nodes)
                let value = try DER.explicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
                    Array($0.encodedBytes)
                }
                return .otherName(type: type.description, value: value)
            }
        case 1: self = .email(try Self.ia5(node))
        case 2: self = .dns(try Self.ia5(node))
        case 6: self = .uri(try Self.ia5(node))
        case 4:
            self = .directoryName(
                try DER.explicitlyTagged(node, tagNumber: 4, tagClass: .contextSpecific) { Array($0.encodedBytes) })
        case 7:
            let octets = try ASN1OctetString(derEncoded: node, withIdentifier: node.identifier).bytes
            guard octets.count == 4 || octets.count == 16 else { throw CertificateError.malformed(.name) }
            self = .ipAddress(Array(octets))
        default: self = .unsupported(tag: node.identifier.tagNumber)
        }
    }

    /// IA5String: ASCII, and here without control characters, so that no name can end early in another reader's eyes.
    private static func ia5(_ node: ASN1Node) throws -> ExactString {
        let octets = try ASN1OctetString(derEncoded: node, withIdentifier: node.identifier).bytes
        guard !octets.isEmpty, octets.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw CertificateError.malformed(.name)
        }
        return ExactString(String(decoding: octets, as: UTF8.self))
    }
}
